#pragma once

#include <string>
#include <vector>

#include "protocol/strategy/cheat_terms.hpp"

// Providers who do not do the work that they were paid for.
namespace assay::protocol {

/// Skips all work and reports something.
class Lazy final : public Strategy {
 public:
  static constexpr auto kKind = "lazy";
  static constexpr auto kSummary = "Skips all work and claims to have done it.";
  static constexpr Traits kTraits{.skips = true,
                                  .noun = "lazy work",
                                  .subject = "A provider who skips all work",
                                  .searched = {{kSearchedDefence, kSearchedHurry}}};
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
  static constexpr Traits kTraits{
      .skips = true,
      .noun = "partial work",
      .subject = "A provider who skips {share} of its work",
      .searched = {{{"share", 0.05, 1.0, ""}, kSearchedDefence, kSearchedHurry}}};
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

/// Does the work, or a share of it, in a cheaper way whose result may pass for noise: accused, it
/// lets the distance decide.
class LowPrecision final : public Strategy {
 public:
  static constexpr auto kKind = "low-precision";
  static constexpr auto kSummary = "Does the work a cheaper way whose result may pass for noise.";
  static constexpr Traits kTraits{
      .noun = "low-precision work",
      .subject = "A provider who does {share} of its work in a lower precision",
      .searched = {{{"share", 0.05, 1.0, ""}, kSearchedDefence, kSearchedHurry}}};
  struct Params {
    std::string cheat = "fp8";
    Share share = percent(100);
    CheatTerms terms{false, "rerun"};
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

/// Providers and verifiers of one principal: the providers skip a share of all work, and the
/// verifiers approve each other's claims unseen and check everybody else's.
class Ring final : public Strategy {
 public:
  static constexpr auto kKind = "ring";
  static constexpr auto kSummary = "Skips work; its verifiers approve its own claims unseen.";
  static constexpr Traits kTraits{
      .verifies = true,
      .one_owner = true,
      .skips = true,
      .noun = "the ring",
      .subject = "Each of the {count} providers of the ring",
      .searched = {{{"share", 0.05, 1.0, ""}, kSearchedDefence, kSearchedHurry}}};
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
    WorkPlan plan{share_, terms_.hurry};
    plan.accord = true;
    return plan;
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

}  // namespace assay::protocol
