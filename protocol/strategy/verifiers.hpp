#pragma once

#include "protocol/strategy/cheat_terms.hpp"

namespace assay::protocol {

/// Approves whatever it is called to, without running anything.
class RubberStamp final : public Strategy {
 public:
  static constexpr auto kKind = "rubber-stamp";
  static constexpr auto kSummary = "As verifier: approves everything unseen.";
  static constexpr Traits kTraits{.provides = false,
                                  .verifies = true,
                                  .approves_unseen = true,
                                  .noun = "rubber stamping",
                                  .subject = "A verifier who approves unseen"};
  struct Params {
    void describe(Fields&) {}
  };
  explicit RubberStamp(const Params&) {}
  [[nodiscard]] VerifyPlan verify(const View&, const VerifyFacts&) const override {
    return {false, Say::Approve};
  }
};

/// Waits until others have reported, and says what they have said, as far as it can be seen.
class Copier final : public Strategy {
 public:
  static constexpr auto kKind = "copier";
  static constexpr auto kSummary = "As verifier: copies what others report, where it is visible.";
  static constexpr Traits kTraits{.provides = false,
                                  .verifies = true,
                                  .approves_unseen = true,
                                  .noun = "verdict copying",
                                  .subject = "A verifier who waits {wait} and copies",
                                  .searched = {{{"wait", 0.0, 24.0, "h"}}}};
  struct Params {
    sim::SimDuration wait = std::chrono::hours(1);
    void describe(Fields& field) {
      field("wait", wait, range<sim::SimDuration>(sim::SimDuration{0}, std::chrono::hours(24 * 7)),
            "How much later it reports than if it had worked.");
    }
  };
  explicit Copier(const Params& params) : wait_(params.wait) {}
  [[nodiscard]] VerifyPlan verify(const View&, const VerifyFacts&) const override {
    return {false, Say::Copy, wait_};
  }

 private:
  sim::SimDuration wait_;
};

/// Rejects claims unseen with a given chance, and drags out the disputes that it will lose; checks
/// the others honestly.
class FalseChallenger final : public Strategy {
 public:
  static constexpr auto kKind = "false-challenger";
  static constexpr auto kSummary = "As verifier: rejects work unseen, to cause disputes.";
  static constexpr Traits kTraits{.provides = false,
                                  .verifies = true,
                                  .noun = "false challenges",
                                  .subject = "A verifier who rejects {rate} of the claims unseen",
                                  .searched = {{{"rate", 0.05, 1.0, ""}}}};
  struct Params {
    Share rate = percent(100);
    std::string defence = "lie";
    bool dawdle = true;
    void describe(Fields& field);
  };
  explicit FalseChallenger(const Params& params) : params_(params) {}
  [[nodiscard]] VerifyPlan verify(const View& view, const VerifyFacts& facts) const override;
  [[nodiscard]] Act move(const View& view, const MoveFacts& facts) const override;
  [[nodiscard]] bool dawdles(const View&, const MoveFacts& facts) const override {
    return params_.dawdle && facts.cheated;
  }

 private:
  Params params_;
};

/// One verifier under many names, to be drawn and paid more often; runs each claim once for all of
/// them, and reports what it finds.
class SybilVerifiers final : public Strategy {
 public:
  static constexpr auto kKind = "sybil-verifiers";
  static constexpr auto kSummary = "As verifier: one member under many names, its stake split.";
  static constexpr Traits kTraits{.provides = false,
                                  .verifies = true,
                                  .noun = "split verifiers",
                                  .subject = "A verifier under {names} names"};
  struct Params {
    int names = 10;
    void describe(Fields& field) {
      field("names", names, range(1, 10'000),
            "Identities of each member; its stake and balance are split evenly among them.");
    }
  };
  explicit SybilVerifiers(const Params& params)
      : names_(static_cast<std::uint32_t>(params.names)) {}
  [[nodiscard]] VerifyPlan verify(const View&, const VerifyFacts& facts) const override {
    return {!facts.own_executes};
  }
  [[nodiscard]] std::uint32_t names() const override { return names_; }

 private:
  std::uint32_t names_;
};

}  // namespace assay::protocol
