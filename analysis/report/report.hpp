#pragma once

#include <string>
#include <vector>

#include "analysis/report/page.hpp"
#include "analysis/report/report_data.hpp"

/// The page that a run leaves: one file that opens without a network, asks nothing of one, and
/// reads as a decision first and as evidence after.
namespace assay::analysis {

/// The whole page, HTML in UTF-8. `data` needs at least one replication.
[[nodiscard]] std::string render(const ReportData& data, const PageAssets& assets);

/// Terms that the page explains.
[[nodiscard]] std::vector<Entry> standard_glossary();

}  // namespace assay::analysis
