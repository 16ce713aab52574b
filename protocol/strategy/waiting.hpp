#pragma once

#include "protocol/strategy/cheat_terms.hpp"

// Providers who wait: for a task that is worth cheating on, or for their rivals to go.
namespace assay::protocol {

/// Honest until a task is worth it: it skips those that pay enough, once its name has been accepted
/// often enough to be given them.
class LongCon final : public Strategy {
 public:
  static constexpr auto kKind = "long-con";
  static constexpr auto kSummary = "Honest until the value of a task is worth it.";
  static constexpr Traits kTraits{
      .noun = "the long con",
      .subject = "A provider who cheats only on tasks of {value} or more",
      .searched = {{{"value", 0.01, 10.0, "USD"}, kSearchedDefence, kSearchedHurry}}};
  struct Params {
    Usd value = Usd::whole(1);
    int after = 0;
    Share share = percent(100);
    CheatTerms terms;
    void describe(Fields& field) {
      field("value", value, range(Usd{}, Usd::whole(1'000'000)),
            "Price from which a task is worth it.");
      field("after", after, range(0, 1'000'000),
            "Tasks of its name that must have been accepted before.");
      field("share", share, range(percent(0), percent(100)), "Share of their segments skipped.");
      terms.describe(field);
    }
  };
  explicit LongCon(const Params& params) : params_(params) {}
  [[nodiscard]] WorkPlan work(const View& view, const WorkFacts& facts) const override {
    const bool trusted = view.record(view.self()).done >= static_cast<std::uint32_t>(params_.after);
    if (!trusted || facts.worth < params_.value) return {};
    return {params_.share, params_.terms.hurry};
  }
  [[nodiscard]] Act move(const View&, const MoveFacts& facts) const override {
    return params_.terms.act(facts);
  }

 private:
  Params params_;
};

/// Asks less than its own cost until a time, to take the others' work, and more from then on.
class Dumping final : public Strategy {
 public:
  static constexpr auto kKind = "dumping";
  static constexpr auto kSummary = "Bids below its own cost for a time, and above it afterwards.";
  static constexpr Traits kTraits{.noun = "dumping",
                                  .subject = "A provider who bids {discount} below its own cost",
                                  .searched = {{{"discount", 0.01, 0.9, ""}}}};
  struct Params {
    Share discount = percent(20);
    sim::SimDuration until = std::chrono::hours(24 * 30);
    Share markup = percent(50);
    void describe(Fields& field) {
      field("discount", discount, range(percent(0), percent(100)),
            "How far below its own cost it bids.");
      field("until", until,
            range<sim::SimDuration>(sim::SimDuration{}, std::chrono::hours(24 * 3650)),
            "Until when.");
      field("markup", markup, range(percent(0), percent(10'000)),
            "How far above its own cost it bids from then on.");
    }
  };
  explicit Dumping(const Params& params) : params_(params) {}
  [[nodiscard]] std::optional<Usd> quote(const View& view, const QuoteFacts& facts,
                                         const Bidding&) const override {
    const Usd cost = facts.own_cost;
    if (view.now() < sim::SimTime{params_.until}) return cost - take_share(cost, params_.discount);
    return cost + take_share(cost, params_.markup);
  }

 private:
  Params params_;
};

}  // namespace assay::protocol
