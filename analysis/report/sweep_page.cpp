#include "analysis/report/sweep_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/numbers.hpp"
#include "analysis/report/figures.hpp"
#include "analysis/report/html.hpp"
#include "analysis/report/study_page.hpp"

namespace assay::analysis {
namespace {

/// Values of an axis along a line: numbers where it has them, else places.
struct Positions {
  std::vector<double> at;
  bool logarithmic = false;
  Json axis;

  [[nodiscard]] double of(double value) const { return logarithmic ? std::log10(value) : value; }
};

Positions positions(const SweepAxis& axis) {
  Positions positions;
  const bool numbers = axis.scale != "words";
  positions.logarithmic =
      axis.scale == "log" &&
      std::all_of(axis.values.begin(), axis.values.end(),
                  [](const std::optional<double>& value) { return value && *value > 0; });
  std::string labels;
  Json ticks = Json::array();
  for (std::size_t i = 0; i < axis.values.size(); ++i) {
    const double at = numbers ? positions.of(*axis.values[i]) : static_cast<double>(i);
    positions.at.push_back(at);
    ticks.push_back(at);
    labels += fmt::format("abs(datum.value - {}) < 1e-9 ? {} : ", at, Json(axis.texts[i]).dump());
  }
  const auto [low, high] = std::minmax_element(positions.at.begin(), positions.at.end());
  const double room = *high > *low ? 0.03 * (*high - *low) : 0.5;
  positions.axis = {
      {"type", "quantitative"},
      {"scale", {{"domain", {*low - room, *high + room}}, {"nice", false}, {"zero", false}}},
      {"axis",
       {{"title", axis.key}, {"values", ticks}, {"labelExpr", labels + "''"}, {"grid", false}}}};
  return positions;
}

TickText tick_text(const SweptMetric& metric) {
  if (metric.unit == "share") return TickText::Percent;
  return is_gain(metric) ? TickText::Signed : TickText::Number;
}

struct Line {
  const SweptMetric* metric;
  std::vector<Estimate> estimates;
};

/// ◇ on the zero line where theory puts each break-even, in its line's colour.
void add_theory(Json& spec, const Sweep& sweep, const Positions& x, const Json& y,
                const Styles& styles) {
  Json rows = Json::array();
  for (const SweepTheory& theory : sweep.theory) {
    const auto style = styles.find(theory.metric);
    rows.push_back({{"x", short_number(x.of(theory.value))},
                    {"y", 0.0},
                    {"c", colour(style == styles.end() ? "series" : style->second.role)}});
  }
  if (rows.empty()) return;
  add_layer(spec,
            {{"data", values(rows)},
             {"mark", mark("point", {{"shape", "diamond"},
                                     {"size", 80},
                                     {"opacity", 1},
                                     {"filled", true},
                                     {"fill", colour("paper")},
                                     {"strokeWidth", 1.6}})},
             {"encoding",
              {{"x", by_field(x.axis, "x")}, {"y", by_field(y, "y")}, {"stroke", literal("c")}}}});
}

/// One panel: lines and bands of metrics with one unit along the first axis.
Figure line_figure(const Sweep& sweep, const std::string& id, const std::vector<Line>& lines,
                   const Styles& styles) {
  const SweptMetric& first = *lines.front().metric;
  double low = 0.0;
  double high = 0.0;
  for (const Line& line : lines) {
    for (const Estimate& estimate : line.estimates) {
      low = std::min({low, estimate.value, estimate.interval ? estimate.interval->low : low});
      high = std::max({high, estimate.value, estimate.interval ? estimate.interval->high : high});
    }
  }
  constexpr int kHeight = 260;
  Scale scale = round_scale(low, high, 6);
  if (first.unit == "share") scale.decimals = std::max(0, scale.decimals - 2);
  const Positions x = positions(sweep.axes.front());
  const Json y = axis(scale, "", tick_text(first), true);
  Json spec = chart(kHeight, {70, lines.size() > 1 ? 110 : 30, 12, 46});
  if (is_gain(first)) add_rule(spec, "y", y, 0.0, colour("ink"), 1.5);
  std::vector<EndLabel> ends;
  std::vector<std::string> spoken;
  Table table{"", {sweep.axes.front().key}, {}};
  for (const std::string& text : sweep.axes.front().texts) table.rows.push_back({text});
  for (const Line& line : lines) {
    BandSeries band;
    std::vector<double> at;
    table.columns.push_back(line.metric->title);
    for (std::size_t i = 0; i < line.estimates.size(); ++i) {
      const Estimate& estimate = line.estimates[i];
      table.rows[i].push_back(line.metric->samples[i].empty()
                                  ? "–"
                                  : estimate_text(estimate, unit_of(line.metric->unit)));
      if (line.metric->samples[i].empty()) continue;
      at.push_back(x.at[i]);
      band.mean.push_back(estimate.value);
      band.low.push_back(estimate.interval ? estimate.interval->low : estimate.value);
      band.high.push_back(estimate.interval ? estimate.interval->high : estimate.value);
    }
    if (at.empty()) continue;
    const auto style = styles.find(line.metric->name);
    const std::string role = style == styles.end() ? "series" : style->second.role;
    const std::vector<int> dash = style == styles.end() ? std::vector<int>{} : style->second.dash;
    add_line(spec, at, band, x.axis, y, colour(role), dash);
    if (lines.size() > 1) {
      ends.push_back({band.mean.back(), line.metric->title,
                      colour(style == styles.end() ? "series" : style->second.text_role)});
    }
    spoken.push_back(fmt::format("{} from {} to {}", line.metric->title, table.rows.front().back(),
                                 table.rows.back().back()));
  }
  add_end_labels(spec, std::move(ends), y, kHeight);
  if (is_gain(first)) add_theory(spec, sweep, x, y, styles);
  Figure figure{id, lines.size() > 1 ? "Paired gain of each attack" : first.title,
                "", "",
                {}, std::move(table)};
  figure.subtitle = fmt::format(
      "{}{}. {}",
      is_gain(first) ? "USD per provider"
                     : escape(first.meaning.substr(0, first.meaning.find_last_not_of('.') + 1)),
      first.unit.empty() || is_gain(first) ? "" : fmt::format(", {}", unit_of(first.unit).label),
      is_gain(first) ? "Band: 95 % interval, widened over all attacks and points."
                     : "Band: 95 % interval of the mean.");
  if (is_gain(first) && !sweep.theory.empty()) {
    const std::string theory = theory_text(sweep);
    figure.subtitle += fmt::format(" ◇ break-even by theory: {}.", escape(theory));
    spoken.push_back("by theory they break even at " + theory);
  }
  figure.panels.push_back(
      {std::move(spec), fmt::format("{} over {}: {}.", figure.title, sweep.axes.front().key,
                                    fmt::join(spoken, "; "))});
  return figure;
}

/// Cells over two axes, each with its value, a gain also with its verdict.
Figure grid_figure(const Sweep& sweep, const std::string& id, const SweptMetric& metric) {
  const SweepAxis& rows = sweep.axes[0];
  const SweepAxis& columns = sweep.axes[1];
  const std::vector<Estimate> all = estimates(sweep, metric);
  const std::vector<Verdict> found =
      is_gain(metric) ? verdicts(sweep, metric) : std::vector<Verdict>{};
  Json cells = Json::array();
  Table table{metric.title, {rows.key + " \\ " + columns.key}, {}};
  for (const std::string& text : columns.texts) table.columns.push_back(text);
  double largest = 0.0;
  for (const Estimate& estimate : all) largest = std::max(largest, std::abs(estimate.value));
  for (std::size_t r = 0; r < rows.texts.size(); ++r) {
    table.rows.push_back({rows.texts[r]});
    for (std::size_t c = 0; c < columns.texts.size(); ++c) {
      const std::size_t point = r * columns.texts.size() + c;
      const bool known = !metric.samples[point].empty();
      const RoundedEstimate text = rounded(all[point], unit_of(metric.unit),
                                           is_gain(metric) ? Sign::Always : Sign::MinusOnly);
      table.rows.back().push_back(known ? estimate_text(all[point], unit_of(metric.unit)) : "–");
      const std::string role = found.empty() ? "series" : verdict_role(found[point]);
      cells.push_back(
          {{"r", rows.texts[r]},
           {"c", columns.texts[c]},
           {"t",
            known ? (found.empty() ? "" : verdict_sign(found[point]) + " ") + text.value : "–"},
           {"f", colour(role)},
           {"o", known && largest > 0.0 ? 0.12 + 0.5 * std::abs(all[point].value) / largest : 0.0},
           {"i", colour("ink")}});
    }
  }
  const auto words = [](std::string_view field, const std::string& title) {
    return Json{{"field", field},
                {"type", "ordinal"},
                {"sort", nullptr},
                {"axis", {{"title", title}, {"labelAngle", 0}}}};
  };
  const Json y = words("r", rows.key);
  Json x = words("c", columns.key);
  Json spec = chart(34 * static_cast<int>(rows.texts.size()), {110, 20, 10, 46});
  const Json data = values(cells);
  add_layer(spec,
            {{"data", data},
             {"mark", mark("rect", {{"stroke", colour("paper")}, {"strokeWidth", 2}})},
             {"encoding",
              {{"x", x},
               {"y", y},
               {"color", literal("f")},
               {"opacity", {{"field", "o"}, {"type", "quantitative"}, {"scale", nullptr}}}}}});
  add_layer(spec, {{"data", data},
                   {"mark", mark("text", Json::object())},
                   {"encoding",
                    {{"x", x}, {"y", y}, {"text", {{"field", "t"}}}, {"color", literal("i")}}}});
  Figure figure{id, metric.title, "", "", {}, std::move(table)};
  figure.subtitle = fmt::format(
      "{}{}{}", escape(metric.meaning),
      metric.unit.empty() ? "" : fmt::format(" In {}.", unit_of(metric.unit).label),
      found.empty() ? "" : " ▼ deterred, ▲ pays, ● undecided, at 95 % over all cells and attacks.");
  figure.panels.push_back(
      {std::move(spec),
       fmt::format("{} over {} and {}: {} at {}, {} at {}.", metric.title, rows.key, columns.key,
                   figure.table.rows.front()[1], point_text(sweep, 0),
                   figure.table.rows.back().back(), point_text(sweep, all.size() - 1))});
  return figure;
}

/// `8`, `4 to 31`: a precision asks for more at some points, an interruption leaves some with less.
std::string replications_text(const Sweep& sweep) {
  std::size_t least = 0;
  std::size_t most = 0;
  for (std::size_t point = 0; point < points(sweep); ++point) {
    std::size_t here = 0;
    for (const SweptMetric& metric : sweep.metrics) {
      here = std::max(here, metric.samples[point].size());
    }
    least = point == 0 ? here : std::min(least, here);
    most = std::max(most, here);
  }
  return least == most ? fmt::format("{}", most) : fmt::format("{} to {}", least, most);
}

}  // namespace

std::string render(const Sweep& sweep, const PageAssets& assets) {
  FigureNumbers figures;
  std::string answer = opening(sweep.facts, headline(sweep));
  std::string rest;
  if (sweep.axes.size() == 1) {
    std::vector<Line> gains;
    std::vector<std::string> names;
    std::vector<std::string> others;
    for (const SweptMetric& metric : sweep.metrics) {
      if (is_gain(metric)) {
        gains.push_back({&metric, estimates(sweep, metric)});
        names.push_back(metric.name);
      }
    }
    const Styles styles = strategy_styles(names);
    if (!gains.empty()) {
      answer += figures.html(line_figure(sweep, "gains", gains, styles), "wide");
    }
    for (const SweptMetric& metric : sweep.metrics) {
      if (is_gain(metric)) continue;
      others.push_back(figures.html(line_figure(sweep, "metric-" + metric.name,
                                                {{&metric, estimates(sweep, metric)}}, styles)));
    }
    for (std::size_t i = 0; i < others.size(); i += 2) {
      rest += pair_of(others[i], i + 1 < others.size() ? others[i + 1] : "");
    }
  } else {
    for (const SweptMetric& metric : sweep.metrics) {
      rest += figures.html(grid_figure(sweep, "metric-" + metric.name, metric), "wide");
    }
  }
  if (!rest.empty()) rest = section("moves", "What moves", rest);
  std::vector<std::string> keys;
  for (const SweepAxis& axis : sweep.axes) keys.push_back(axis.key);
  const PageFrame frame{
      sweep.facts.name + " sweep", "sweep",
      fmt::format("{} over {} · {} points, {} replications each", sweep.facts.name, list_text(keys),
                  points(sweep), replications_text(sweep)),
      sweep.facts.version, "<code>sweep.json</code>"};
  return page_html(frame, study_banner(sweep.facts), answer, rest + study_sections(sweep.facts),
                   assets);
}

}  // namespace assay::analysis
