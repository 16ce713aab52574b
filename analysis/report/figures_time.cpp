// Figures 3, 4 and 7: what goes through time.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/numbers.hpp"
#include "analysis/report/figures.hpp"
#include "protocol/metrics.hpp"

namespace assay::analysis {
namespace {

const Unit kUsd = unit_of("USD");
const Unit kShare = unit_of("share");
constexpr int kHeight = 210;

Estimate at(const BandSeries& series, std::size_t i) {
  if (series.low.empty()) return {series.mean[i], std::nullopt};
  return {series.mean[i], Interval{series.low[i], series.high[i]}};
}

/// The least and the most that lines and bands of all series reach.
Interval reach(const std::vector<BandSeries>& all) {
  Interval range{0.0, 0.0};
  for (const auto& series : all) {
    for (const auto* values : {&series.mean, &series.low, &series.high}) {
      for (const double value : *values) {
        range.low = std::min(range.low, value);
        range.high = std::max(range.high, value);
      }
    }
  }
  return range;
}

const BandSeries* find(const std::vector<BandSeries>& all, std::string_view strategy) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const BandSeries& series) {
    return series.strategy == strategy;
  });
  return found == all.end() ? nullptr : &*found;
}

int label_margin(const std::vector<EndLabel>& labels) {
  std::size_t longest = 0;
  for (const auto& label : labels) longest = std::max(longest, label.text.size());
  return std::clamp(static_cast<int>(longest) * 7 + 14, 50, 160);
}

/// One row for each time, mean and bounds of each series; values times `scale`.
Table series_table(const std::vector<double>& grid_d, const std::vector<BandSeries>& all,
                   std::string_view unit, double scale) {
  const auto rows = thinned(grid_d.size(), 200);
  std::vector<std::string> days;
  for (const std::size_t i : rows) days.push_back(fixed(grid_d[i], 2));
  std::vector<NumberColumn> columns;
  for (const auto& series : all) {
    const auto add = [&](std::string_view what, const std::vector<double>& values) {
      if (values.empty()) return;
      NumberColumn column{fmt::format("{}{}, {}", series.strategy, what, unit), {}};
      for (const std::size_t i : rows) column.values.push_back(values[i] * scale);
      columns.push_back(std::move(column));
    };
    add("", series.mean);
    add(" low", series.low);
    add(" high", series.high);
  }
  return number_table("day", days, columns);
}

std::string first_and_last(const BandSeries& series, const Unit& unit) {
  return fmt::format("{} from {} to {}", series.strategy, estimate_text(at(series, 0), unit),
                     estimate_text(at(series, series.mean.size() - 1), unit));
}

Table price_table(const ReportData& data) {
  auto price = data.price_by_day_usd_per_hour;
  auto utilisation = data.utilisation_by_day_share;
  price.strategy = "price";
  utilisation.strategy = "utilisation";
  Table table = series_table(data.grid_d, {price}, "USD per hour", 1.0);
  const Table second = series_table(data.grid_d, {utilisation}, "%", 100.0);
  for (std::size_t column = 1; column < second.columns.size(); ++column) {
    table.columns.push_back(second.columns[column]);
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      table.rows[row].push_back(second.rows[row][column]);
    }
  }
  return table;
}

/// How long a cell of the grid is: `1 day`, `8.3 h`.
std::string cell_text(double horizon_d) {
  const double cell_d = horizon_d / static_cast<double>(protocol::Metrics::kCells);
  return cell_d < 1.0 ? with_unit(shortest(cell_d * 24.0, 2), {1.0, "h"}) : days_text(cell_d);
}

std::string price_title(const ReportData& data) {
  if (!data.cloud_median_usd_per_hour || data.price_usd_per_hour.empty()) {
    return "Price and utilisation over time";
  }
  // How far below the cloud, replication by replication: the cloud's median is an input.
  PerReplication below;
  for (const double price : data.price_usd_per_hour) {
    below.push_back(1.0 - price / *data.cloud_median_usd_per_hour);
  }
  auto gap = mean_estimate(below);
  const bool dearer = gap.value < 0;
  if (dearer) {
    for (auto& value : below) value = -value;
    gap = mean_estimate(below);
  }
  std::string title = fmt::format("The network sells {} {} the cloud’s median",
                                  estimate_text(gap, kShare), dearer ? "above" : "below");
  const auto& ranks = data.price_utilisation_rank_correlation;
  if (ranks.size() >= 2 && mean_estimate(ranks).interval->low > 0)
    title += ", and dearer when busy";
  return title;
}

