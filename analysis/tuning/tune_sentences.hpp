#pragma once

#include <span>
#include <string>

#include "analysis/search/bracket.hpp"
#include "analysis/tuning/tune.hpp"

/// What a search says in words. Pure functions of what it found.
namespace assay::analysis {

/// The answer, or why there is none: `why`.
[[nodiscard]] std::string headline_text(const Tuning& tuning, const TuneQuestion& question,
                                        const std::string& why);
/// Which constraint would fail first beside the answer, one value a parameter.
[[nodiscard]] std::string breaks_first_text(const Tuning& tuning, const TuneQuestion& question,
                                            std::span<const double> answers);
/// How the search for one constraint ended.
[[nodiscard]] std::string search_text(const ConstraintEvidence& evidence,
                                      const VariedParameter& varied);
/// `attack_gain < 0 fails from 0 % to 4.9 %`; of one that never holds, every place it was tried.
[[nodiscard]] std::string failures_text(const std::string& text, const Bracket& bracket,
                                        const VariedParameter& varied);
/// Why a test at `place` stayed undecided.
[[nodiscard]] std::string doubt_text(const ConstraintEvidence& evidence, const Tested& tested,
                                     const std::string& place);

}  // namespace assay::analysis
