#pragma once

#include <string>

#include "protocol/verification/verification.hpp"
#include "protocol/verification/voting.hpp"

namespace assay::protocol {

/// What schemes that compare replicas have in common.
struct OutvotedTerms {
  bool convict = false;
  void describe(Fields& field) {
    field("convict", convict,
          "Whether who was outvoted is convicted as a cheat is; otherwise it is only not paid.");
  }
};

/// Several providers do each task, and the largest group of equal answers wins if it is a quorum;
/// otherwise one more is asked, up to a limit. Adaptive: an identity that has agreed so often in a
/// row is believed unseen with a chance that grows with that number.
/// Sources: Sarmenta, "Sabotage-tolerance mechanisms for volunteer computing systems", FGCS 18(4),
/// 2002 (V13); BOINC's adaptive replication (V24): redundancy 1 + 1/v after v valid results.
class Replication final : public Verification, public Voting {
 public:
  static constexpr auto kKind = "replication";
  static constexpr auto kSummary = "Several providers do each task; equal answers win by quorum.";
  struct Params {
    int replicas = 3;
    int quorum = 2;
    int most = 5;
    bool adaptive = false;
    int trusted_after = 10;
    OutvotedTerms outvoted;
    void describe(Fields& field) {
      field("replicas", replicas, range(1, 32), "Providers who do each task at first.");
      field("quorum", quorum, range(1, 32), "Equal answers that a result needs.");
      field("most", most, range(1, 32), "Providers who do it at most, where no group is a quorum.");
      field("adaptive", adaptive,
            "Whether an identity with v valid results in a row works alone but with chance 1/v.");
      field("trusted_after", trusted_after, range(1, 1'000'000),
            "Valid results in a row that this takes.");
      outvoted.describe(field);
    }
  };
  /// Throws ConfigError where quorum, replicas and most are not in this order.
  explicit Replication(const Params& params);

  [[nodiscard]] AuditPlan plan(Chance, std::uint64_t, std::uint32_t) const override { return {}; }
  [[nodiscard]] Share audit_rate() const override { return Share{0}; }
  [[nodiscard]] std::uint32_t most_reexecutions() const override { return 0; }
  [[nodiscard]] Share pay() const override { return Share{0}; }
  [[nodiscard]] const Voting* voting() const override { return this; }

  [[nodiscard]] std::uint32_t replicas() const override {
    return params_.adaptive ? 1 : static_cast<std::uint32_t>(params_.replicas);
  }
  [[nodiscard]] Count count(const Memory& memory, Chance chance, std::uint64_t task_key,
                            std::span<const Vote> votes) const override;
  [[nodiscard]] bool convicts() const override { return params_.outvoted.convict; }
  [[nodiscard]] std::unique_ptr<Memory> memory() const override;
  void learn(Memory& memory, std::span<const Vote> votes, std::uint64_t root) const override;

 private:
  Params params_;
};

/// Answers are collected one by one until the group of one of them is credible enough: a group's
/// weight is the product of its members', and it wins when weight / (1 + sum of all groups'
/// weights) exceeds 1 - 1 / trust. A member's weight follows its score, one more for each result
/// that was confirmed by others, a third less for each that was outvoted. Source: iExec's proof of
/// contribution (contracts of PoCo); closed form V25.
class WeightedVoting final : public Verification, public Voting {
 public:
  static constexpr auto kKind = "weighted-voting";
  static constexpr auto kSummary = "Answers are collected until one of them is credible enough.";
  struct Params {
    int trust = 4;
    int most = 10;
    OutvotedTerms outvoted{true};
    void describe(Fields& field) {
      field("trust", trust, range(1, 1'000'000),
            "A result is accepted when its weight exceeds 1 - 1 / trust of the total.");
      field("most", most, range(1, 32), "Providers who do a task at most.");
      outvoted.describe(field);
    }
  };
  explicit WeightedVoting(const Params& params) : params_(params) {}

  [[nodiscard]] AuditPlan plan(Chance, std::uint64_t, std::uint32_t) const override { return {}; }
  [[nodiscard]] Share audit_rate() const override { return Share{0}; }
  [[nodiscard]] std::uint32_t most_reexecutions() const override { return 0; }
  [[nodiscard]] Share pay() const override { return Share{0}; }
  [[nodiscard]] const Voting* voting() const override { return this; }

  [[nodiscard]] std::uint32_t replicas() const override { return 1; }
  [[nodiscard]] Count count(const Memory& memory, Chance chance, std::uint64_t task_key,
                            std::span<const Vote> votes) const override;
  [[nodiscard]] bool convicts() const override { return params_.outvoted.convict; }
  [[nodiscard]] std::unique_ptr<Memory> memory() const override;
  void learn(Memory& memory, std::span<const Vote> votes, std::uint64_t root) const override;

 private:
  Params params_;
};

}  // namespace assay::protocol