Json price_panel(const ReportData& data, const Margins& margins, std::string& spoken) {
  constexpr int kPriceHeight = 150;
  const auto& price = data.price_by_day_usd_per_hour;
  double most = std::max(reach({price}).high, data.cloud_p90_usd_per_hour.value_or(0.0));
  const Json x = day_axis(data.grid_d, data.warm_up_d, false);
  const Json y = axis(round_scale(0.0, most, 5), "", TickText::Number, true);
  Json spec = chart(kPriceHeight, margins);
  std::vector<EndLabel> labels;
  if (data.cloud_p10_usd_per_hour && data.cloud_p90_usd_per_hour) {
    add_layer(spec, {{"data", values(Json::array({{{"l", *data.cloud_p10_usd_per_hour},
                                                   {"h", *data.cloud_p90_usd_per_hour}}}))},
                     {"mark", mark("rect", {{"color", colour("reference")}, {"opacity", 0.16}})},
                     {"encoding", {{"y", by_field(y, "l")}, {"y2", {{"field", "h"}}}}}});
  }
  if (data.cloud_median_usd_per_hour) {
    add_rule(spec, "y", y, *data.cloud_median_usd_per_hour, colour("reference"), 1.5, {6, 4});
    labels.push_back({*data.cloud_median_usd_per_hour, "cloud", colour("muted")});
  }
  add_line(spec, data.grid_d, price, x, y, colour("series"), {});
  labels.push_back({price.mean.back(), "network", colour("series")});
  add_end_labels(spec, labels, y, kPriceHeight);
  auto named = price;
  named.strategy = "network price";
  spoken = first_and_last(named, kUsd);
  return spec;
}

Json utilisation_panel(const ReportData& data, const Margins& margins, std::string& spoken) {
  constexpr int kUtilisationHeight = 80;
  const auto& utilisation = data.utilisation_by_day_share;
  const Json x = day_axis(data.grid_d, data.warm_up_d);
  Scale whole{0.0, 1.0, {0.0, 0.5, 1.0}, 0};
  const Json y = axis(whole, "", TickText::Percent, true);
  Json spec = chart(kUtilisationHeight, margins);
  add_line(spec, data.grid_d, utilisation, x, y, colour("series"), {});
  add_end_labels(spec, {{utilisation.mean.back(), "utilisation", colour("series")}}, y,
                 kUtilisationHeight);
  auto named = utilisation;
  named.strategy = "utilisation";
  spoken = first_and_last(named, kShare);
  return spec;
}

}  // namespace

std::optional<Figure> profit_figure(const PageContext& page) {
  const auto& data = page.data;
  if (data.profit_usd.empty() || data.grid_d.empty()) return std::nullopt;
  const auto range = reach(data.profit_usd);
  const Json x = day_axis(data.grid_d, data.warm_up_d);
  Scale scale = round_scale(range.low, range.high);
  if (scale.ticks.front() < 0 && range.low > 0.4 * scale.ticks.front()) {
    scale.ticks.erase(scale.ticks.begin());  // a little below zero needs no step of its own
    scale.low = range.low;
  }
  const Json y = axis(scale, "", TickText::Number, true);

  std::vector<EndLabel> labels;
  std::vector<std::string> spoken;
  for (const auto& series : data.profit_usd) {
    labels.push_back(
        {series.mean.back(), series.strategy, colour(page.style(series.strategy).text_role)});
    spoken.push_back(first_and_last(series, kUsd));
  }
  Json spec = chart(kHeight, {46, label_margin(labels), 10, 44});
  for (const auto& series : data.profit_usd) {
    const auto& style = page.style(series.strategy);
    add_line(spec, data.grid_d, series, x, y, colour(style.role), style.dash);
  }
  add_rule(spec, "y", y, 0.0, colour("ink"), 1.5);
  add_end_labels(spec, labels, y, kHeight);

  Figure figure{"profit", "Cumulative profit by strategy",
                "",       "",
                {},       series_table(data.grid_d, data.profit_usd, "USD", 1.0)};
  if (const auto* honest = find(data.profit_usd, "honest")) {
    auto end = at(*honest, honest->mean.size() - 1);
    const bool loss = end.value < 0;
    if (loss) {
      end.value = -end.value;
      if (end.interval) end.interval = Interval{-end.interval->high, -end.interval->low};
    }
    figure.title =
        fmt::format("Honesty {} {} a provider", loss ? "loses" : "earns", estimate_text(end, kUsd));
  }
  figure.subtitle = fmt::format(
      "Cumulative profit per provider by strategy, USD. A {} with many identities is divided by "
      "its "
      "providers.{}",
      term("principal"), band_note(data, " of the mean"));
  if (!data.attacks.empty() && !data.attacks.front().evidence.gains_usd.empty()) {
    figure.note =
        "Levels differ by cards and hours as well as by strategy: read gains in figure 1.";
  }
  figure.panels.push_back({std::move(spec), fmt::format("Cumulative profit per provider: {}.",
                                                        fmt::join(spoken, "; "))});
  return figure;
}

