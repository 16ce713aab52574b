#pragma once

#include "protocol/strategy/cheat_terms.hpp"
#include "sim/distributions.hpp"

// Providers who leave: in the middle of a task, or with their stake.
namespace assay::protocol {

/// Works honestly until a better offer comes, and then leaves in the middle of the task. What is
/// done by the last checkpoint is handed back and paid; the rest of the time is sold elsewhere.
class Vanish final : public Strategy {
 public:
  static constexpr auto kKind = "vanish";
  static constexpr auto kSummary = "Leaves in the middle of a task to earn elsewhere.";
  static constexpr Traits kTraits{.noun = "vanishing",
                                  .subject = "A provider who leaves after {after} of a task",
                                  .searched = {{{"after", 0.05, 0.95, ""}}}};
  struct Params {
    Share chance = percent(100);
    Share after = percent(50);
    UsdPerHour elsewhere;
    void describe(Fields& field) {
      field("chance", chance, range(percent(0), percent(100)),
            "Share of the tasks during which another offer comes.");
      field("after", after, range(percent(0), percent(100)),
            "Share of a task's time after which it comes.");
      field("elsewhere", elsewhere, range(UsdPerHour{}, UsdPerHour{Usd::whole(1'000)}),
            "What the machine then earns, net of its costs, until the task would have ended.");
    }
  };
  explicit Vanish(const Params& params) : params_(params) {}
  [[nodiscard]] WorkPlan work(const View& view, const WorkFacts& facts) const override {
    WorkPlan plan;
    sim::Draws draws = view.draws(facts.lease);
    if (sim::chance(draws, params_.chance.ppb)) {
      plan.quits_after = params_.after;
      plan.elsewhere = params_.elsewhere.an_hour;
    }
    return plan;
  }

 private:
  Params params_;
};

/// Works honestly until its name is old enough, then cheats, and withdraws its stake before it is
/// found out.
class ExitScam final : public Strategy {
 public:
  static constexpr auto kKind = "exit-scam";
  static constexpr auto kSummary = "Cheats, and withdraws its stake before it is found out.";
  static constexpr Traits kTraits{.noun = "the exit scam",
                                  .subject = "A provider who cheats and withdraws its stake",
                                  .searched = {{{"share", 0.05, 1.0, ""},
                                                {"spree", 0.0, 720.0, "h"},
                                                kSearchedDefence,
                                                kSearchedHurry}}};
  struct Params {
    sim::SimDuration after{};
    sim::SimDuration spree{};
    Share share = percent(100);
    bool returns = true;
    CheatTerms terms;
    void describe(Fields& field) {
      const sim::SimDuration longest = std::chrono::hours(24 * 3650);
      field("after", after, range(sim::SimDuration{}, longest),
            "Age of its name from which it cheats.");
      field("spree", spree, range(sim::SimDuration{}, longest),
            "How long it cheats: it withdraws at its first bad claim after that.");
      field("share", share, range(percent(0), percent(100)), "Share of the segments skipped.");
      field("returns", returns, "Whether it comes back under a new name, to begin again.");
      terms.describe(field);
    }
  };
  explicit ExitScam(const Params& params) : params_(params) {}
  [[nodiscard]] WorkPlan work(const View& view, const WorkFacts&) const override {
    if (age(view) < params_.after) return {};
    return {params_.share, params_.terms.hurry};
  }
  [[nodiscard]] bool unstakes(const View& view, const CommitFacts& facts) const override {
    return facts.cheated && age(view) >= params_.after + params_.spree;
  }
  [[nodiscard]] bool re_enter(const View&) const override { return params_.returns; }
  [[nodiscard]] Act move(const View&, const MoveFacts& facts) const override {
    return params_.terms.act(facts);
  }

 private:
  [[nodiscard]] static sim::SimDuration age(const View& view) {
    return view.now() - view.record(view.self()).registered;
  }
  Params params_;
};

}  // namespace assay::protocol
