#pragma once

#include <filesystem>

#include "analysis/report/report_data.hpp"
#include "analysis/results.hpp"

namespace assay::analysis {

/// What the report shows of a finished experiment whose results go into `folder`. Needs at least
/// one finished replication.
[[nodiscard]] ReportData collect(const RunRecord& record, const std::filesystem::path& folder);

}  // namespace assay::analysis
