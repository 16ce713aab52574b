#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/study.hpp"
#include "analysis/tuning/deviation.hpp"
#include "analysis/verdict.hpp"

/// What a protocol does to everybody who tries to cheat it: a resistance table.
namespace assay::analysis {

/// What would make an attack stop to pay.
struct Deterrent {
  std::string key;                  ///< what is turned: `audit rate`, or a stake
  std::string method;               ///< `V2`: by formula; `measured`; or why there is none
  std::optional<double> value;      ///< a share, or tokens a slot
  std::optional<Interval> bracket;  ///< between which it lies, where it was measured
};

struct ResistanceRow {
  std::string strategy;
  std::string noun;
  std::string parameters;         ///< of its worst case: `share 50 %`; empty at its defaults
  std::vector<double> gains_usd;  ///< per deviator, one a replication
  Estimate gain_usd;              ///< its interval at Holm's level
  double level = kAlpha;
  Verdict verdict = Verdict::NoVerdict;
  std::string sentence;
  std::string theory;
  bool theory_contradicts = false;
  double honest_usd = 0.0;                  ///< what the deviators earn when they stay honest
  Estimate others_usd;                      ///< change of an honest provider's profit
  std::optional<Estimate> griefing_factor;  ///< as the function of this name says
  std::optional<Estimate> caught_share;  ///< of the identities that cheated; none where nobody did
  std::optional<Estimate> delay_d;       ///< mean days from the first bad work to the conviction
  std::vector<Deterrent> deterrents;
  std::string
      scenario;  ///< the attacked market, as YAML: `assay run` plays it with its honest twin
};

/// An attack table as its folder keeps it.
struct ResistanceTable {
  StudyFacts facts;
  double audit_rate = 0.0;
  double confidence = 0.95;
  double share = 0.05;              ///< of each group that deviates
  std::string group;                ///< that alone deviates; empty: every one
  std::vector<ResistanceRow> rows;  ///< most gain first
  std::vector<AttackLeftOut> left_out;
};

struct ResistanceOptions {
  /// Strategies; empty: all that are catalogued, but for those that the market's rules refuse.
  std::vector<std::string> against;
  int replications = 8;
  double alpha = kAlpha;
  bool deter = false;  ///< measure what deters, instead of by formula only
};

/// Tries strategies against the market, each at its worst case, found under draws of its own.
/// Throws ConfigError where the rules refuse one that was named, or all of them.
[[nodiscard]] ResistanceTable resistance(MarketUnderStudy& market,
                                         const ResistanceOptions& options);

/// What the providers and verifiers who stay honest lose in all, for each dollar that the attackers
/// lose; net of what one side pays the other, a bond above all, and without the time that a delay
/// costs requesters. None unless both lose for sure: who gains does not grief, and whose victims
/// gain does not harm them.
[[nodiscard]] std::optional<Estimate> griefing_factor(const PairedAttack& paired, double alpha);

/// `Of 3 attacks 2 are deterred (...) and 1 pays (the ring).`
[[nodiscard]] std::string headline(const ResistanceTable& table);

/// Who deviates: `5 % of each honest group`, `all but one of labs`.
[[nodiscard]] std::string deviators_text(const ResistanceTable& table);

/// As JSON, one key for each field, and back; throws std::runtime_error for a missing or mistyped
/// key.
[[nodiscard]] std::string to_json(const ResistanceTable& table);
[[nodiscard]] ResistanceTable resistance_from_json(std::string_view text);

}  // namespace assay::analysis
