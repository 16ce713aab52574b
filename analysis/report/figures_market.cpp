// Figures 8, 9 and 10: who supplies, what trust costs, and what the numbers rest on.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/numbers.hpp"
#include "analysis/range.hpp"
#include "analysis/report/figures.hpp"

namespace assay::analysis {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
const Unit kShare = unit_of("share");

struct SupplyPart {
  std::string_view name;
  std::string_view role, text_role;
  PerReplication SupplyGroup::*share;
};
constexpr std::array<SupplyPart, 3> kParts = {
    SupplyPart{"sold", "sold", "on-sold", &SupplyGroup::sold_share},
    SupplyPart{"idle", "idle", "on-idle", &SupplyGroup::idle_share},
    SupplyPart{"away", "away", "ink", &SupplyGroup::away_share}};

void add_estimate(std::vector<NumberColumn>& columns, std::size_t first, const Estimate& estimate,
                  double scale) {
  columns[first].values.push_back(estimate.value * scale);
  columns[first + 1].values.push_back(estimate.interval ? estimate.interval->low * scale : kNone);
  columns[first + 2].values.push_back(estimate.interval ? estimate.interval->high * scale : kNone);
}

std::vector<NumberColumn> estimate_columns(std::string_view title) {
  return {{std::string(title), {}}, {"low", {}}, {"high", {}}};
}

Table supply_table(const ReportData& data) {
  std::vector<std::string> names;
  std::vector<NumberColumn> columns = {{"GPUs", {}}};
  for (const auto& part : kParts) {
    for (auto& column : estimate_columns(fmt::format("{}, %", part.name)))
      columns.push_back(column);
  }
  for (const auto& group : data.supply) {
    names.push_back(group.name);
    columns[0].values.push_back(static_cast<double>(group.gpus));
    for (std::size_t i = 0; i < kParts.size(); ++i) {
      add_estimate(columns, 1 + 3 * i,
                   within(kPartOfWhole, mean_estimate(group.*kParts.at(i).share)), 100.0);
    }
  }
  return number_table("group", names, columns);
}

/// The left margin for labels of two lines.
int two_line_margin(std::size_t longest) {
  return std::clamp(static_cast<int>(longest) * 7 + 12, 60, 150);
}

std::string overhead_title(std::vector<OverheadCause> causes) {
  if (causes.size() < 2 || causes.front().share.size() < 2) return "Overhead by cause";
  std::stable_sort(
      causes.begin(), causes.end(),
      [](const OverheadCause& a, const OverheadCause& b) { return mean(a.share) > mean(b.share); });
  // The same replications carry both, so their difference is paired.
  const auto lead = mean_estimate(paired_difference(causes[0].share, causes[1].share));
  if (lead.interval->low <= 0) return "Overhead by cause";
  return capitalised(fmt::format("{} cost more than {}", causes[0].cause, causes[1].cause));
}

std::size_t turning_inside(const CostBand& band) {
  return static_cast<std::size_t>(
      std::count_if(band.turns.begin(), band.turns.end(), [&](const TurningPoint& turn) {
        return band.low <= turn.factor && turn.factor <= band.high;
      }));
}

/// Costs with an error band; those that turn a verdict first, then the widest bands: those are
/// looked for.
std::vector<const ReportCost*> costs_by_weight(const ReportData& data) {
  std::vector<const ReportCost*> costs;
  for (const auto& cost : data.costs) {
    if (has_band(cost.band)) costs.push_back(&cost);
  }
  std::stable_sort(costs.begin(), costs.end(), [](const ReportCost* a, const ReportCost* b) {
    const auto inside_a = turning_inside(a->band);
    const auto inside_b = turning_inside(b->band);
    if (inside_a != inside_b) return inside_a > inside_b;
    return a->band.high / a->band.low > b->band.high / b->band.low;
  });
  return costs;
}

}  // namespace

