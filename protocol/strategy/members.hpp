#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "protocol/strategy/strategy.hpp"

// A strategy overrides the hooks where it is not honest and states `kTraits`: the roles it plays,
// the parameters that are searched for the worst case, and its words in tables and sentences. One
// line in protocol/registry.cpp makes it an attack that `assay attack` and `assay tune` try.
namespace assay::protocol {

/// Does the work, reports what it finds, defends what is right.
class Honest final : public Strategy {
 public:
  static constexpr auto kKind = "honest";
  static constexpr auto kSummary = "Does the work and reports the truth.";
  static constexpr Traits kTraits{.verifies = true,
                                  .catalogued = false,
                                  .noun = "honest work",
                                  .subject = "An honest provider"};
  struct Params {
    void describe(Fields&) {}
  };
  explicit Honest(const Params&) {}
  [[nodiscard]] bool hostile() const override { return false; }
};

/// The words for what a party does in a dispute that it knows it should lose, and their acts.
[[nodiscard]] std::span<const std::string_view> defences();
[[nodiscard]] Act defence_act(std::string_view defence);

/// What cheats have in common: when they report, and how they act when they are accused.
struct CheatTerms {
  bool hurry = false;
  std::string defence = "concede";
  void describe(Fields& field);
  [[nodiscard]] Act act(const MoveFacts& facts) const;
};

/// Skips all work and reports something.
class Lazy final : public Strategy {
 public:
  static constexpr auto kKind = "lazy";
  static constexpr auto kSummary = "Skips all work and claims to have done it.";
  static constexpr Traits kTraits{
      .skips = true, .noun = "lazy work", .subject = "A provider who skips all work"};
  struct Params {
    CheatTerms terms;
    void describe(Fields& field) { terms.describe(field); }
  };
  explicit Lazy(const Params& params) : terms_(params.terms) {}
  [[nodiscard]] WorkPlan work(const View&, const WorkFacts&) const override {
    return {kWhole, terms_.hurry};
  }
  [[nodiscard]] Act move(const View&, const MoveFacts& facts) const override {
    return terms_.act(facts);
  }

 private:
  CheatTerms terms_;
};

/// Skips a share of the segments of every task.
class Partial final : public Strategy {
 public:
  static constexpr auto kKind = "partial";
  static constexpr auto kSummary = "Skips a share of the segments of every task.";
  static constexpr Traits kTraits{.skips = true,
                                  .noun = "partial work",
                                  .subject = "A provider who skips {share} of its work",
                                  .searched = {{{"share", 0.05, 1.0, ""}}}};
  struct Params {
    Share share = percent(30);
    bool independent = false;
    CheatTerms terms;
    void describe(Fields& field) {
      field("share", share, range(percent(0), percent(100)), "Share of the segments skipped.");
      field("independent", independent,
            "Skip each segment alone with that chance, instead of exactly that share of them.");
      terms.describe(field);
    }
  };
  explicit Partial(const Params& params) : params_(params) {}
  [[nodiscard]] WorkPlan work(const View&, const WorkFacts&) const override {
    return {params_.share, params_.terms.hurry, params_.independent};
  }
  [[nodiscard]] Act move(const View&, const MoveFacts& facts) const override {
    return params_.terms.act(facts);
  }

 private:
  Params params_;
};

/// Providers and verifiers of one principal: the providers skip a share of all work, and the
/// verifiers approve each other's claims unseen and check everybody else's.
class Ring final : public Strategy {
 public:
  static constexpr auto kKind = "ring";
  static constexpr auto kSummary = "Skips work; its verifiers approve its own claims unseen.";
  static constexpr Traits kTraits{.verifies = true,
                                  .one_owner = true,
                                  .skips = true,
                                  .noun = "the ring",
                                  .subject = "Each of the {count} providers of the ring",
                                  .searched = {{{"share", 0.05, 1.0, ""}}}};
  struct Params {
    Share share = percent(100);
    CheatTerms terms;
    void describe(Fields& field) {
      field("share", share, range(percent(0), percent(100)), "Share of the segments skipped.");
      terms.describe(field);
    }
  };
  explicit Ring(const Params& params) : share_(params.share), terms_(params.terms) {}
  [[nodiscard]] WorkPlan work(const View&, const WorkFacts&) const override {
    return {share_, terms_.hurry};
  }
  [[nodiscard]] VerifyPlan verify(const View& view, const VerifyFacts& facts) const override {
    return {!view.is_mine(facts.provider)};
  }
  [[nodiscard]] Act move(const View&, const MoveFacts& facts) const override {
    return terms_.act(facts);
  }

 private:
  Share share_;
  CheatTerms terms_;
};

/// Does the work, or a share of it, in a cheaper way whose result may pass for noise.
class LowPrecision final : public Strategy {
 public:
  static constexpr auto kKind = "low-precision";
  static constexpr auto kSummary = "Does the work a cheaper way whose result may pass for noise.";
  static constexpr Traits kTraits{
      .noun = "low-precision work",
      .subject = "A provider who does {share} of its work in a lower precision",
      .searched = {{{"share", 0.05, 1.0, ""}}}};
  struct Params {
    std::string cheat = "fp8";
    Share share = percent(100);
    CheatTerms terms;
    void describe(Fields& field) {
      field("cheat", cheat, "The row of the cost profile that says what it saves and how far off.");
      field("share", share, range(percent(0), percent(100)),
            "Share of the segments done that way.");
      terms.describe(field);
    }
  };
  explicit LowPrecision(const Params& params) : params_(params) {}
  [[nodiscard]] std::vector<std::string> cheats() const override { return {params_.cheat}; }
  [[nodiscard]] WorkPlan work(const View&, const WorkFacts&) const override {
    return {params_.share, params_.terms.hurry};
  }
  [[nodiscard]] Act move(const View&, const MoveFacts& facts) const override {
    return params_.terms.act(facts);
  }

 private:
  Params params_;
};

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
    if (draws.below(static_cast<std::uint64_t>(kWholePpb)) <
        static_cast<std::uint64_t>(params_.chance.ppb)) {
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
  static constexpr Traits kTraits{
      .noun = "the exit scam",
      .subject = "A provider who cheats and withdraws its stake",
      .searched = {{{"share", 0.05, 1.0, ""}, {"spree", 0.0, 720.0, "h"}}}};
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
  [[nodiscard]] bool re_enter(const View&, const ReviewFacts&) const override {
    return params_.returns;
  }
  [[nodiscard]] Act move(const View&, const MoveFacts& facts) const override {
    return params_.terms.act(facts);
  }

 private:
  [[nodiscard]] static sim::SimDuration age(const View& view) {
    return view.now() - view.record(view.self()).registered;
  }
  Params params_;
};

/// Honest until a task is worth it: it skips those that pay enough, once its name has been accepted
/// often enough to be given them.
class LongCon final : public Strategy {
 public:
  static constexpr auto kKind = "long-con";
  static constexpr auto kSummary = "Honest until the value of a task is worth it.";
  static constexpr Traits kTraits{
      .noun = "the long con",
      .subject = "A provider who cheats only on tasks of {value} or more",
      .searched = {{{"value", 0.01, 10.0, "USD"}}}};
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
