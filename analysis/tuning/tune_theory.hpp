#pragma once

#include <span>

#include "analysis/tuning/tune.hpp"

namespace assay::analysis {

/// Where the closed forms put the value of one parameter at which no attack gains any more, and
/// whether the search agrees: the gain of a cheated task (V2, V3, V5) at the costs and payments
/// that the honest market saw, solved for the parameter. Empty where none of the attacks has a
/// closed form; without a value where its gain has one sign throughout the range.
[[nodiscard]] TuneTheory theory_of(MarketUnderStudy& market, const VariedParameter& varied,
                                   std::span<const Attack> attacks,
                                   const ConstraintEvidence& searched, int replications);

}  // namespace assay::analysis
