#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/statistics.hpp"

/// From paired gains to a verdict and the sentences that may be said about it. Pure functions: the
/// same evidence gives the same words, and there is no sentence without a rule.
namespace assay::analysis {

/// In the order in which the rules are tried; the first that holds decides.
enum class Verdict {
  NotTested,   ///< no bad lease: the attack never happened
  NoVerdict,   ///< fewer than kLeastReplications
  Deterred,    ///< the interval of the gain lies below zero
  Pays,        ///< it lies above zero
  BreaksEven,  ///< it lies within 2 % of an honest profit around zero
  Undecided,
};
[[nodiscard]] std::string_view name_of(Verdict verdict);  ///< `deterred`, `pays`, ...
[[nodiscard]] bool is_decided(Verdict verdict);           ///< Deterred or Pays

inline constexpr std::size_t kLeastReplications = 4;
inline constexpr double kBreaksEvenWithin = 0.02;  ///< of an honest profit, either side

/// What the closed forms say about one attack, as far as any is known.
struct Theory {
  std::string formulas;  ///< `V2` or `V2, V5`; empty: no closed form
  std::optional<double>
      break_even_rate;             ///< audit rate at which cheating and honesty earn the same
  std::optional<double> gain_usd;  ///< per provider over the time measured
};

/// What a run saw of one attack.
struct AttackEvidence {
  std::string noun;     ///< `lazy work`, `the ring`
  std::string subject;  ///< `A provider who skips all work`
  std::vector<double>
      gains_usd;  ///< paired gain per provider, one for each replication; empty without twins
  std::int64_t bad_leases = 0;  ///< leases with bad work, all replications together
  Theory theory;
};

/// What the attacks are judged against.
struct AuditSetting {
  double rate = 0.0;               ///< audit probability of a task; 0 where nothing is verified
  double honest_profit_usd = 0.0;  ///< mean profit of an honest provider over the same time
};

struct Judgement {
  Verdict verdict = Verdict::NotTested;
  Estimate gain_usd;      ///< the interval at Holm's level; none below two; NaN without twins
  double level = kAlpha;  ///< that level
  std::string sentence;   ///< what the run says
  std::string theory;     ///< what the closed forms say, and whether that agrees
  std::optional<std::int64_t> replications_to_decide;  ///< of an undecided one that more would help
  bool theory_contradicts = false;                     ///< then the second sentence stands in bold
};

/// One judgement for each attack, in their order. Intervals are widened together over the attacks
/// that were tested. Replications of all attacks must be equally many; with none there is no
/// verdict.
[[nodiscard]] std::vector<Judgement> judge(std::span<const AttackEvidence> attacks,
                                           const AuditSetting& setting, double alpha = kAlpha);
/// The same with a setting for each attack: who could attack by it earns what honestly.
[[nodiscard]] std::vector<Judgement> judge(std::span<const AttackEvidence> attacks,
                                           std::span<const AuditSetting> settings,
                                           double alpha = kAlpha);

/// The page's headline: which attacks auditing at this rate deters.
[[nodiscard]] std::string headline(std::span<const AttackEvidence> attacks,
                                   std::span<const Judgement> judgements,
                                   const AuditSetting& setting);

/// One cost that carries the result: its error band and where it turns a verdict.
struct TurningPoint {
  std::string noun;     ///< the attack whose verdict changes sign
  double factor = 1.0;  ///< on the cost's value
};
struct CostBand {
  std::string cost;
  double low = 1.0;  ///< as factors on the value used
  double high = 1.0;
  std::vector<TurningPoint> turns;
};

/// Whether an error band is stated at all.
[[nodiscard]] inline bool has_band(const CostBand& cost) {
  return cost.low != 1.0 || cost.high != 1.0;
}
/// Whether the verdict on `noun` changes sign inside the error band of any one cost.
[[nodiscard]] bool rests_on_costs(std::string_view noun, std::span<const CostBand> costs);
/// `−14 % to +16 %`.
[[nodiscard]] std::string band_text(double low, double high);
/// Which of the `decided` nouns rest on which costs, for the first screen.
[[nodiscard]] std::string what_could_turn_it(std::span<const std::string> decided,
                                             std::span<const CostBand> costs);

}  // namespace assay::analysis