std::optional<Figure> supply_figure(const PageContext& page) {
  const auto& data = page.data;
  if (data.supply.empty()) return std::nullopt;
  Json rows = Json::array();
  std::vector<std::string> spoken;
  std::size_t longest = 0;
  const SupplyGroup* largest = &data.supply.front();
  std::int64_t gpus = 0;
  for (const auto& group : data.supply) {
    const auto second_line =
        fmt::format("{} {}", count(group.gpus), group.gpus == 1 ? "GPU" : "GPUs");
    longest = std::max({longest, group.name.size(), second_line.size()});
    double from = 0.0;
    std::vector<std::string> parts;
    for (const auto& part : kParts) {
      const auto share = within(kPartOfWhole, mean_estimate(group.*part.share));
      rows.push_back({{"g", group.name + "|" + second_line},
                      {"x", short_number(from)},
                      {"x2", short_number(from + share.value)},
                      {"mid", short_number(from + share.value / 2)},
                      {"w", short_number(share.value)},
                      {"c", colour(part.role)},
                      {"tc", colour(part.text_role)},
                      {"n", with_unit(fixed(100 * share.value, 0), kShare)}});
      from += share.value;
      parts.push_back(fmt::format("{} {}", part.name, estimate_text(share, kShare)));
    }
    spoken.push_back(fmt::format("{}: {}", group.name, fmt::join(parts, ", ")));
    gpus += group.gpus;
    if (group.gpus > largest->gpus) largest = &group;
  }
  const int height = 42 * static_cast<int>(data.supply.size());
  const int left = two_line_margin(longest);
  const Json x = axis(Scale{0.0, 1.0, {0.0, 0.2, 0.4, 0.6, 0.8, 1.0}, 0},
                      "share of the GPU-hours owned", TickText::Percent, false);
  const Json y = categories("g", false);
  Json spec = chart(height, {left, 16, 34, 44});
  const Json drawn = values(rows);
  add_layer(
      spec,
      {{"data", drawn},
       {"mark", mark("bar", {{"stroke", colour("paper")}, {"strokeWidth", 1}})},
       {"encoding",
        {{"x", by_field(x, "x")}, {"x2", {{"field", "x2"}}}, {"y", y}, {"color", literal("c")}}}});
  add_layer(spec, {{"data", drawn},
                   {"transform", {{{"filter", "datum.w >= 0.06 && datum.w * width >= 32"}}}},
                   {"mark", mark("text", {{"fontWeight", 600}})},
                   {"encoding",
                    {{"x", by_field(x, "mid")},
                     {"y", y},
                     {"text", {{"field", "n"}}},
                     {"color", literal("tc")}}}});
  std::vector<KeyItem> key;
  for (const auto& part : kParts) {
    key.push_back({std::string(part.name), colour(part.role), colour("muted"), {}, true, ""});
  }
  add_key(spec, key, left - 4);

  Figure figure{"supply", "", "", "", {}, supply_table(data)};
  const double part = static_cast<double>(largest->gpus) / static_cast<double>(gpus);
  figure.title =
      fmt::format("{}: {} of the cards, {} of their hours sold", capitalised(largest->name),
                  with_unit(fixed(100.0 * part, 0), kShare),
                  estimate_text(within(kPartOfWhole, mean_estimate(largest->sold_share)), kShare));
  figure.subtitle =
      fmt::format("GPU-hours owned by each {}: sold, idle while online, away.", term("group"));
  figure.panels.push_back(
      {std::move(spec), fmt::format("GPU-hours owned. {}.", fmt::join(spoken, ". "))});
  return figure;
}

