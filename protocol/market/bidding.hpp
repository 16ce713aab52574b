#pragma once

#include "protocol/money.hpp"
#include "protocol/scenario/fields.hpp"

namespace assay::protocol {

/// How an honest provider turns its own cost into a price.
class Bidding {
 public:
  static constexpr auto kFamily = "bidding";
  virtual ~Bidding() = default;
  /// The price asked for work that costs the bidder `own_cost` (energy and wear).
  [[nodiscard]] virtual Usd quote(Usd own_cost) const = 0;
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
  [[nodiscard]] Usd quote(Usd own_cost) const override { return own_cost; }
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
  [[nodiscard]] Usd quote(Usd own_cost) const override {
    return own_cost + take_share(own_cost, markup_);
  }

 private:
  Share markup_;
};

}  // namespace assay::protocol
