#include "analysis/report/interval_bars.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "sim/check.hpp"

namespace assay::analysis {
namespace {

constexpr double kFlattens = 5.0;  ///< times the next row
constexpr int kHigh = 42;          ///< a row with two lines of text at its right
constexpr int kLow = 26;           ///< a row with one

double size_of(const IntervalBar& bar) {
  double size = std::abs(bar.value);
  if (bar.interval)
    size = std::max({size, std::abs(bar.interval->low), std::abs(bar.interval->high)});
  if (bar.theory) size = std::max(size, std::abs(*bar.theory));
  return size;
}

/// Zero and all that lies within reach.
Scale scale_of(const std::vector<IntervalBar>& bars, double reach) {
  double low = 0.0;
  double high = 0.0;
  const auto hold = [&](double x) {
    low = std::min(low, std::max(x, -reach));
    high = std::max(high, std::min(x, reach));
  };
  for (const IntervalBar& bar : bars) {
    hold(bar.value);
    for (const auto& interval : {bar.interval, bar.behind}) {
      if (!interval) continue;
      hold(interval->low);
      hold(interval->high);
    }
    if (bar.theory) hold(*bar.theory);
  }
  return round_scale(low, high, 5);
}

Json row_of(const IntervalBar& bar, const Scale& scale, double reach) {
  const auto inside = [&](double x) { return short_number(std::clamp(x, scale.low, scale.high)); };
  const bool beyond = std::abs(bar.value) > reach;
  // A little inside, clear of the labels.
  const double inset = 0.025 * (scale.high - scale.low);
  const double edge = bar.value < 0.0 ? scale.low + inset : scale.high - inset;
  Json row = {{"a", bar.label},
              {"g", beyond ? edge : inside(bar.value)},
              {"s", !beyond           ? bar.shape
                    : bar.value < 0.0 ? "triangle-left"
                                      : "triangle-right"},
              {"c", colour(bar.role)},
              {"i", colour("ink")},
              {"v", bar.head},
              {"n", bar.text}};
  if (bar.interval) {
    row["l"] = inside(bar.interval->low);
    row["h"] = inside(bar.interval->high);
  }
  if (bar.behind) {
    row["bl"] = inside(bar.behind->low);
    row["bh"] = inside(bar.behind->high);
  }
  if (bar.theory && std::abs(*bar.theory) <= reach) row["t"] = short_number(*bar.theory);
  return row;
}

Margins margins_of(const std::vector<IntervalBar>& bars) {
  std::vector<std::string> labels;
  double text = 90.0;
  for (const IntervalBar& bar : bars) {
    labels.push_back(bar.label);
    text = std::max({text, text_width(bar.text), text_width(bar.head)});
  }
  return {label_margin(labels), static_cast<int>(text) + 16, 8, 26};
}

}  // namespace

double reach_of(const std::vector<IntervalBar>& bars) {
  std::vector<double> sizes;
  for (const IntervalBar& bar : bars) sizes.push_back(size_of(bar));
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  std::size_t first = 0;
  for (std::size_t i = 0; i < sizes.size() / 2; ++i) {
    if (sizes[i + 1] > 0.0 && sizes[i] > kFlattens * sizes[i + 1]) first = i + 1;
  }
  return sizes.empty() ? 0.0 : sizes[first];
}

Json interval_bars(const std::vector<IntervalBar>& bars, TickText ticks, double reach) {
  SIM_CHECK(!bars.empty());
  const auto any = [&bars](const auto& has) { return std::any_of(bars.begin(), bars.end(), has); };
  const bool heads = any([](const IntervalBar& bar) { return !bar.head.empty(); });
  const Scale scale = scale_of(bars, reach);
  const Json x = axis(scale, "", ticks, true);
  const Json y = categories("a", heads);
  Json rows = Json::array();
  for (const IntervalBar& bar : bars) rows.push_back(row_of(bar, scale, reach));
  Json spec = chart((heads ? kHigh : kLow) * static_cast<int>(bars.size()), margins_of(bars));
  add_rule(spec, "x", x, 0.0, colour("ink"), 1.5);
  // Only rows that have the field; the others would be drawn at zero.
  const auto layer = [&](const char* field, Json drawn, Json encoding) {
    encoding["y"] = y;
    add_layer(spec, {{"data", values(rows)},
                     {"transform", {{{"filter", std::string("isValid(datum.") + field + ")"}}}},
                     {"mark", std::move(drawn)},
                     {"encoding", std::move(encoding)}});
  };
  if (any([](const IntervalBar& bar) { return bar.behind.has_value(); })) {
    layer("bl",
          mark("bar", {{"height", 9},
                       {"filled", false},
                       {"strokeWidth", 1},
                       {"stroke", colour("reference")}}),
          {{"x", by_field(x, "bl")}, {"x2", {{"field", "bh"}}}});
  }
  if (any([](const IntervalBar& bar) { return bar.interval.has_value(); })) {
    layer("l", mark("rule", {{"strokeWidth", 4}}),
          {{"x", by_field(x, "l")}, {"x2", {{"field", "h"}}}, {"color", literal("c")}});
  }
  layer("g", mark("point", {{"filled", true}, {"size", heads ? 110 : 60}, {"opacity", 1}}),
        {{"x", by_field(x, "g")}, {"color", literal("c")}, {"shape", literal("s")}});
  if (any([](const IntervalBar& bar) { return bar.theory.has_value(); })) {
    layer("t",
          mark("point", {{"shape", "diamond"},
                         {"size", 42},
                         {"yOffset", 13},
                         {"opacity", 1},
                         {"filled", true},
                         {"fill", colour("paper")},
                         {"stroke", colour("ink")},
                         {"strokeWidth", 1.3}}),
          {{"x", by_field(x, "t")}});
  }
  if (heads) add_right_text(spec, rows, y, "v", "c", true, -7);
  add_right_text(spec, rows, y, "n", "i", false, heads ? 8 : 0);
  return spec;
}

std::string beyond_note(const std::vector<IntervalBar>& bars, double reach) {
  const bool beyond = std::any_of(bars.begin(), bars.end(), [reach](const IntervalBar& bar) {
    return std::abs(bar.value) > reach;
  });
  return beyond ? " ◂ ▸ lie beyond the axis." : "";
}

}  // namespace assay::analysis
