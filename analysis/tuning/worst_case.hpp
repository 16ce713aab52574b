#pragma once

#include <string>
#include <vector>

#include "analysis/tuning/deviation.hpp"

namespace assay::analysis {

/// The values of the parameters that `strategy` is searched by at which it gains most: numbers on a
/// grid between the ends that its traits state, then words one parameter after the other, then, if
/// a word has changed, the grid again; each tried in `replications` pairs of `pilot`. Its defaults
/// where it is searched by none. Values with which it did anything come first: one that never acts
/// gains nothing, which is more than a loss. The choice has used up the draws of `pilot`: what the
/// attack gains is to be measured under others.
[[nodiscard]] Attack worst_case(MarketUnderStudy& pilot, const MarketUnderStudy::Sets& sets,
                                const std::string& strategy, int replications);

/// The parameters of an attack as a table shows them: `share 50 %`; empty at its defaults.
[[nodiscard]] std::string parameters_text(const Attack& attack);

}  // namespace assay::analysis
