// Figures 5 and 6: how cheats are found, and how soon.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "analysis/numbers.hpp"
#include "analysis/range.hpp"
#include "analysis/report/figures.hpp"

namespace assay::analysis {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
const Unit kShare = unit_of("share");
const Unit kDays = unit_of("d");

struct Stage {
  std::string_view name;
  PerReplication Stages::*tasks;
};
constexpr std::array<Stage, 4> kStages = {
    Stage{"done", &Stages::done_tasks}, Stage{"audited", &Stages::audited_tasks},
    Stage{"flagged", &Stages::flagged_tasks}, Stage{"slashed", &Stages::slashed_tasks}};

Table stages_table(const ReportData& data) {
  std::vector<std::string> names;
  std::vector<NumberColumn> columns;
  for (const auto& stage : kStages) {
    columns.push_back({fmt::format("{}, tasks", stage.name), {}});
    columns.push_back({fmt::format("{} low", stage.name), {}});
    columns.push_back({fmt::format("{} high", stage.name), {}});
  }
  for (const auto& stages : data.stages) {
    names.push_back(stages.strategy);
    for (std::size_t i = 0; i < kStages.size(); ++i) {
      const auto tasks = within(kNotNegative, mean_estimate(stages.*kStages.at(i).tasks));
      columns[3 * i].values.push_back(tasks.value);
      columns[3 * i + 1].values.push_back(tasks.interval ? tasks.interval->low : kNone);
      columns[3 * i + 2].values.push_back(tasks.interval ? tasks.interval->high : kNone);
    }
  }
  return number_table("strategy", names, columns);
}

/// `Flagged of audited: lazy 100 % [99, 100], ...`
std::string flagged_note(const ReportData& data) {
  std::vector<std::string> parts;
  for (const auto& stages : data.stages) {
    if (mean(stages.audited_tasks) == 0.0) continue;
    const auto share =
        within(kPartOfWhole, ratio_of_means(stages.flagged_tasks, stages.audited_tasks));
    parts.push_back(fmt::format("{} {}", stages.strategy, estimate_text(share, kShare)));
  }
  return parts.empty() ? "" : fmt::format("Flagged of audited: {}.", fmt::join(parts, ", "));
}

/// The x axis of figure 6: linear, or logarithmic where the tail is long.
struct DelayAxis {
  bool logarithmic = false;
  double least_d = 0.0;
  double most_d = 1.0;
  [[nodiscard]] double place(double time_d) const {
    return logarithmic ? std::log10(std::max(time_d, least_d)) : std::min(time_d, most_d);
  }
};

DelayAxis delay_axis(const std::vector<std::vector<HappenedStep>>& curves) {
  DelayAxis axis;
  double first = std::numeric_limits<double>::infinity();
  double last = 0.0;
  bool long_tail = false;
  for (const auto& steps : curves) {
    if (steps.empty()) continue;
    for (const auto& step : steps) {
      if (step.time > 0.0) {
        first = std::min(first, step.time);
        break;
      }
    }
    last = std::max(last, steps.back().time);
    const auto half = time_until(steps, 0.5);
    const auto most = time_until(steps, 0.95);
    long_tail = long_tail || (half && most && *most > 20 * *half);
  }
  axis.most_d = last > 0.0 ? last : 1.0;
  axis.logarithmic = long_tail;
  if (long_tail) axis.least_d = first;
  return axis;
}

Json curve_rows(const std::vector<HappenedStep>& steps, const DelayAxis& axis) {
  const double start = axis.logarithmic ? axis.place(axis.least_d) : 0.0;
  Json rows = Json::array({{{"t", short_number(start)}, {"m", 0}, {"l", 0}, {"h", 0}}});
  const auto add = [&](double at, const HappenedStep& step) {
    rows.push_back({{"t", short_number(at)},
                    {"m", short_number(step.share)},
                    {"l", short_number(step.interval.low)},
                    {"h", short_number(step.interval.high)}});
  };
  for (const std::size_t i : thinned(steps.size(), 190)) add(axis.place(steps[i].time), steps[i]);
  const double end = axis.place(axis.most_d);
  if (steps.empty()) {
    rows.push_back({{"t", short_number(end)}, {"m", 0}, {"l", 0}, {"h", 0}});
  } else if (steps.back().time < axis.most_d) {
    add(end, steps.back());
  }
  return rows;
}

/// The share caught after each of a few times, one column a strategy.
Table delay_table(const ReportData& data, const std::vector<std::vector<HappenedStep>>& curves,
                  double most_d) {
  constexpr int kRows = 20;
  std::vector<std::string> names;
  std::vector<NumberColumn> columns;
  for (const auto& detection : data.detection) {
    columns.push_back({detection.strategy + ", %", {}});
    columns.push_back({detection.strategy + " low", {}});
    columns.push_back({detection.strategy + " high", {}});
  }
  for (int row = 1; row <= kRows; ++row) {
    const double time = most_d * row / kRows;
    names.push_back(fixed(time, most_d > 20 ? 1 : 3));
    for (std::size_t i = 0; i < curves.size(); ++i) {
      HappenedStep reached;
      for (const auto& step : curves[i]) {
        if (step.time <= time) reached = step;
      }
      columns[3 * i].values.push_back(100 * reached.share);
      columns[3 * i + 1].values.push_back(100 * reached.interval.low);
      columns[3 * i + 2].values.push_back(100 * reached.interval.high);
    }
  }
  return number_table("days since first bad task", names, columns);
}

}  // namespace

