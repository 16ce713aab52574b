#include "analysis/report/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/check.hpp"

namespace assay::analysis {
namespace {

constexpr int kDefaultWidth = 560;  ///< where no page sets another
constexpr std::size_t kMostPoints = 200;
constexpr double kLabelHeight = 15.0;
constexpr std::string_view kFont =
    "Inter, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif";

const Json& config() {
  static const Json all = {
      {"font", kFont},
      {"view", {{"stroke", nullptr}}},
      {"axis",
       {{"labelColor", colour("muted")},
        {"labelFontSize", 12},
        {"labelPadding", 6},
        {"titleColor", colour("muted")},
        {"titleFontSize", 12},
        {"titleFontWeight", "normal"},
        {"titlePadding", 8},
        {"gridColor", colour("rule")},
        {"domain", false},
        {"ticks", false},
        {"labelLimit", 220},
        {"labelOverlap", true},
        {"labelSeparation", 6}}},
      {"text", {{"fontSize", 12}, {"color", colour("ink")}}},
  };
  return all;
}

/// Steps of 1, 2 or 5 times a power of ten, so that `span` takes at most `most` of them.
double round_step(double span, int most) {
  const double rough = span / most;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (rough <= factor * power * (1 + 1e-9)) return factor * power;
  }
  return 10.0 * power;
}

std::string label_expression(const Scale& scale, TickText text) {
  const auto number = [&](std::string_view prefix, std::string_view of) {
    return fmt::format("format({}, '{},.{}f')", of, prefix, scale.decimals);
  };
  switch (text) {
    case TickText::Number:
      return number("", "datum.value");
    case TickText::Signed:
      return fmt::format("datum.value == 0 ? '0' : {}", number("+", "datum.value"));
    case TickText::Percent:
      return number("", "100 * datum.value") + " + '\u00a0%'";
    case TickText::PowerOfTen:
      return "format(pow(10, datum.value), ',')";
  }
  SIM_CHECK(false);
}

}  // namespace

Json chart(int height, const Margins& margins) {
  return {{"$schema", "https://vega.github.io/schema/vega-lite/v6.json"},
          {"autosize", {{"type", "none"}}},
          {"width", kDefaultWidth},
          {"height", height},
          {"padding",
           {{"left", margins.left},
            {"right", margins.right},
            {"top", margins.top},
            {"bottom", margins.bottom}}},
          {"background", nullptr},
          {"config", config()},
          {"layer", Json::array()}};
}

void add_layer(Json& chart, Json layer) { chart["layer"].push_back(std::move(layer)); }

Json mark(std::string_view type, Json properties) {
  properties["type"] = type;
  return properties;
}

Json values(Json rows) { return {{"values", std::move(rows)}}; }

Scale round_scale(double low, double high, int most_ticks) {
  if (!(high > low)) high = low + (low == 0.0 ? 1.0 : std::abs(low));
  const double step = round_step(high - low, most_ticks);
  const double first = std::floor(low / step + 1e-9);
  const double last = std::ceil(high / step - 1e-9);
  Scale scale{first * step, last * step, {}, 0};
  for (double at = first; at <= last; at += 1.0) scale.ticks.push_back(at * step);
  scale.decimals = std::max(0, static_cast<int>(-std::floor(std::log10(step) + 1e-9)));
  return scale;
}

Scale share_scale(double high, int most_ticks) {
  Scale scale = round_scale(0.0, std::max(high, 1e-9), most_ticks);
  scale.decimals = std::max(0, scale.decimals - 2);
  return scale;
}

Scale log_scale(double low, double high) {
  Scale scale;
  scale.low = std::floor(std::log10(low));
  scale.high = std::max(std::log10(high) + 0.12, scale.low + 1.0);
  for (double at = scale.low; at <= scale.high; at += 1.0) scale.ticks.push_back(at);
  return scale;
}

Json axis(const Scale& scale, std::string_view title, TickText text, bool grid) {
  return {{"type", "quantitative"},
          {"scale", {{"domain", {scale.low, scale.high}}, {"nice", false}, {"zero", false}}},
          {"axis",
           {{"title", title.empty() ? Json() : Json(title)},
            {"values", scale.ticks},
            {"labelExpr", label_expression(scale, text)},
            {"grid", grid}}}};
}

Json categories(std::string_view field, bool bold) {
  return {{"field", field},
          {"type", "nominal"},
          {"sort", nullptr},
          {"scale", {{"type", "band"}, {"paddingInner", 0.3}, {"paddingOuter", 0.15}}},
          {"axis",
           {{"title", nullptr},
            {"labelExpr", "split(datum.label, '|')"},
            {"labelColor", colour("ink")},
            {"labelFontWeight", bold ? 600 : 400},
            {"labelOverlap", false},
            {"grid", false}}}};
}

