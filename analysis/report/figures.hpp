#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/report/chart.hpp"
#include "analysis/report/report_data.hpp"

/// The ten figures of the page, one function each. A figure is left out where the run lacks its
/// quantity. Titles are computed; where no rule for a title holds, it names the quantity.
namespace assay::analysis {

/// What several figures and sentences share.
struct PageContext {
  const ReportData& data;
  std::vector<Judgement> judgements;  ///< one for each attack
  Styles styles;

  explicit PageContext(const ReportData& data);
  [[nodiscard]] const StrategyStyle& style(const std::string& strategy) const;
  /// Days of the run that are measured: the horizon without the warm-up.
  [[nodiscard]] double measured_d() const { return data.horizon_d - data.warm_up_d; }
};

[[nodiscard]] std::optional<Figure> gain_figure(const PageContext& page);
[[nodiscard]] std::optional<Figure> break_even_figure(const PageContext& page);
[[nodiscard]] std::optional<Figure> profit_figure(const PageContext& page);
[[nodiscard]] std::optional<Figure> bad_work_figure(const PageContext& page);
[[nodiscard]] std::optional<Figure> stages_figure(const PageContext& page);
[[nodiscard]] std::optional<Figure> delay_figure(const PageContext& page);
[[nodiscard]] std::optional<Figure> price_figure(const PageContext& page);
[[nodiscard]] std::optional<Figure> supply_figure(const PageContext& page);
[[nodiscard]] std::optional<Figure> overhead_figure(const PageContext& page);
[[nodiscard]] std::optional<Figure> cost_figure(const PageContext& page);

// What the figures share in words.

/// `two` up to `twelve`, then digits.
[[nodiscard]] std::string number_word(std::size_t n);
[[nodiscard]] std::string capitalised(std::string text);
/// `76 days`
[[nodiscard]] std::string days_text(double days);
/// `Band: 95 % interval of the mean.`, or nothing with one replication.
[[nodiscard]] std::string band_note(const ReportData& data, std::string_view of = "");
/// The role of a verdict, and its sign.
[[nodiscard]] std::string verdict_role(Verdict verdict);
[[nodiscard]] std::string verdict_sign(Verdict verdict);   ///< ▼ ▲ ●
[[nodiscard]] std::string verdict_shape(Verdict verdict);  ///< the same as a mark of a chart

/// Columns of numbers with one number of decimals each; NaN is written as a dash.
struct NumberColumn {
  std::string title;
  std::vector<double> values;
};
[[nodiscard]] Table number_table(std::string_view first, const std::vector<std::string>& names,
                                 const std::vector<NumberColumn>& columns);

}  // namespace assay::analysis