std::optional<Figure> stages_figure(const PageContext& page) {
  const auto& data = page.data;
  double least = std::numeric_limits<double>::infinity();
  double most = 0.0;
  for (const auto& stages : data.stages) {
    for (const auto& stage : kStages) {
      const double tasks = mean(stages.*stage.tasks);
      if (tasks > 0.0) least = std::min(least, tasks);
      most = std::max(most, tasks);
    }
  }
  if (most == 0.0) return std::nullopt;

  Scale scale = log_scale(least, most);
  const double zero_at = scale.low - 0.35;  // left of every power of ten: a logarithm has no zero
  scale.low -= 0.35 + 0.12 * static_cast<double>(data.stages.size());
  const Json x = axis(scale, "tasks per replication (log scale)", TickText::PowerOfTen, true);
  Json y = categories("stage", false);
  y["scale"] = {{"type", "point"}, {"padding", 0.4}, {"domain", Json::array()}};
  for (const auto& stage : kStages) y["scale"]["domain"].push_back(stage.name);
  y["axis"]["grid"] = true;

  constexpr int kHeight = 180;
  constexpr int kLeft = 66;
  Json spec = chart(kHeight, {kLeft, 14, 34, 44});
  std::vector<KeyItem> key;
  std::vector<std::string> spoken;
  std::size_t zeros = 0;
  bool any_zero = false;
  for (const auto& stages : data.stages) {
    const auto& style = page.style(stages.strategy);
    key.push_back(
        {stages.strategy, colour(style.role), colour(style.text_role), style.dash, false, ""});
    Json rows = Json::array();
    Json empty = Json::array();
    std::vector<std::string> counts;
    for (const auto& stage : kStages) {
      const auto tasks = within(kNotNegative, mean_estimate(stages.*stage.tasks));
      counts.push_back(fmt::format("{} {}", stage.name, estimate_text(tasks, Unit{})));
      if (tasks.value > 0.0) {
        rows.push_back({{"stage", stage.name},
                        {"n", short_number(std::log10(tasks.value))},
                        {"o", rows.size()}});
      } else {
        empty.push_back(
            {{"stage", stage.name}, {"n", zero_at - 0.12 * static_cast<double>(zeros)}});
      }
    }
    spoken.push_back(fmt::format("{}: {}", stages.strategy, fmt::join(counts, ", ")));
    Json line = mark("line", {{"color", colour(style.role)}, {"strokeWidth", 2}});
    if (!style.dash.empty()) line["strokeDash"] = style.dash;
    const Json drawn = values(rows);
    if (!rows.empty()) {
      add_layer(spec, {{"data", drawn},
                       {"mark", line},
                       {"encoding",
                        {{"x", by_field(x, "n")},
                         {"y", y},
                         {"order", {{"field", "o"}, {"type", "quantitative"}}}}}});
      add_layer(
          spec,
          {{"data", drawn},
           {"mark",
            mark("point",
                 {{"filled", true}, {"size", 55}, {"opacity", 1}, {"color", colour(style.role)}})},
           {"encoding", {{"x", by_field(x, "n")}, {"y", y}}}});
    }
    if (!empty.empty()) {
      ++zeros;
      any_zero = true;
      add_layer(
          spec,
          {{"data", values(empty)},
           {"mark", mark("text", {{"text", "0"}, {"dy", -13}, {"color", colour(style.text_role)}})},
           {"encoding", {{"x", by_field(x, "n")}, {"y", y}}}});
      add_layer(spec, {{"data", values(empty)},
                       {"mark", mark("point", {{"filled", true},
                                               {"fill", colour("paper")},
                                               {"stroke", colour(style.role)},
                                               {"strokeWidth", 2},
                                               {"size", 55},
                                               {"opacity", 1}})},
                       {"encoding", {{"x", by_field(x, "n")}, {"y", y}}}});
    }
  }
  add_key(spec, key, kLeft - 4);

  Figure figure{"stages",          "Tasks done, audited, flagged and slashed", "", "", {},
                stages_table(data)};
  if (data.honest_audits > 0 && data.honest_slashes == 0) {
    figure.title =
        fmt::format("No honest provider was slashed in {} audits", count(data.honest_audits));
  }
  figure.subtitle =
      "Tasks per replication at each stage, by who did them. Equal steps are equal shares; lines "
      "that "
      "run in parallel are treated alike.";
  if (any_zero) figure.subtitle += " Open circle: none.";
  figure.note = flagged_note(data);
  figure.panels.push_back(
      {std::move(spec), fmt::format("Tasks per replication. {}.", fmt::join(spoken, ". "))});
  return figure;
}