Json day_axis(const std::vector<double>& grid_d, double warm_up_d, bool labels) {
  SIM_CHECK(!grid_d.empty());
  Scale scale;
  scale.low = std::min(warm_up_d, grid_d.front());
  scale.high = std::max(grid_d.back(), scale.low + 1e-6);
  const double span = scale.high - scale.low;
  double step = round_step(span, 6);
  for (const double calendar : {7.0, 15.0, 30.0}) {
    if (span / calendar <= 6 && span / calendar > 3) step = calendar;
  }
  scale.ticks.push_back(scale.low);
  for (double at = std::ceil(scale.low / step) * step; at < scale.high; at += step) {
    const double from_end = std::min(at - scale.low, scale.high - at);
    if (from_end > 0.4 * step) scale.ticks.push_back(at);
  }
  scale.ticks.push_back(scale.high);
  scale.decimals = span >= 5 ? 0 : 1;
  const auto title = warm_up_d > 0.0 ? fmt::format("day ({:g} d of warm-up left out)", warm_up_d)
                                     : std::string("day of the run");
  Json days = axis(scale, labels ? title : "", TickText::Number, false);
  if (!labels) days["axis"]["labels"] = false;
  return days;
}

Json by_field(Json axis, std::string_view field) {
  axis["field"] = field;
  return axis;
}

Json at_value(Json axis, double value) {
  axis["datum"] = value;
  return axis;
}

Json literal(std::string_view field) {
  return {{"field", field}, {"type", "nominal"}, {"scale", nullptr}, {"legend", nullptr}};
}

void add_line(Json& chart, const std::vector<double>& x, const BandSeries& series,
              const Json& x_axis, const Json& y_axis, const std::string& line_colour,
              const std::vector<int>& dash, double width) {
  SIM_CHECK(series.mean.size() == x.size());
  const bool banded = !series.low.empty();
  SIM_CHECK(!banded || (series.low.size() == x.size() && series.high.size() == x.size()));
  Json rows = Json::array();
  for (const std::size_t i : thinned(x.size(), kMostPoints)) {
    Json row = {{"t", short_number(x[i])}, {"m", short_number(series.mean[i])}};
    if (banded) {
      row["l"] = short_number(series.low[i]);
      row["h"] = short_number(series.high[i]);
    }
    rows.push_back(std::move(row));
  }
  Json layer = {{"data", values(std::move(rows))}, {"layer", Json::array()}};
  if (banded) {
    layer["layer"].push_back(
        {{"mark", mark("area", {{"color", line_colour}, {"opacity", 0.16}})},
         {"encoding",
          {{"x", by_field(x_axis, "t")}, {"y", by_field(y_axis, "l")}, {"y2", {{"field", "h"}}}}}});
  }
  Json line = mark("line", {{"color", line_colour}, {"strokeWidth", width}});
  if (!dash.empty()) line["strokeDash"] = dash;
  layer["layer"].push_back(
      {{"mark", line}, {"encoding", {{"x", by_field(x_axis, "t")}, {"y", by_field(y_axis, "m")}}}});
  add_layer(chart, std::move(layer));
}

void add_rule(Json& chart, std::string_view channel, const Json& axis, double at,
              const std::string& rule_colour, double width, const std::vector<int>& dash) {
  Json rule = mark("rule", {{"color", rule_colour}, {"strokeWidth", width}});
  if (!dash.empty()) rule["strokeDash"] = dash;
  add_layer(chart, {{"data", values(Json::array({Json::object()}))},
                    {"mark", rule},
                    {"encoding", {{channel, at_value(axis, at)}}}});
}

void add_end_labels(Json& chart, std::vector<EndLabel> labels, const Json& y_axis, int height) {
  if (labels.empty()) return;
  const double low = y_axis["scale"]["domain"][0];
  const double high = y_axis["scale"]["domain"][1];
  const double apart = (high - low) * kLabelHeight / height;
  std::stable_sort(labels.begin(), labels.end(),
                   [](const EndLabel& a, const EndLabel& b) { return a.y < b.y; });
  // Upwards from the lowest; a stack that would leave the plot is let down again from the top.
  for (std::size_t i = 1; i < labels.size(); ++i) {
    labels[i].y = std::max(labels[i].y, labels[i - 1].y + apart);
  }
  double ceiling = high + apart / 2;
  for (std::size_t i = labels.size(); i-- > 0;) {
    labels[i].y = std::min(labels[i].y, ceiling);
    ceiling = labels[i].y - apart;
  }
  Json rows = Json::array();
  for (const auto& label : labels) {
    rows.push_back({{"y", short_number(label.y)}, {"s", label.text}, {"c", label.colour}});
  }
  add_layer(chart, {{"data", values(std::move(rows))},
                    {"mark", mark("text", {{"align", "left"}, {"dx", 7}, {"fontWeight", 600}})},
                    {"encoding",
                     {{"x", {{"value", "width"}}},
                      {"y", by_field(y_axis, "y")},
                      {"text", {{"field", "s"}}},
                      {"color", literal("c")}}}});
}