std::optional<Figure> overhead_figure(const PageContext& page) {
  const auto& data = page.data;
  if (data.overhead.empty()) return std::nullopt;
  Json rows = Json::array();
  std::vector<std::string> names;
  std::vector<std::string> spoken;
  auto columns = estimate_columns("extra compute, %");
  double most = 0.0;
  std::size_t longest = 0;
  bool intervals = false;
  double widest = 0.0;
  for (const auto& cause : data.overhead) {
    const auto share = within(kNotNegative, mean_estimate(cause.share));
    Json row = {{"g", cause.cause + "|" + cause.detail},
                {"m", short_number(share.value)},
                {"n", estimate_text(share, kShare)},
                {"i", colour("ink")}};
    most = std::max(most, share.value);
    if (share.interval) {
      intervals = true;
      row["l"] = short_number(std::max(0.0, share.interval->low));
      row["h"] = short_number(share.interval->high);
      most = std::max(most, share.interval->high);
    }
    longest = std::max({longest, cause.cause.size(), cause.detail.size()});
    widest = std::max(widest, text_width(row["n"].get<std::string>()));
    rows.push_back(std::move(row));
    names.push_back(cause.cause);
    add_estimate(columns, 0, share, 100.0);
    spoken.push_back(fmt::format("{} {}", cause.cause, estimate_text(share, kShare)));
  }
  const int height = 42 * static_cast<int>(data.overhead.size());
  const Json x = axis(share_scale(most, 3), "extra per useful compute", TickText::Percent, true);
  const Json y = categories("g", false);
  Json spec = chart(height, {two_line_margin(longest), static_cast<int>(widest) + 16, 6, 44});
  const Json drawn = values(rows);
  add_layer(spec, {{"data", drawn},
                   {"mark", mark("bar", {{"color", colour("sold")}})},
                   {"encoding", {{"x", by_field(x, "m")}, {"y", y}}}});
  if (intervals) {
    add_layer(spec, {{"data", drawn},
                     {"mark", mark("rule", {{"color", colour("ink")}, {"strokeWidth", 1.5}})},
                     {"encoding", {{"x", by_field(x, "l")}, {"x2", {{"field", "h"}}}, {"y", y}}}});
  }
  add_right_text(spec, rows, y, "n", "i", false, 0);

  Figure figure{"overhead", overhead_title(data.overhead),        "", "",
                {},         number_table("cause", names, columns)};
  figure.subtitle = term("overhead", "Overhead") + " by cause. Bar: mean";
  figure.subtitle +=
      intervals ? fmt::format(", line: {} interval.", percent_text(1 - kAlpha)) : ".";
  figure.panels.push_back({std::move(spec), fmt::format("Overhead: {}.", fmt::join(spoken, "; "))});
  return figure;
}

