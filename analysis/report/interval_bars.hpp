#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "analysis/report/chart.hpp"
#include "analysis/statistics.hpp"

/// The figure that most pages answer with: intervals against a zero line, a row each. Gains of
/// attacks, differences of metrics, distances to limits.
namespace assay::analysis {

/// One row; `value` and the intervals are in the axis' unit.
struct IntervalBar {
  std::string label;
  double value = 0.0;
  std::optional<Interval> interval;
  std::optional<Interval> behind = {};  ///< a hollow, thin bar: the same without what narrowed it
  std::optional<double> theory = {};    ///< ◇ below the bar
  std::string role = {};                ///< the bar's colour
  std::string shape = "circle";         ///< the mark at the value
  std::string head = {};                ///< right of the plot, bold in the bar's colour
  std::string text = {};                ///< below it, in ink
};

/// How far from zero an axis must reach. A row that lies five times as far out as the next one
/// would flatten the others, so it is left outside, as long as half of the rows stay inside;
/// without such a row it is the farthest.
[[nodiscard]] double reach_of(const std::vector<IntervalBar>& bars);

/// Draws them from the top. What lies farther from zero than `reach` is drawn as an arrow at the
/// edge; its number stands at the right all the same.
[[nodiscard]] Json interval_bars(const std::vector<IntervalBar>& bars, TickText ticks,
                                 double reach = std::numeric_limits<double>::infinity());

/// ` ◂ ▸ beyond the axis.` where a row lies there, for a subtitle; else nothing.
[[nodiscard]] std::string beyond_note(const std::vector<IntervalBar>& bars, double reach);

}  // namespace assay::analysis
