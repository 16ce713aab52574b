#pragma once

#include <string_view>
#include <vector>

#include "analysis/report/report_data.hpp"

namespace assay::analysis {

/// The lines of an effective scenario, those whose key has another default with that default:
/// `none` where the key may be left out. Keys that must be given have none.
[[nodiscard]] std::vector<ScenarioLine> scenario_lines(std::string_view effective_yaml);

}  // namespace assay::analysis
