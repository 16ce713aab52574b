#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/report/chart.hpp"
#include "analysis/report/report_data.hpp"

/// What all pages have in common: one file that opens without a network and asks nothing of one,
/// reads as an answer first and as evidence after, and says what it rests on and how to repeat it.
namespace assay::analysis {

/// What a page carries besides its numbers. Its style and its script are part of the program.
struct PageAssets {
  std::string vega_bundle;  ///< Vega, Vega-Lite and Vega-Embed as one module
};
/// Reads the bundle; throws std::runtime_error that names the file and what is wrong with it.
[[nodiscard]] PageAssets load_page_assets(const std::filesystem::path& vega_bundle);

/// Figures as HTML, numbered in the order in which they are shown.
class FigureNumbers {
 public:
  [[nodiscard]] std::string html(const std::optional<Figure>& figure, std::string_view css = "");

 private:
  int shown_ = 0;
};

[[nodiscard]] std::string section(std::string_view id, std::string_view title,
                                  const std::string& body);
/// A line to copy into a shell.
[[nodiscard]] std::string command_html(const std::string& line);
/// Two blocks side by side where there is room; empty where both are.
[[nodiscard]] std::string pair_of(const std::string& left, const std::string& right);
/// One name with its value, for a list of facts.
[[nodiscard]] std::string fact(std::string_view name, const std::string& html);
/// `3.4 million`
[[nodiscard]] std::string events_text(std::int64_t events);

/// The sign of a kind of provenance: ■ for measured, and so on.
[[nodiscard]] std::string_view sign_of_kind(std::string_view kind);
/// What the signs of the kinds that occur mean.
[[nodiscard]] std::string kinds_text(const std::vector<ReportCost>& costs);

// Sections that any page may have; empty where there is nothing to say.
[[nodiscard]] std::string scenario_section(const std::vector<ScenarioLine>& lines);
[[nodiscard]] std::string not_modelled_section(const std::vector<Entry>& entries);
[[nodiscard]] std::string glossary_section(const std::vector<Entry>& entries);

/// What stands around a page's own sections.
struct PageFrame {
  std::string title;    ///< of the document
  std::string kind;     ///< `run report`
  std::string about;    ///< beside the kind, at the top
  std::string version;  ///< of the program
  std::string made_of;  ///< HTML: the files that it was made from
};
/// The whole page, HTML in UTF-8: the answer, links to the sections of the evidence, the evidence.
[[nodiscard]] std::string page_html(const PageFrame& frame, const std::string& banner,
                                    const std::string& answer, const std::string& evidence,
                                    const PageAssets& assets);

}  // namespace assay::analysis
