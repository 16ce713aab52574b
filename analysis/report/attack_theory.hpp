#pragma once

#include <cstdint>
#include <optional>

/// The closed forms against which a report holds what cheats gained: V1, V2, V3 and V5 of the
/// sources, for one cheated task at a time behind a stake of its own.
namespace assay::analysis {

/// One cheated task, in dollars.
struct CheatTermsOfTask {
  double cost_usd = 0.0;       ///< c: of doing the whole task honestly
  double reward_usd = 0.0;     ///< R: paid for it when it is accepted
  double stake_usd = 0.0;      ///< S: lost on conviction
  double rate = 0.0;           ///< q: probability of an audit
  std::int64_t segments = 1;   ///< k: re-executed by each verifier
  std::int64_t verifiers = 1;  ///< m
  double cheated = 1.0;        ///< x: share of the segments skipped
  double colluding = 0.0;      ///< r: chance that a verifier who is drawn approves unseen
};

/// The probability that an audit finds the cheat: 1 - (1 - x)^k (V3, segments drawn independently),
/// unless every one of m verifiers colludes, r^m (V5).
[[nodiscard]] double found_if_audited(const CheatTermsOfTask& terms);
/// x c - q d (R + S): what cheating earns beyond honesty on one task (V2, V3).
[[nodiscard]] double gain_of_task_usd(const CheatTermsOfTask& terms);
/// The audit rate at which that is zero: x c / (d (R + S)). None where no audit can find it.
[[nodiscard]] std::optional<double> break_even_rate(const CheatTermsOfTask& terms);
/// The factor on a part of the cost at which the gain changes sign, prices held; `part` is that
/// part's share of the cost. None where no positive factor does.
[[nodiscard]] std::optional<double> turning_factor(const CheatTermsOfTask& terms, double part);
/// The share of identities caught after handing in `tasks` cheated ones: 1 - (1 - q d)^tasks (V1).
[[nodiscard]] double caught_after(const CheatTermsOfTask& terms, double tasks);

}  // namespace assay::analysis
