#pragma once

#include <string>

#include "analysis/compare.hpp"
#include "analysis/report/page.hpp"

namespace assay::analysis {

/// The page of a comparison: which protocol is better in what, and where they cannot be told apart.
[[nodiscard]] std::string render(const Comparison& comparison, const PageAssets& assets);

}  // namespace assay::analysis