std::optional<Figure> delay_figure(const PageContext& page) {
  const auto& data = page.data;
  std::vector<std::vector<HappenedStep>> curves;
  bool caught = false;
  for (const auto& detection : data.detection) {
    curves.push_back(kaplan_meier(detection.delays_d));
    caught = caught || !curves.back().empty();
  }
  if (!caught) return std::nullopt;

  const DelayAxis place = delay_axis(curves);
  const bool log = place.logarithmic;
  Scale scale = log ? log_scale(place.least_d, place.most_d) : round_scale(0.0, place.most_d);
  if (!log) scale.high = place.most_d;
  std::erase_if(scale.ticks, [&](double tick) { return tick > scale.high; });
  const Json x = axis(scale,
                      log ? "days since an identity’s first bad task (log scale)"
                          : "days since an identity’s first bad task",
                      log ? TickText::PowerOfTen : TickText::Number, false);
  const Json y =
      axis(Scale{0.0, 1.0, {0.0, 0.2, 0.4, 0.6, 0.8, 1.0}, 0}, "", TickText::Percent, true);

  constexpr int kHeight = 190;
  constexpr int kLeft = 50;
  Json spec = chart(kHeight, {kLeft, 14, 34, 44});
  add_rule(spec, "y", y, 0.5, colour("reference"), 1, {3, 3});
  std::vector<KeyItem> key;
  std::vector<std::string> spoken;
  std::string title;
  bool theory = false;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const auto& detection = data.detection[i];
    const auto& style = page.style(detection.strategy);
    key.push_back({detection.strategy, colour(style.role), colour(style.text_role), {}, false, ""});
    const Json rows = values(curve_rows(curves[i], place));
    add_layer(spec,
              {{"data", rows},
               {"mark", mark("area", {{"color", colour(style.role)},
                                      {"opacity", 0.16},
                                      {"interpolate", "step-after"}})},
               {"encoding",
                {{"x", by_field(x, "t")}, {"y", by_field(y, "l")}, {"y2", {{"field", "h"}}}}}});
    const Json line = mark(
        "line", {{"color", colour(style.role)}, {"strokeWidth", 2}, {"interpolate", "step-after"}});
    add_layer(spec, {{"data", rows},
                     {"mark", line},
                     {"encoding", {{"x", by_field(x, "t")}, {"y", by_field(y, "m")}}}});
    if (!detection.theory.empty()) {
      theory = true;
      Json points = Json::array();
      for (const std::size_t p : thinned(detection.theory.size(), 100)) {
        const auto& point = detection.theory[p];
        if (point.time_d > place.most_d) break;
        points.push_back(
            {{"t", short_number(place.place(point.time_d))}, {"m", short_number(point.share)}});
      }
      add_layer(spec, {{"data", values(points)},
                       {"mark", mark("line", {{"color", colour(style.role)},
                                              {"strokeWidth", 1.5},
                                              {"strokeDash", {1, 3}}})},
                       {"encoding", {{"x", by_field(x, "t")}, {"y", by_field(y, "m")}}}});
    }
    const auto total = static_cast<std::int64_t>(detection.delays_d.size());
    const auto happened = std::count_if(detection.delays_d.begin(), detection.delays_d.end(),
                                        [](const Observation& seen) { return seen.happened; });
    spoken.push_back(
        fmt::format("{}: {} of {} caught", detection.strategy, count(happened), count(total)));
    if (!detection.median_d.empty()) {
      const auto median = within(kNotNegative, mean_estimate(detection.median_d));
      spoken.back() += ", half within " + estimate_text(median, kDays);
      if (title.empty()) {
        title = fmt::format("Half of the {} identities are caught within {}", detection.strategy,
                            estimate_text(median, kDays));
      }
    }
  }
  add_key(spec, key, kLeft - 4);

  Figure figure{"delay", title.empty() ? "Share of cheating identities caught" : title,
                "",      "",
                {},      delay_table(data, curves, place.most_d)};
  figure.subtitle = fmt::format(
      "Share of cheating identities caught, by days since the first bad task. Not yet caught "
      "counts as "
      "not caught (Kaplan–Meier). Band: {}.",
      percent_text(1 - kAlpha));
  if (theory) figure.subtitle += " Dotted: theory.";
  figure.panels.push_back(
      {std::move(spec), fmt::format("Cheating identities caught. {}.", fmt::join(spoken, "; "))});
  return figure;
}

}  // namespace assay::analysis
