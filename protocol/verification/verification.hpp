#pragma once

#include <algorithm>
#include <cstdint>

#include "protocol/chance.hpp"
#include "protocol/money.hpp"
#include "protocol/scenario/fields.hpp"
#include "sim/distributions.hpp"

namespace assay::protocol {

/// What verification decides about a claim, once its commitment binds the provider.
struct AuditPlan {
  std::uint32_t segments = 0;  ///< re-executed by each verifier; 0: the claim is not audited
  std::uint32_t verifiers = 0;
};

/// How claims are checked. Sees the claim's key and size, never who did what.
class Verification {
 public:
  static constexpr auto kFamily = "verification";
  virtual ~Verification() = default;
  [[nodiscard]] virtual AuditPlan plan(Chance chance, std::uint64_t lease_key,
                                       std::uint32_t segments) const = 0;
  /// How long after the commitment the audit of a claim that is audited begins; the claim is not
  /// paid before.
  [[nodiscard]] virtual sim::SimDuration delay(Chance, std::uint64_t /*lease_key*/) const {
    return {};
  }
  /// What a rational actor may read off the rules: the chance that a claim is audited.
  [[nodiscard]] virtual Share audit_rate() const = 0;
  /// The most segments times verifiers that an audit re-executes, and what a verifier is paid for
  /// a segment as a share of the task's price for it. Escrow covers their product.
  [[nodiscard]] virtual std::uint32_t most_reexecutions() const = 0;
  [[nodiscard]] virtual Share pay() const = 0;
};

/// Nothing is checked.
class NoVerification final : public Verification {
 public:
  static constexpr auto kKind = "none";
  static constexpr auto kSummary = "Nothing is checked.";
  struct Params {
    void describe(Fields&) {}
  };
  explicit NoVerification(const Params&) {}
  [[nodiscard]] AuditPlan plan(Chance, std::uint64_t, std::uint32_t) const override { return {}; }
  [[nodiscard]] Share audit_rate() const override { return Share{0}; }
  [[nodiscard]] std::uint32_t most_reexecutions() const override { return 0; }
  [[nodiscard]] Share pay() const override { return Share{0}; }
};

/// Audits a claim with a given probability: k of its segments are drawn without replacement after
/// the commitment, and each of m verifiers re-executes them. The economics: Becker (1968); the
/// closed forms V2 and V3 of `assay validate`.
class SpotCheck final : public Verification {
 public:
  static constexpr auto kKind = "spot-check";
  static constexpr auto kSummary = "Re-executes k segments of a task with a given probability.";
  struct Params {
    Share rate = percent(5);
    int segments = 3;
    int verifiers = 1;
    Share pay = percent(150);
    sim::SimDuration delay{};
    void describe(Fields& field) {
      field("rate", rate, range(percent(0), percent(100)), "Probability that a task is audited.");
      field("segments", segments, range(1, 1'000), "Segments re-executed per audit.");
      field("verifiers", verifiers, range(1, 16), "Verifiers who each re-execute them.");
      field("pay", pay, range(percent(0), percent(10'000)),
            "What a verifier is paid for a segment, as a share of the task's price for it.");
      field("delay", delay,
            range(sim::SimDuration{}, sim::SimDuration(std::chrono::hours(24 * 365))),
            "Mean time from a commitment until its audit begins, exponential; the claim is not "
            "paid before.");
    }
  };
  explicit SpotCheck(const Params& params) : params_(params) {}
  [[nodiscard]] AuditPlan plan(Chance chance, std::uint64_t lease_key,
                               std::uint32_t segments) const override {
    sim::Draws draws = chance.open(Purpose::Audit, lease_key);
    const auto whole = static_cast<std::uint64_t>(kWholePpb);
    if (draws.below(whole) >= static_cast<std::uint64_t>(params_.rate.ppb)) return {};
    return {std::min(static_cast<std::uint32_t>(params_.segments), segments),
            static_cast<std::uint32_t>(params_.verifiers)};
  }
  [[nodiscard]] sim::SimDuration delay(Chance chance, std::uint64_t lease_key) const override {
    if (params_.delay == sim::SimDuration{}) return {};
    sim::Draws draws = chance.open(Purpose::AuditDelay, lease_key);
    return sim::exponential_time(draws, params_.delay);
  }
  [[nodiscard]] Share audit_rate() const override { return params_.rate; }
  [[nodiscard]] std::uint32_t most_reexecutions() const override {
    return static_cast<std::uint32_t>(params_.segments * params_.verifiers);
  }
  [[nodiscard]] Share pay() const override { return params_.pay; }

 private:
  Params params_;
};

}  // namespace assay::protocol
