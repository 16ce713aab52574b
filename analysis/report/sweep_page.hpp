#pragma once

#include <string>

#include "analysis/report/page.hpp"
#include "analysis/sweep.hpp"

namespace assay::analysis {

/// The page of a sweep: where every attack is deterred, or how the metrics move.
[[nodiscard]] std::string render(const Sweep& sweep, const PageAssets& assets);

}  // namespace assay::analysis
