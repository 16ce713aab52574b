#pragma once

#include <filesystem>
#include <string>

#include "analysis/report/report_data.hpp"

/// The page that a run leaves: one file that opens without a network, asks nothing of one, and
/// reads as a decision first and as evidence after.
namespace assay::analysis {

/// What the page carries besides its numbers. Its style and its script are part of the program.
struct PageAssets {
  std::string vega_bundle;  ///< Vega, Vega-Lite and Vega-Embed as one module
};

/// Reads the bundle; throws std::runtime_error that names the file and what is wrong with it.
[[nodiscard]] PageAssets load_page_assets(const std::filesystem::path& vega_bundle);

/// The whole page, HTML in UTF-8. `data` needs at least one replication.
[[nodiscard]] std::string render(const ReportData& data, const PageAssets& assets);

/// Terms that the page explains; collected runs may add their own.
[[nodiscard]] std::vector<Entry> standard_glossary();

}  // namespace assay::analysis
