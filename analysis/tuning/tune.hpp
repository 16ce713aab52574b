#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/search/bracket.hpp"
#include "analysis/study.hpp"
#include "analysis/tuning/deviation.hpp"

/// The cheapest parameters of a protocol under which stated constraints hold with stated
/// confidence.
namespace assay::analysis {

/// The name under which constraints speak of the largest paired gain over all attacks tried.
inline constexpr std::string_view kAttackGain = "attack_gain";

/// A parameter that may be chosen, between two values in one unit.
struct VariedParameter {
  std::string key;
  double low = 0.0;
  double high = 1.0;
  std::string unit;  ///< as a scenario writes it; empty for plain numbers and shares
  bool whole = false;

  [[nodiscard]] std::string text(double value) const;   ///< as `--set` takes it: `5.25 %`
  [[nodiscard]] std::string set(double value) const;    ///< `key=value`
  [[nodiscard]] std::string shown(double value) const;  ///< in a sentence: in one piece
};
/// Reads `key=lo..hi`, as in `verification.rate=0..1` or `slashing.unbonding=1 d..30 d`. Throws
/// ConfigError.
[[nodiscard]] VariedParameter parse_varied(const std::string& text);

struct TuneConstraint {
  std::string text;    ///< as it was asked: `attack_gain < 0`
  std::string metric;  ///< `attack_gain` or a metric of the honest market
  bool below = true;
  double limit = 0.0;
};
/// Reads `metric < number` or `metric > number`; a share may be written `5 %`. Throws ConfigError.
[[nodiscard]] TuneConstraint parse_constraint(const std::string& text);

struct TuneQuestion {
  std::string minimise;  ///< a metric of the honest market
  std::vector<TuneConstraint> constraints;
  std::vector<VariedParameter> vary;
  std::vector<std::string> against;  ///< strategies; empty: all that can be played
  double alpha = kAlpha;             ///< 1 - confidence, of everything that is said together
  double precision = 0.02;           ///< width of a bracket, relative to the value
  Looks looks{4, 256};               ///< replications of a market at most
  int replications = 8;              ///< of the market whose cost is compared
  int evaluations = 60;              ///< of the optimiser, where several parameters vary
  /// Searches at most: a rough one, and one more each time a worse attack shows at the answer.
  int rounds = 6;
};

/// One sequential test, as a figure shows it.
struct TuneStep {
  double value = 0.0;    ///< of the parameter
  std::string answer;    ///< `holds`, `fails`, `undecided`
  int replications = 0;  ///< that have the metric
  Estimate estimate;     ///< of the mean nearest to the limit
  std::string worst;     ///< the attack whose gain that is; empty for other metrics
  int left_out = 0;      ///< replications that do not have the metric
};

/// What is known of one constraint at the answer.
struct ConstraintEvidence {
  std::string text;
  std::string metric;
  std::string unit;
  bool below = true;
  double limit = 0.0;
  std::string answer;    ///< at the parameters chosen
  Estimate estimate;     ///< the mean nearest to the limit; its interval decided
  int replications = 0;  ///< that have the metric
  int left_out = 0;      ///< that do not
  std::string worst;     ///< the attack that gains most; empty for other metrics
  double distance_se =
      0.0;             ///< from the limit, in standard errors, at most 100; negative: beyond it
  std::string search;  ///< how its search ended: `precise`, `holds at both ends`, ...
  std::optional<double> fails;  ///< the nearest parameter value at which it was found to fail
  std::optional<double> holds;  ///< and to hold
  std::vector<TuneStep> steps;
};

struct TunedParameter {
  std::string key;
  std::string unit;
  double low = 0.0;  ///< the range that was searched
  double high = 1.0;
  std::optional<double> value;  ///< the answer; none where there is none
  std::string text;             ///< the same as `--set` takes it
};

struct TunedAttack {
  std::string strategy;
  std::string noun;
  std::string parameters;  ///< of its worst case
  bool acted = true;       ///< false: it did nothing wherever it was tested, and is no evidence
};

struct CostPoint {
  double value = 0.0;  ///< of the first parameter
  Estimate cost;
};

/// What theory says of the value.
struct TuneTheory {
  std::string formulas;         ///< empty: no closed form is known
  std::optional<double> value;  ///< of the parameter
  std::string text;             ///< a sentence
};

enum class TuneVerdict {
  Found,
  Infeasible,  ///< the values at which constraints are known to fail cover the whole range
  Undecided    ///< neither; the headline says why
};
[[nodiscard]] std::string_view name_of(TuneVerdict verdict);

/// An answer as its folder keeps it.
struct Tuning {
  StudyFacts facts;
  TuneVerdict verdict = TuneVerdict::Undecided;
  std::string headline;
  double confidence = 0.95;
  double share = 0.05;   ///< of each group that deviates
  std::string minimise;  ///< metric, its title and unit
  std::string title;
  std::string unit;
  std::optional<Estimate> cost;  ///< at the answer
  std::vector<TunedParameter> parameters;
  std::vector<ConstraintEvidence> constraints;  ///< tightest first
  std::string breaks_first;                     ///< a sentence
  std::vector<std::string> clash;               ///< constraints that cannot hold together
  std::vector<TunedAttack> attacks;
  std::vector<AttackLeftOut> left_out;
  TuneTheory theory;
  std::vector<CostPoint> costs;  ///< over the range; one varied parameter only
  std::string scenario;          ///< with the answer laid over it, as YAML; empty without one
};

/// Refuses with a ConfigError, before anything runs, ends of a range that the scenario cannot have,
/// metrics that do not exist and attacks that have nobody to play them.
void check_question(const std::filesystem::path& scenario, const MarketUnderStudy::Sets& sets,
                    const Deviation& deviation, const TuneQuestion& question);

/// Answers the question. `say` hears what is being done, a line at a time. Throws ConfigError for
/// names and values that do not exist.
[[nodiscard]] Tuning tune(MarketUnderStudy& market, const TuneQuestion& question,
                          const std::function<void(const std::string&)>& say);

/// As JSON, one key for each field, and back; throws std::runtime_error for a missing or mistyped
/// key.
[[nodiscard]] std::string to_json(const Tuning& tuning);
[[nodiscard]] Tuning tuning_from_json(std::string_view text);

}  // namespace assay::analysis
