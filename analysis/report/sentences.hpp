#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/report/figures.hpp"

/// The page's sentences beside the verdicts. Each is computed, is HTML, and is empty where the run
/// lacks its quantity; no mean stands without its interval.
namespace assay::analysis {

/// The page's headline: the verdicts together. What was executed comes first, as it is known
/// without statistics; a text, not HTML.
[[nodiscard]] std::string page_headline(const PageContext& page);

/// What must stand above everything else: a loss of the honest, a price above the cloud's, a run
/// cut short, books that do not balance. Usually empty.
[[nodiscard]] std::vector<std::string> warnings(const PageContext& page);

struct KeyFigure {
  std::string label;      ///< HTML
  std::string value;      ///< with its unit
  std::string bracket;    ///< empty with one replication
  std::string reference;  ///< HTML: what to hold it against
};
[[nodiscard]] std::vector<KeyFigure> key_figures(const PageContext& page);

[[nodiscard]] std::string what_slips_through(const PageContext& page);
[[nodiscard]] std::string who_else_pays(const PageContext& page);
[[nodiscard]] std::string how_sure(const PageContext& page);
[[nodiscard]] std::string what_turns(const PageContext& page);

/// The run to try next and why; nothing where no command would tell more.
struct NextStep {
  std::string why;
  std::string command;
};
[[nodiscard]] std::optional<NextStep> next_step(const PageContext& page);

/// Whether a row of cost errors is what an attack gains: where zero is a verdict.
[[nodiscard]] bool is_gain(const ReportCostError& row);
/// Whether zero lies inside its interval only with the errors.
[[nodiscard]] bool loses_its_sign(const ReportCostError& row);

/// Below a badge: `firm`, `rests on costs`, or nothing where that was not worked out.
[[nodiscard]] std::string basis_of(const PageContext& page, std::size_t attack);

/// Two paragraphs beside figure 9.
[[nodiscard]] std::vector<std::string> what_trust_costs(const PageContext& page);

}  // namespace assay::analysis
