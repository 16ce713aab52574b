#include "analysis/report/tune_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/numbers.hpp"
#include "analysis/report/html.hpp"
#include "analysis/report/interval_bars.hpp"
#include "analysis/report/study_page.hpp"

namespace assay::analysis {
namespace {

std::string limit_text(const ConstraintEvidence& constraint) {
  const Unit unit = unit_of(constraint.unit);
  return with_unit(shortest(constraint.limit * unit.scale), unit);
}

std::string role_of(const ConstraintEvidence& constraint) {
  return constraint.answer == "holds"   ? "deterred"
         : constraint.answer == "fails" ? "pays"
                                        : "undecided";
}

/// A row a constraint, tightest first, as its distance to the limit in standard errors, so that
/// constraints of different units stand on one axis. What holds lies to the right of the limit.
std::optional<Figure> constraint_figure(const Tuning& tuning) {
  // Beyond this nobody asks how far: the axis is for what could break.
  constexpr double kReach = 10.0;
  std::vector<IntervalBar> bars;
  Table data{"", {"constraint", "found", "limit", "standard errors to the limit"}, {}};
  std::vector<std::string> spoken;
  for (const ConstraintEvidence& constraint : tuning.constraints) {
    if (!constraint.estimate.interval) continue;
    const double at = constraint.distance_se;
    const double half = constraint.estimate.interval->half_width();
    const double distance =
        (constraint.below ? -1.0 : 1.0) * (constraint.estimate.value - constraint.limit);
    const double width = distance != 0.0 ? std::abs(half / distance * at) : 0.0;
    IntervalBar bar{constraint.text, at, Interval{at - width, at + width}};
    bar.role = role_of(constraint);
    bar.head = constraint.answer;
    bar.text = estimate_text(constraint.estimate, unit_of(constraint.unit));
    data.rows.push_back({constraint.text, bar.text, limit_text(constraint), fixed(at, 1)});
    spoken.push_back(fmt::format("{}: {}, {}", constraint.text, bar.text, constraint.answer));
    bars.push_back(std::move(bar));
  }
  if (bars.empty()) return std::nullopt;
  Figure figure{"constraints", "What would break first", "", "", {}, std::move(data)};
  figure.subtitle = fmt::format(
      "Distance of each constraint to its limit in standard errors, the tightest on top; what "
      "holds "
      "lies right of zero. Bars: the intervals that decided.{}",
      beyond_note(bars, kReach));
  figure.panels.push_back({interval_bars(bars, TickText::Signed, kReach),
                           fmt::format("At the answer: {}.", fmt::join(spoken, "; "))});
  return figure;
}

/// Cost over the parameter, with the value chosen and theory's.
std::optional<Figure> cost_figure(const Tuning& tuning) {
  if (tuning.costs.size() < 2 || tuning.parameters.size() != 1) return std::nullopt;
  const TunedParameter& parameter = tuning.parameters.front();
  const bool share = tuning.unit == "share";
  BandSeries band;
  std::vector<double> at;
  double low_x = parameter.low;
  double high_x = parameter.high;
  double high = 0.0;
  double low = 0.0;
  Table data{"", {parameter.key, tuning.title}, {}};
  for (const CostPoint& point : tuning.costs) {
    at.push_back(point.value);
    const Interval interval =
        point.cost.interval.value_or(Interval{point.cost.value, point.cost.value});
    band.mean.push_back(point.cost.value);
    band.low.push_back(interval.low);
    band.high.push_back(interval.high);
    low_x = std::min(low_x, point.value);
    high_x = std::max(high_x, point.value);
    low = std::min(low, interval.low);
    high = std::max(high, interval.high);
    data.rows.push_back({shortest(point.value), estimate_text(point.cost, unit_of(tuning.unit))});
  }
  constexpr int kHeight = 240;
  const Scale x_scale = round_scale(low_x, high_x, 6);
  const std::string x_title =
      parameter.unit.empty() ? parameter.key : fmt::format("{}, {}", parameter.key, parameter.unit);
  Json x = axis(x_scale, x_title, TickText::Number, false);
  Scale y_scale = share ? share_scale(high, 6) : round_scale(low, high, 6);
  const Json y = axis(y_scale, "", share ? TickText::Percent : TickText::Number, true);
  Json spec = chart(kHeight, {64, 30, 22, 46});
  if (parameter.value) add_rule(spec, "x", x, *parameter.value, colour("ink"), 1.5);
  if (tuning.theory.value && *tuning.theory.value >= x_scale.low &&
      *tuning.theory.value <= x_scale.high) {
    add_rule(spec, "x", x, *tuning.theory.value, colour("reference"), 1.5, {2, 3});
  }
  add_line(spec, at, band, x, y, colour("series"), {});
  Figure figure{"cost",         fmt::format("{} over {}", tuning.title, parameter.key), "", "", {},
                std::move(data)};
  figure.subtitle = fmt::format(
      "{}{}Band: {} interval of the mean.",
      parameter.value ? fmt::format("Line: the value chosen, {}. ", escape(parameter.text))
                      : std::string(),
      tuning.theory.value ? "Dotted: theory’s. " : "", percent_text(tuning.confidence));
  figure.panels.push_back(
      {std::move(spec),
       fmt::format("{} from {} to {} over {}.", tuning.title, figure.table.rows.front()[1],
                   figure.table.rows.back()[1], parameter.key)});
  return figure;
}

/// `64`; of a metric that some do not have, `60 of 64`.
std::string replications_text(int having, int left_out) {
  return left_out > 0 ? fmt::format("{} of {}", having, having + left_out) : count(having);
}

std::string answer_text(const Tuning& tuning) {
  std::string html;
  const auto line = [&html](std::string_view title, const std::string& text) {
    if (!text.empty()) html += fmt::format("<div><h3>{}</h3><p>{}</p></div>", title, escape(text));
  };
  line("What would break first.", tuning.breaks_first);
  line("What theory says.", tuning.theory.text);
  if (!tuning.clash.empty()) {
    line("What cannot hold together.", fmt::format("{}", fmt::join(tuning.clash, "; ")));
  }
  if (tuning.cost) {
    line("What it costs.",
         fmt::format("{}: {}.", tuning.title, estimate_text(*tuning.cost, unit_of(tuning.unit))));
  }
  return html.empty() ? "" : fmt::format(R"(<div class="doubts">{}</div>)", html);
}

std::string evidence(const Tuning& tuning) {
  Table constraints{
      "At the parameters chosen",
      {"constraint", "answer", "found", "replications", "worst attack", "fails at", "holds at"},
      {}};
  for (const ConstraintEvidence& constraint : tuning.constraints) {
    constraints.rows.push_back({constraint.text, constraint.answer,
                                estimate_text(constraint.estimate, unit_of(constraint.unit)),
                                replications_text(constraint.replications, constraint.left_out),
                                constraint.worst.empty() ? "–" : constraint.worst,
                                constraint.fails ? shortest(*constraint.fails) : "–",
                                constraint.holds ? shortest(*constraint.holds) : "–"});
  }
  Table steps{"Every test on the way",
              {"constraint", "parameter", "answer", "replications", "found", "worst attack"},
              {}};
  for (const ConstraintEvidence& constraint : tuning.constraints) {
    for (const TuneStep& step : constraint.steps) {
      steps.rows.push_back({constraint.text, shortest(step.value, 4), step.answer,
                            replications_text(step.replications, step.left_out),
                            estimate_text(step.estimate, unit_of(constraint.unit)),
                            step.worst.empty() ? "–" : step.worst});
    }
  }
  Table attacks{"Attacks held against it, each at its worst", {"attack", "parameters"}, {}};
  for (const TunedAttack& attack : tuning.attacks) {
    attacks.rows.push_back(
        {attack.noun, (attack.parameters.empty() ? "as it is" : attack.parameters) +
                          (attack.acted ? "" : "; did nothing, left out")});
  }
  std::string html = table_html(constraints, "numbers");
  if (!attacks.rows.empty()) html += table_html(attacks, "numbers");
  if (!steps.rows.empty()) {
    html += fmt::format(R"(<details><summary>Show every test</summary>{}</details>)",
                        table_html(steps, "numbers"));
  }
  return section("table", "The evidence", html);
}

}  // namespace

std::string render(const Tuning& tuning, const PageAssets& assets) {
  FigureNumbers figures;
  const std::string constraints = figures.html(constraint_figure(tuning));
  const std::string answer = opening(tuning.facts, tuning.headline) + answer_text(tuning) +
                             pair_of(constraints, figures.html(cost_figure(tuning)));
  const PageFrame frame{tuning.facts.name + " tuned", "tuning",
                        fmt::format("{} · least {} · at {} confidence", tuning.facts.name,
                                    tuning.title, percent_text(tuning.confidence)),
                        tuning.facts.version, "<code>tune.json</code>"};
  return page_html(
      frame, study_banner(tuning.facts), answer,
      evidence(tuning) + left_out_section(tuning.left_out) + study_sections(tuning.facts), assets);
}

}  // namespace assay::analysis
