#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "protocol/money.hpp"
#include "protocol/scenario/fields.hpp"
#include "sim/time.hpp"

namespace assay::protocol {

/// One candidate's answer to an invitation.
struct Bid {
  std::uint32_t candidate = 0;  ///< its place in the order of invitation
  Usd price;
};

/// Who gets the task, and at what price.
struct Award {
  std::uint32_t candidate = 0;
  Usd price;
};

/// What an auction knows of a task.
struct AuctionFacts {
  Usd limit;                        ///< the most that the requester pays for the task
  sim::SimDuration on_reference{};  ///< the work, on the reference device
};

/// How a task finds its provider among the candidates that were drawn from the idle.
class Market {
 public:
  static constexpr auto kFamily = "market";
  /// What every kind of market has.
  struct Terms {
    int invited = 8;
    int tries = 12;
    sim::SimDuration backoff = std::chrono::minutes(30);
    void describe(Fields& field) {
      field("invited", invited, range(1, 64), "Idle candidates drawn and asked for a price.");
      field("tries", tries, range(1, 1'000),
            "Auctions without an acceptable price before the rest of the chain goes to the cloud.");
      field("backoff", backoff,
            range(sim::SimDuration(std::chrono::seconds(1)),
                  sim::SimDuration(std::chrono::hours(24 * 30))),
            "Wait between two such auctions.");
    }
  };
  explicit Market(Terms terms) : terms_(terms) {}
  virtual ~Market() = default;
  [[nodiscard]] const Terms& terms() const { return terms_; }
  /// The winner among `bids`, in the order of invitation, or none. Pure. Bids above the limit are
  /// refused; ties go to whoever was invited first, and the order of invitation is drawn.
  [[nodiscard]] virtual std::optional<Award> award(std::span<const Bid> bids,
                                                   const AuctionFacts& facts) const = 0;

 private:
  Terms terms_;
};

/// The protocol names the price of an hour on the reference device; the first invited candidate
/// whose own price is not above it gets the task.
class PostedPrice final : public Market {
 public:
  static constexpr auto kKind = "posted-price";
  static constexpr auto kSummary = "One price for all; the first candidate who accepts it.";
  struct Params {
    Terms terms;
    UsdPerHour price{Usd::micro(200'000)};
    void describe(Fields& field) {
      terms.describe(field);
      field("price", price, range(UsdPerHour{Usd::micro(1)}, UsdPerHour{Usd::whole(1'000'000)}),
            "Price of an hour of work on the reference device.");
    }
  };
  explicit PostedPrice(const Params& params) : Market(params.terms), price_(params.price) {}
  [[nodiscard]] std::optional<Award> award(std::span<const Bid> bids,
                                           const AuctionFacts& facts) const override;

 private:
  UsdPerHour price_;
};

/// Sealed reverse auction: the lowest bid wins and is paid what it asked.
class FirstPrice final : public Market {
 public:
  static constexpr auto kKind = "first-price";
  static constexpr auto kSummary = "Sealed reverse auction; the winner is paid its own bid.";
  struct Params {
    Terms terms;
    void describe(Fields& field) { terms.describe(field); }
  };
  explicit FirstPrice(const Params& params) : Market(params.terms) {}
  [[nodiscard]] std::optional<Award> award(std::span<const Bid> bids,
                                           const AuctionFacts& facts) const override;
};

/// Sealed reverse auction: the lowest bid wins and is paid the second lowest; with fewer than two
/// acceptable bids the price is the limit (Vickrey 1961).
class SecondPrice final : public Market {
 public:
  static constexpr auto kKind = "second-price";
  static constexpr auto kSummary = "Sealed reverse auction; the winner is paid the second bid.";
  struct Params {
    Terms terms;
    void describe(Fields& field) { terms.describe(field); }
  };
  explicit SecondPrice(const Params& params) : Market(params.terms) {}
  [[nodiscard]] std::optional<Award> award(std::span<const Bid> bids,
                                           const AuctionFacts& facts) const override;
};

}  // namespace assay::protocol