std::optional<Figure> bad_work_figure(const PageContext& page) {
  const auto& data = page.data;
  const auto* all = find(data.bad_share, "all");
  if (all == nullptr || data.grid_d.empty()) return std::nullopt;
  const Json x = day_axis(data.grid_d, data.warm_up_d);
  const Json y = axis(share_scale(reach(data.bad_share).high), "", TickText::Percent, true);

  std::vector<EndLabel> labels;
  std::vector<std::string> spoken;
  for (const auto& series : data.bad_share) {
    const bool total = &series == all;
    labels.push_back({series.mean.back(), total ? "all bad work" : series.strategy,
                      colour(total ? "ink" : page.style(series.strategy).text_role)});
    spoken.push_back(first_and_last(series, kShare));
  }
  Json spec = chart(kHeight, {46, label_margin(labels), 10, 44});
  for (const auto& series : data.bad_share) {
    if (&series == all) {
      add_line(spec, data.grid_d, series, x, y, colour("ink"), {}, 2.5);
    } else {
      const auto& style = page.style(series.strategy);
      add_line(spec, data.grid_d, series, x, y, colour(style.role), style.dash);
    }
  }
  add_rule(spec, "y", y, 0.0, colour("ink"), 1.5);
  add_end_labels(spec, labels, y, kHeight);

  const auto first = at(*all, 0);
  const auto last = at(*all, all->mean.size() - 1);
  Figure figure{"bad-work", "Accepted bad work by strategy",
                "",         "",
                {},         series_table(data.grid_d, data.bad_share, "%", 100.0)};
  if (first.interval && last.interval) {
    // Only intervals that lie apart make a change.
    if (last.interval->high < first.interval->low) {
      figure.title = "Bad work falls to " + estimate_text(last, kShare);
    } else if (last.interval->low > first.interval->high) {
      figure.title = "Bad work rises to " + estimate_text(last, kShare);
    }
  }
  figure.subtitle =
      "Tasks with bad work as a share of all tasks accepted, by strategy." + band_note(data);
  figure.panels.push_back(
      {std::move(spec), fmt::format("Accepted bad work: {}.", fmt::join(spoken, "; "))});
  return figure;
}

std::optional<Figure> price_figure(const PageContext& page) {
  const auto& data = page.data;
  if (data.grid_d.empty() || data.price_by_day_usd_per_hour.mean.empty() ||
      data.utilisation_by_day_share.mean.empty()) {
    return std::nullopt;
  }
  const std::string cell = cell_text(data.horizon_d);
  Figure figure{"price", price_title(data), "", "", {}, price_table(data)};
  figure.subtitle =
      fmt::format("Price in USD per {}-hour, and {}, in cells of {}.{}",
                  escape(data.reference_device), term("utilisation"), cell, band_note(data));
  if (data.cloud_median_usd_per_hour) {
    figure.subtitle += " Grey: cloud list prices, p10 to p90 and median (dashed).";
  }
  std::string price_spoken;
  std::string utilisation_spoken;
  figure.panels.push_back({price_panel(data, {46, 84, 10, 10}, price_spoken), ""});
  figure.panels.back().aria = fmt::format("Over time: {}.", price_spoken);
  figure.panels.push_back({utilisation_panel(data, {46, 84, 10, 44}, utilisation_spoken), ""});
  figure.panels.back().aria = fmt::format("Over time: {}.", utilisation_spoken);
  std::vector<std::string> notes;
  if (!data.price_utilisation_rank_correlation.empty()) {
    notes.push_back(
        fmt::format("Rank correlation of price and utilisation over cells of {}: ", cell) +
        estimate_text(mean_estimate(data.price_utilisation_rank_correlation), Unit{}));
  }
  if (!data.price_p95_per_p5.empty()) {
    notes.push_back(fmt::format("p95/p5 of the price over cells of {}: ", cell) +
                    estimate_text(mean_estimate(data.price_p95_per_p5), Unit{}));
  }
  for (const auto& note : notes)
    figure.note += (figure.note.empty() ? "" : " ") + escape(note) + ".";
  return figure;
}

}  // namespace assay::analysis
