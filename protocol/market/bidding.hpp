#pragma once

#include "protocol/money.hpp"
#include "protocol/scenario/fields.hpp"
#include "sim/time.hpp"

namespace assay::protocol {

/// An invitation to bid, as the bidder knows it.
struct QuoteFacts {
  Usd own_cost;                     ///< energy and wear of doing the task honestly
  sim::SimDuration on_reference{};  ///< the work, on the reference device
  int invited = 1;                  ///< how many the market asks, the bidder included
};

/// How an honest provider turns its own cost into a price.
class Bidding {
 public:
  static constexpr auto kFamily = "bidding";
  virtual ~Bidding() = default;
  /// The price asked for the task.
  [[nodiscard]] virtual Usd quote(const QuoteFacts& facts) const = 0;
};

/// Asks its own cost: the dominant strategy of a second-price auction (Vickrey 1961).
class Truthful final : public Bidding {
 public:
  static constexpr auto kKind = "truthful";
  static constexpr auto kSummary = "Asks its own cost.";
  struct Params {
    void describe(Fields&) {}
  };
  explicit Truthful(const Params&) {}
  [[nodiscard]] Usd quote(const QuoteFacts& facts) const override { return facts.own_cost; }
};

/// Asks its own cost and a margin on it.
class Markup final : public Bidding {
 public:
  static constexpr auto kKind = "markup";
  static constexpr auto kSummary = "Asks its own cost plus a share of it.";
  struct Params {
    Share markup = percent(20);
    void describe(Fields& field) {
      field("markup", markup, range(Share{0}, percent(10'000)), "Margin asked on top of own cost.");
    }
  };
  explicit Markup(const Params& params) : markup_(params.markup) {}
  [[nodiscard]] Usd quote(const QuoteFacts& facts) const override {
    return facts.own_cost + take_share(facts.own_cost, markup_);
  }

 private:
  Share markup_;
};

/// Asks what bidders ask of each other in the equilibrium of a first-price reverse auction: with n
/// bidders whose costs are independent and uniform up to `highest`, own cost c and (highest - c) /
/// n on top. Krishna, "Auction Theory", 2nd ed. 2010, chapter 2, mirrored to procurement; the
/// closed form V18 of `assay validate`.
class Shading final : public Bidding {
 public:
  static constexpr auto kKind = "shading";
  static constexpr auto kSummary = "Asks the equilibrium bid of a first-price auction.";
  struct Params {
    UsdPerHour highest{Usd::whole(1)};
    void describe(Fields& field) {
      field("highest", highest, range(UsdPerHour{}, UsdPerHour{Usd::whole(1'000'000)}),
            "The highest cost that any bidder may have for an hour of work on the reference "
            "device; who has a higher one asks its own cost.");
    }
  };
  explicit Shading(const Params& params) : highest_(params.highest.an_hour) {}
  [[nodiscard]] Usd quote(const QuoteFacts& facts) const override {
    const Usd most = Usd::micro(mul_div(highest_.micro(), facts.on_reference.count(),
                                        sim::SimDuration(std::chrono::hours(1)).count()));
    if (facts.own_cost >= most) return facts.own_cost;
    return facts.own_cost + Usd::micro((most - facts.own_cost).micro() / facts.invited);
  }

 private:
  Usd highest_;
};

}  // namespace assay::protocol
