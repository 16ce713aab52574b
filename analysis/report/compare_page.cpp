#include "analysis/report/compare_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/numbers.hpp"
#include "analysis/report/html.hpp"
#include "analysis/report/interval_bars.hpp"
#include "analysis/report/study_page.hpp"

namespace assay::analysis {
namespace {

/// A row of the figure: a paired difference as a share of A's mean.
struct Row {
  const ComparedMetric* metric;
  double share, low, high, unpaired_low, unpaired_high;
};

constexpr double kWidest = 2.0;  // shares of A beyond which a row is not drawn: A is close to zero

bool is_better(const ComparedMetric& metric) {
  return (metric.better == Better::Higher) == (metric.verdict == Difference::Higher);
}

std::string role_of(const ComparedMetric& metric) {
  if (metric.verdict != Difference::Higher && metric.verdict != Difference::Lower) {
    return "undecided";
  }
  if (metric.better == Better::Neither) return "series";
  return is_better(metric) ? "deterred" : "pays";
}

/// What differs and can be drawn, the surest difference first.
std::vector<Row> rows_of(const Comparison& comparison) {
  std::vector<Row> rows;
  for (const ComparedMetric& metric : comparison.metrics) {
    const double a = std::abs(metric.mean_a.value);
    if (metric.verdict == Difference::None || !metric.difference.interval || a == 0.0) continue;
    const Row row{&metric,
                  metric.difference.value / a,
                  metric.difference.interval->low / a,
                  metric.difference.interval->high / a,
                  metric.unpaired->low / a,
                  metric.unpaired->high / a};
    if (std::max(std::abs(row.low), std::abs(row.high)) > kWidest) continue;
    rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.metric->p < b.metric->p; });
  return rows;
}

std::string coloured(std::string_view role, std::string_view word) {
  return fmt::format(R"html(<span style="color:var(--{})">{}</span>)html", role, word);
}

std::string difference_text(const ComparedMetric& metric) {
  return estimate_text(metric.difference, difference_unit_of(metric.unit), Sign::Always);
}

std::optional<Figure> difference_figure(const Comparison& comparison) {
  const std::vector<Row> rows = rows_of(comparison);
  if (rows.empty()) return std::nullopt;
  std::vector<IntervalBar> bars;
  std::vector<std::string> spoken;
  for (const Row& row : rows) {
    IntervalBar bar{row.metric->title, row.share, Interval{row.low, row.high},
                    Interval{row.unpaired_low, row.unpaired_high}};
    bar.role = role_of(*row.metric);
    bar.text = difference_text(*row.metric);
    spoken.push_back(fmt::format("{} {}, {}", bar.label, bar.text, name_of(row.metric->verdict)));
    bars.push_back(std::move(bar));
  }
  const auto tested = std::count_if(comparison.metrics.begin(), comparison.metrics.end(),
                                    [](const ComparedMetric& metric) { return metric.tested; });
  Figure figure{"difference", fmt::format("{} against {}", comparison.name_b, comparison.name_a),
                "",           "",
                {},           {}};
  figure.subtitle = fmt::format(
      "Paired difference {} − {} as a share of {}’s mean, numbers in their own units (pp: "
      "percentage points). Bar: 95 % "
      "{}, "
      "widened for {} comparisons; hollow: without pairing. "
      "{}, {}, {}, {}.",
      escape(comparison.name_b), escape(comparison.name_a), escape(comparison.name_a),
      term("interval"), tested, coloured("deterred", "better"), coloured("pays", "worse"),
      coloured("series", "neither"), coloured("undecided", "undecided or no verdict"));
  figure.note =
      "Metrics without a difference, and those whose difference exceeds twice the mean, "
      "stand in the table only.";
  figure.panels.push_back({interval_bars(bars, TickText::Percent, kWidest),
                           fmt::format("Paired differences: {}.", fmt::join(spoken, "; "))});
  figure.table.caption = "Shares of A";
  figure.table.columns = {"metric", "difference, share of A", "low", "high"};
  for (const Row& row : rows) {
    figure.table.rows.push_back({row.metric->title, fixed(row.share * 100, 2),
                                 fixed(row.low * 100, 2), fixed(row.high * 100, 2)});
  }
  return figure;
}

/// `Price (in 3 of 8)`: where not every replication has the metric on both sides.
std::string with_left_out(const ComparedMetric& metric) {
  if (metric.left_out == 0) return metric.title;
  const auto both = static_cast<std::int64_t>(metric.a.size());
  return fmt::format("{} (in {} of {})", metric.title, both, both + metric.left_out);
}

std::string metrics_section(const Comparison& comparison) {
  Table table{"Every metric that both report",
              {"metric", comparison.name_a, comparison.name_b, "difference", "verdict",
               "variance saved by pairing"},
              {}};
  for (const ComparedMetric& metric : comparison.metrics) {
    const Unit unit = unit_of(metric.unit);
    table.rows.push_back(
        {with_left_out(metric), estimate_text(metric.mean_a, unit),
         estimate_text(metric.mean_b, unit),
         metric.verdict == Difference::None ? "0" : difference_text(metric),
         std::string(name_of(metric.verdict)),
         metric.variance_ratio ? fmt::format("{}×", significant(*metric.variance_ratio, 2)) : "–"});
  }
  std::string html = table_html(table, "numbers");
  for (const auto& [names, side] : {std::pair{&comparison.only_a, &comparison.name_a},
                                    std::pair{&comparison.only_b, &comparison.name_b}}) {
    if (names->empty()) continue;
    html += fmt::format("<p>Only {} has: {}.</p>", escape(*side),
                        escape(fmt::format("{}", fmt::join(*names, ", "))));
  }
  return section("table", "Every metric", html);
}

std::string changes(const Comparison& comparison) {
  if (comparison.changed.empty() && comparison.changed_from.empty()) {
    return "<p>The two effective scenarios are the same, line by line.</p>";
  }
  std::string lines;
  for (const std::string& line : comparison.changed_from)
    lines += fmt::format("− {}\n", escape(line));
  for (const std::string& line : comparison.changed) lines += fmt::format("+ {}\n", escape(line));
  return fmt::format("<p>In the effective scenarios differ, − {}, + {}:</p><pre>{}</pre>",
                     escape(comparison.name_a), escape(comparison.name_b), lines);
}

}  // namespace

std::string render(const Comparison& comparison, const PageAssets& assets) {
  FigureNumbers figures;
  const std::string first = opening(comparison.facts, headline(comparison)) + changes(comparison) +
                            figures.html(difference_figure(comparison), "wide");
  const PageFrame frame{
      fmt::format("{} against {}", comparison.name_b, comparison.name_a), "comparison",
      fmt::format("{} and {} · {} replications, the same draws", comparison.name_a,
                  comparison.name_b, comparison.facts.replications),
      comparison.facts.version, "<code>compare.json</code>"};
  return page_html(frame, study_banner(comparison.facts), first,
                   metrics_section(comparison) + study_sections(comparison.facts), assets);
}

}  // namespace assay::analysis