void add_key(Json& chart, const std::vector<KeyItem>& items, int left) {
  constexpr double kAbove = -16;
  constexpr double kRow = 18;
  constexpr double kWidth = 320;  // what half of a page of 760 pixels leaves
  constexpr double kBold = 1.2;   // is wider, in some fonts by so much
  const auto symbol_width = [](const KeyItem& item) {
    return item.square || !item.shape.empty() ? 10.0 : 24.0;
  };
  struct Placed {
    double x, row;
  };
  std::vector<Placed> places;
  Placed next{0.0, 0.0};
  for (const auto& item : items) {
    const double width = symbol_width(item) + 6 + kBold * text_width(item.text);
    if (next.x > 0.0 && next.x + width > kWidth) next = {0.0, next.row + 1};
    places.push_back(next);
    next.x += width + 16;
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    const KeyItem& item = items[i];
    const double symbol = symbol_width(item);
    const double at = places[i].x - left;  // from the left edge on, so that narrow charts hold it
    const double y = kAbove - kRow * (next.row - places[i].row);
    Json layer = {{"data", values(Json::array({Json::object()}))}, {"layer", Json::array()}};
    if (item.square || !item.shape.empty()) {
      layer["layer"].push_back(
          {{"mark", mark("point", {{"shape", item.square ? "square" : item.shape},
                                   {"filled", true},
                                   {"size", 90},
                                   {"opacity", 1},
                                   {"color", item.colour}})},
           {"encoding", {{"x", {{"value", at + 5}}}, {"y", {{"value", y}}}}}});
    } else {
      Json line = mark("rule", {{"color", item.colour}, {"strokeWidth", 2}});
      if (!item.dash.empty()) line["strokeDash"] = item.dash;
      layer["layer"].push_back(
          {{"mark", line},
           {"encoding",
            {{"x", {{"value", at}}}, {"x2", {{"value", at + symbol}}}, {"y", {{"value", y}}}}}});
    }
    layer["layer"].push_back(
        {{"mark", mark("text", {{"align", "left"},
                                {"fontWeight", 600},
                                {"text", item.text},
                                {"color", item.text_colour}})},
         {"encoding", {{"x", {{"value", at + symbol + 6}}}, {"y", {{"value", y}}}}}});
    add_layer(chart, std::move(layer));
  }
  Json& top = chart["padding"]["top"];
  top = top.get<int>() + static_cast<int>(kRow * next.row);
}

void add_right_text(Json& chart, const Json& rows, const Json& category_axis, std::string_view text,
                    std::string_view colour_field, bool bold, int dy) {
  add_layer(chart,
            {{"data", values(rows)},
             {"mark",
              mark("text",
                   {{"align", "left"}, {"dx", 10}, {"dy", dy}, {"fontWeight", bold ? 600 : 400}})},
             {"encoding",
              {{"x", {{"value", "width"}}},
               {"y", category_axis},
               {"text", {{"field", text}}},
               {"color", literal(colour_field)}}}});
}

double text_width(std::string_view text) {
  const auto letters = std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // not the tail of a UTF-8 character
  });
  return 6.4 * static_cast<double>(letters);
}

int label_margin(const std::vector<std::string>& labels) {
  constexpr double kBold = 1.07;  // is wider
  double widest = 40.0;
  for (const std::string& label : labels) widest = std::max(widest, kBold * text_width(label));
  return static_cast<int>(std::min(widest, 226.0)) + 14;
}

std::vector<std::size_t> thinned(std::size_t n, std::size_t most) {
  std::vector<std::size_t> kept;
  if (n <= most) {
    for (std::size_t i = 0; i < n; ++i) kept.push_back(i);
    return kept;
  }
  for (std::size_t i = 0; i < most; ++i) kept.push_back(i * (n - 1) / (most - 1));
  return kept;
}

double short_number(double value) {
  if (value == 0.0 || !std::isfinite(value)) return value;
  const double scale = std::pow(10.0, 4 - std::floor(std::log10(std::abs(value))));
  return std::round(value * scale) / scale;
}

}  // namespace assay::analysis
