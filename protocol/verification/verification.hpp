#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "protocol/chance.hpp"
#include "protocol/money.hpp"
#include "protocol/scenario/fields.hpp"
#include "sim/distributions.hpp"

namespace assay::protocol {

/// What verification decides about a claim, once its commitment binds the provider.
struct AuditPlan {
  std::uint32_t segments = 0;  ///< re-executed by each verifier; 0: the claim is not audited
  std::uint32_t verifiers = 0;
  bool planted = false;  ///< known to nature alone: what they find is not the claim's fault
};

/// What a verifier sees of the others' reports on a claim before it makes its own: nothing, because
/// reports are committed first and revealed together, or each as soon as it is made.
enum class Reveal : std::uint8_t { Sealed, Open };
/// What an identity's chance to be drawn as verifier is proportional to.
enum class VerifierDraw : std::uint8_t { Head, Stake };

/// How verifiers are drawn, paid and held to their reports.
struct VerifierTerms {
  Reveal reveal = Reveal::Sealed;
  VerifierDraw draw = VerifierDraw::Head;
  Share false_approval;
  void describe(Fields& field) {
    static constexpr std::array<std::string_view, 2> kReveal{"sealed", "open"};
    static constexpr std::array<std::string_view, 2> kDraw{"head", "stake"};
    field("reveal", reveal, kReveal,
          "When a report can be seen: sealed until all are in, or open as soon as it is made.");
    field("draw", draw, kDraw,
          "Whether each identity has the same chance to verify, or one in proportion to its "
          "stake.");
    field("false_approval", false_approval, range(percent(0), percent(100)),
          "Share of its stake that a verifier loses, and with it its place, for approving a claim "
          "that is convicted.");
  }
};

/// The jackpot for whoever finds a planted fault, and what feeds it.
struct JackpotTerms {
  Tokens jackpot;
  Tokens pool;
  Share tax;
  Share missed;
  /// What each of so many finders gets when the pool holds `in_pool`: J / 2^(k-1), J being the
  /// jackpot or a third of the pool, whichever is less; the pool keeps the rest.
  [[nodiscard]] Tokens prize(Tokens in_pool, std::uint32_t finders) const {
    const std::int64_t most = std::min(jackpot.micro(), in_pool.micro() / 3);
    return Tokens::micro(most >> std::min(finders - 1, 62u));
  }
  void describe(Fields& field) {
    constexpr Tokens kMost = Tokens::whole(1'000'000'000);
    field("jackpot", jackpot, range(Tokens{}, kMost),
          "What one finder of a planted fault gets; k finders get this over 2^(k-1) each.");
    field("pool", pool, range(Tokens{}, kMost),
          "Tokens in the jackpot's pool at the start; one payout takes at most a third of it.");
    field("tax", tax, range(percent(0), percent(10'000)),
          "Paid into the pool by requesters, as a share of every payment for work.");
    field("missed", missed, range(percent(0), percent(100)),
          "Share of its stake that a verifier loses to the pool, and with it its place, for "
          "approving a planted fault.");
  }
};

class Voting;

/// How claims are checked. Sees the claim's key and size, never who did what.
class Verification {
 public:
  static constexpr auto kFamily = "verification";
  virtual ~Verification() = default;
  [[nodiscard]] virtual AuditPlan plan(Chance chance, std::uint64_t lease_key,
                                       std::uint32_t segments) const = 0;
  /// What an audit of a claim with so many segments re-executes.
  [[nodiscard]] virtual AuditPlan audit_of(std::uint32_t /*segments*/) const { return {}; }
  /// How long after the commitment the audit of a claim that is audited begins; the claim is not
  /// paid before.
  [[nodiscard]] virtual sim::SimDuration delay(Chance, std::uint64_t /*lease_key*/) const {
    return {};
  }
  /// What a rational actor may read off the rules: the chance that a claim is audited.
  [[nodiscard]] virtual Share audit_rate() const = 0;
  /// The most segments times verifiers that an audit re-executes, and what a verifier is paid for
  /// a segment as a share of the task's price for it: bought when the audit begins.
  [[nodiscard]] virtual std::uint32_t most_reexecutions() const = 0;
  [[nodiscard]] virtual Share pay() const = 0;
  [[nodiscard]] virtual VerifierTerms verifier_terms() const { return {}; }
  [[nodiscard]] virtual JackpotTerms jackpot() const { return {}; }
  /// How replicas' answers are compared; null where claims are checked one by one.
  [[nodiscard]] virtual const Voting* voting() const { return nullptr; }
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
class SpotCheck : public Verification {
 public:
  static constexpr auto kKind = "spot-check";
  static constexpr auto kSummary = "Re-executes k segments of a task with a given probability.";
  static constexpr Range<sim::SimDuration> kDelays{sim::SimDuration{},
                                                   std::chrono::hours(24 * 365)};
  struct Params {
    Share rate = percent(5);
    int segments = 3;
    int verifiers = 1;
    Share pay = percent(150);
    sim::SimDuration delay{};
    VerifierTerms terms;
    void describe(Fields& field) {
      field("rate", rate, range(percent(0), percent(100)), "Probability that a task is audited.");
      field("segments", segments, range(1, 1'000), "Segments re-executed per audit.");
      field("verifiers", verifiers, range(1, 16), "Verifiers who each re-execute them.");
      field("pay", pay, range(percent(0), percent(10'000)),
            "What a verifier is paid for a segment, as a share of the task's price for it.");
      field("delay", delay, kDelays,
            "Mean time from a commitment until its audit begins, exponential; the claim is not "
            "paid before.");
      terms.describe(field);
    }
  };
  explicit SpotCheck(const Params& params) : params_(params) {}
  [[nodiscard]] AuditPlan plan(Chance chance, std::uint64_t lease_key,
                               std::uint32_t segments) const override {
    sim::Draws draws = chance.open(Purpose::Audit, lease_key);
    if (!sim::chance(draws, params_.rate.ppb)) return {};
    return audit_of(segments);
  }
  [[nodiscard]] AuditPlan audit_of(std::uint32_t segments) const override {
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
  [[nodiscard]] VerifierTerms verifier_terms() const override { return params_.terms; }

 private:
  Params params_;
};

}  // namespace assay::protocol
