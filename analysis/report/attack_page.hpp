#pragma once

#include <string>

#include "analysis/report/page.hpp"
#include "analysis/tuning/resistance.hpp"

namespace assay::analysis {

/// The page of an attack table: which attacks a protocol deters, which pay, and what would end
/// them.
[[nodiscard]] std::string render(const ResistanceTable& table, const PageAssets& assets);

}  // namespace assay::analysis
