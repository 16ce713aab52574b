#pragma once

#include <string>

#include "analysis/report/page.hpp"
#include "analysis/tuning/tune.hpp"

namespace assay::analysis {

/// The page of a tuning: the parameters, the evidence for each constraint, what
/// would break first.
[[nodiscard]] std::string render(const Tuning& tuning, const PageAssets& assets);

}  // namespace assay::analysis
