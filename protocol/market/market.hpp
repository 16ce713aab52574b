#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "protocol/chance.hpp"
#include "protocol/money.hpp"
#include "protocol/scenario/fields.hpp"
#include "sim/time.hpp"

namespace assay::protocol {

/// One candidate's answer to an invitation.
struct Bid {
  std::uint32_t candidate = 0;  ///< its place in the order of invitation
  Usd price;
  Tokens stake;  ///< behind the bidder's slots that were drawn, where the market weighs it
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
  Chance chance;
  std::uint64_t key = 0;  ///< of this auction's own draws
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
  /// How the candidates are drawn from the idle.
  enum class Invites : std::uint8_t {
    BySlot,  ///< distinct identities, in proportion to their slots
    ByHead,  ///< distinct identities, each with the same chance
    Slots    ///< slots, again and again; an identity may have several of them in the pool
  };
  [[nodiscard]] virtual Invites invites() const { return Invites::BySlot; }
  /// Whether bids must say what stake stands behind the bidder's slots that were drawn.
  [[nodiscard]] virtual bool weighs_stakes() const { return false; }
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

/// A pool: whoever accepts the price has tickets, by head or by stake, and one of them is drawn. By
/// head the pool is of identities, and a second one is a second ticket. By stake it is of slots,
/// and tickets are what is staked behind each: splitting slots and their stake over identities
/// gains nothing. The pool is who was invited: all that are idle, where they are no more than that.
/// Golem and Livepeer pay by lottery; the closed form V14 of `assay validate`.
class Lottery final : public Market {
 public:
  static constexpr auto kKind = "lottery";
  static constexpr auto kSummary = "The winner is drawn among all who accept the price.";
  enum class Tickets : std::uint8_t { Head, Stake };
  enum class Pays : std::uint8_t { Posted, Limit };
  struct Params {
    Terms terms;
    Tickets tickets = Tickets::Stake;
    Pays pays = Pays::Posted;
    UsdPerHour price{Usd::micro(200'000)};
    void describe(Fields& field) {
      static constexpr std::array<std::string_view, 2> kTickets{"head", "stake"};
      static constexpr std::array<std::string_view, 2> kPays{"posted", "limit"};
      terms.describe(field);
      field("tickets", tickets, kTickets, "What a chance to win is in proportion to.");
      field("pays", pays, kPays, "What the winner is paid: a posted price, or the limit.");
      field.when(pays == Pays::Posted, [&] {
        field("price", price, range(UsdPerHour{Usd::micro(1)}, UsdPerHour{Usd::whole(1'000'000)}),
              "Price of an hour of work on the reference device.");
      });
    }
  };
  explicit Lottery(const Params& params) : Market(params.terms), params_(params) {}
  [[nodiscard]] Invites invites() const override {
    return weighs_stakes() ? Invites::Slots : Invites::ByHead;
  }
  [[nodiscard]] bool weighs_stakes() const override { return params_.tickets == Tickets::Stake; }
  [[nodiscard]] std::optional<Award> award(std::span<const Bid> bids,
                                           const AuctionFacts& facts) const override;

 private:
  Params params_;
};

}  // namespace assay::protocol