std::optional<Figure> cost_figure(const PageContext& page) {
  constexpr std::size_t kMostRows = 24;
  constexpr double kFarthest = 4.0;  ///< marks beyond this factor are left out of the drawing
  const auto& data = page.data;
  auto costs = costs_by_weight(data);
  if (costs.empty()) return std::nullopt;
  const auto total = costs.size();
  const auto turning = static_cast<std::size_t>(
      std::count_if(costs.begin(), costs.end(),
                    [](const ReportCost* cost) { return turning_inside(cost->band) > 0; }));

  std::vector<std::string> names;
  NumberColumn low{"band low, factor", {}}, high{"band high, factor", {}};
  std::vector<NumberColumn> columns;
  for (const auto& attack : data.attacks)
    columns.push_back({attack.strategy + " turns at, factor", {}});
  for (const auto* cost : costs) {
    names.push_back(cost->band.cost);
    low.values.push_back(cost->band.low);
    high.values.push_back(cost->band.high);
    for (std::size_t i = 0; i < data.attacks.size(); ++i) {
      double factor = kNone;
      for (const auto& turn : cost->band.turns) {
        if (turn.noun == data.attacks[i].evidence.noun) factor = turn.factor;
      }
      columns[i].values.push_back(factor);
    }
  }
  columns.insert(columns.begin(), {low, high});
  Table table = number_table("cost", names, columns);

  const std::size_t hidden = costs.size() > kMostRows ? costs.size() - kMostRows : 0;
  costs.resize(costs.size() - hidden);
  Json bands = Json::array();
  double least = 0.8;
  double most = 1.25;
  std::size_t longest = 0;
  for (const auto* cost : costs) {
    least = std::min(least, cost->band.low);
    most = std::max(most, cost->band.high);
    longest = std::max(longest, cost->band.cost.size());
    bands.push_back({{"g", cost->band.cost},
                     {"l", short_number(std::log10(cost->band.low))},
                     {"h", short_number(std::log10(cost->band.high))}});
  }
  std::map<std::string, const ReportAttack*> attack_of;
  for (const auto& attack : data.attacks) attack_of[attack.evidence.noun] = &attack;
  Json marks = Json::array();
  std::vector<KeyItem> key;
  std::vector<std::string> spoken;
  for (const auto& attack : data.attacks) {
    bool drawn = false;
    for (const auto* cost : costs) {
      for (const auto& turn : cost->band.turns) {
        if (turn.noun != attack.evidence.noun) continue;
        if (turn.factor < 1 / kFarthest || turn.factor > kFarthest) continue;
        const auto& style = page.style(attack.strategy);
        marks.push_back({{"g", cost->band.cost},
                         {"f", short_number(std::log10(turn.factor))},
                         {"c", colour(style.role)},
                         {"s", style.shape}});
        least = std::min(least, turn.factor);
        most = std::max(most, turn.factor);
        drawn = true;
        if (cost->band.low <= turn.factor && turn.factor <= cost->band.high) {
          spoken.push_back(fmt::format("{} turns {} at a factor of {}", cost->band.cost,
                                       attack.strategy, significant(turn.factor, 2)));
        }
      }
    }
    if (!drawn) continue;
    const auto& style = page.style(attack.strategy);
    key.push_back(
        {attack.strategy, colour(style.role), colour(style.text_role), {}, false, style.shape});
  }

  Scale scale{std::log10(least) - 0.02, std::log10(most) + 0.02, {}, 0};
  for (const double tick :
       {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0}) {
    if (std::log10(tick) >= scale.low && std::log10(tick) <= scale.high) {
      scale.ticks.push_back(std::log10(tick));
    }
  }
  Json x = axis(scale, "factor (log scale)", TickText::Number, false);
  x["axis"]["labelExpr"] = "'×\u00a0' + format(pow(10, datum.value), '.3~r')";
  Json y = categories("g", false);
  y["axis"]["grid"] = true;
  y["scale"] = {{"type", "band"}, {"paddingInner", 0.45}, {"paddingOuter", 0.3}};
  const int left = std::clamp(static_cast<int>(longest) * 7 + 12, 90, 216);
  Json spec = chart(22 * static_cast<int>(costs.size()), {left, 16, key.empty() ? 8 : 34, 44});
  add_layer(spec, {{"data", values(bands)},
                   {"mark", mark("bar", {{"color", colour("idle")}, {"minBandSize", 6}})},
                   {"encoding", {{"x", by_field(x, "l")}, {"x2", {{"field", "h"}}}, {"y", y}}}});
  add_rule(spec, "x", x, 0.0, colour("ink"), 1.5);
  if (!marks.empty()) {
    add_layer(
        spec,
        {{"data", values(marks)},
         {"mark", mark("point", {{"filled", true}, {"size", 70}, {"opacity", 1}})},
         {"encoding",
          {{"x", by_field(x, "f")}, {"y", y}, {"color", literal("c")}, {"shape", literal("s")}}}});
    add_key(spec, key, left - 4);
  }

  Figure figure{"costs", "", "", "", {}, std::move(table)};
  figure.title = fmt::format("{} of {} {} with an error band can turn a verdict",
                             turning == 0 ? "None" : count(static_cast<std::int64_t>(turning)),
                             total, total == 1 ? "cost" : "costs");
  figure.subtitle = "Grey: error band of each cost as a factor on the value used.";
  if (!marks.empty()) {
    figure.subtitle +=
        " Marks: the factor at which a verdict changes sign, by theory and with prices held. A "
        "mark inside its band "
        "means that "
        "the verdict rests on this cost.";
  }
  if (hidden > 0) {
    figure.note = fmt::format("{} more costs with narrower bands stand in the table.",
                              count(static_cast<std::int64_t>(hidden)));
  }
  figure.panels.push_back(
      {std::move(spec),
       spoken.empty() ? fmt::format("Error bands of {} costs; no verdict turns inside one.", total)
                      : fmt::format("Error bands of the costs: {}.", fmt::join(spoken, "; "))});
  return figure;
}

}  // namespace assay::analysis
