// Figures 1 and 2: does it pay, and at which audit rate would it not?
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "analysis/numbers.hpp"
#include "analysis/report/figures.hpp"
#include "analysis/report/interval_bars.hpp"

namespace assay::analysis {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
const Unit kUsd = unit_of("USD");
const Unit kShare = unit_of("share");

/// `Two attacks lose, one gains`: what became of the attacks, in numbers.
std::string gain_title(const PageContext& page) {
  struct Outcome {
    Verdict verdict;
    std::string_view of_one, of_many;
  };
  std::vector<std::string> parts;
  for (const auto& outcome :
       {Outcome{Verdict::Deterred, "loses", "lose"}, Outcome{Verdict::Pays, "gains", "gain"},
        Outcome{Verdict::BreaksEven, "breaks even", "break even"},
        Outcome{Verdict::Undecided, "is undecided", "are undecided"}}) {
    const auto n = static_cast<std::size_t>(std::count_if(
        page.judgements.begin(), page.judgements.end(),
        [&](const Judgement& judgement) { return judgement.verdict == outcome.verdict; }));
    if (n == 0) continue;
    const auto noun = !parts.empty() ? "" : n == 1 ? " attack" : " attacks";
    parts.push_back(
        fmt::format("{}{} {}", number_word(n), noun, n == 1 ? outcome.of_one : outcome.of_many));
  }
  if (parts.empty()) return "Paired gain of each attack";
  return capitalised(fmt::format("{}", fmt::join(parts, ", ")));
}

std::string gain_text(const Judgement& judgement) {
  const auto text = rounded(judgement.gain_usd, kUsd, Sign::Always);
  return text.low.empty() ? text.value : text.value + "\u00a0" + text.bracket();
}

Table gain_table(const PageContext& page) {
  std::vector<std::string> names;
  NumberColumn gain{"paired gain, USD", {}}, low{"low, USD", {}}, high{"high, USD", {}},
      level{"level of the interval, %", {}}, theory{"theory, USD", {}};
  for (std::size_t i = 0; i < page.judgements.size(); ++i) {
    const auto& judgement = page.judgements[i];
    const auto& interval = judgement.gain_usd.interval;
    names.push_back(page.data.attacks[i].strategy);
    gain.values.push_back(judgement.gain_usd.value);
    low.values.push_back(interval ? interval->low : kNone);
    high.values.push_back(interval ? interval->high : kNone);
    level.values.push_back(interval ? 100 * (1 - judgement.level) : kNone);
    theory.values.push_back(page.data.attacks[i].evidence.theory.gain_usd.value_or(kNone));
  }
  return number_table("attack", names, {gain, low, high, level, theory});
}

}  // namespace

std::optional<Figure> gain_figure(const PageContext& page) {
  const auto& data = page.data;
  if (data.attacks.empty() || data.attacks.front().evidence.gains_usd.empty()) return std::nullopt;
  const bool intervals = data.replications >= 2;
  bool theory_known = false;

  std::vector<IntervalBar> bars;
  std::vector<std::string> spoken;
  for (std::size_t i = 0; i < data.attacks.size(); ++i) {
    const auto& judgement = page.judgements[i];
    const auto& gain = judgement.gain_usd;
    IntervalBar bar{data.attacks[i].strategy, gain.value, gain.interval};
    bar.theory = data.attacks[i].evidence.theory.gain_usd;
    bar.role = verdict_role(judgement.verdict);
    bar.shape = verdict_shape(judgement.verdict);
    bar.head = name_of(judgement.verdict);
    bar.text = gain_text(judgement);
    theory_known = theory_known || bar.theory.has_value();
    spoken.push_back(fmt::format("{} {}, {}", bar.label, bar.text, bar.head));
    bars.push_back(std::move(bar));
  }
  const double reach = reach_of(bars);

  Figure figure{"gain", gain_title(page), "", "", {}, gain_table(page)};
  figure.subtitle =
      fmt::format("{} of each attack against staying honest, USD per provider over {}.",
                  term("paired gain", "Paired gain"), days_text(page.measured_d()));
  if (intervals) {
    figure.subtitle += fmt::format(
        " Bar: {} {}{}.", percent_text(1 - kAlpha), term("interval"),
        data.attacks.size() > 1
            ? fmt::format(", widened for {} comparisons", number_word(data.attacks.size()))
            : "");
  }
  if (theory_known) figure.subtitle += " ◇ theory.";
  figure.subtitle += beyond_note(bars, reach);
  figure.panels.push_back(
      {interval_bars(bars, TickText::Signed, reach),
       fmt::format("Paired gain in USD per provider: {}.", fmt::join(spoken, "; "))});
  return figure;
}

std::optional<Figure> break_even_figure(const PageContext& page) {
  const auto& data = page.data;
  const double set = data.setting.rate;
  Json rows = Json::array();
  std::vector<std::string> names;
  std::vector<std::string> strategies;  // those of figure 1, so that both plots begin at one place
  std::vector<std::string> spoken;
  NumberColumn rates{"break-even audit rate, %", {}};
  double highest = set;
  const ReportAttack* needs_most = nullptr;
  for (std::size_t i = 0; i < data.attacks.size(); ++i) {
    const auto& attack = data.attacks[i];
    strategies.push_back(attack.strategy);
    const auto rate = attack.evidence.theory.break_even_rate;
    if (!rate) continue;
    const auto text = *rate > 1.0 ? "beyond " + percent_text(1.0)
                                  : with_unit(significant(*rate * 100, 2), kShare);
    const double drawn = std::min(*rate, 1.0);
    rows.push_back({{"a", attack.strategy},
                    {"q", short_number(drawn)},
                    {"set", set},
                    {"n", text},
                    {"c", colour(*rate > set ? "pays" : "deterred")},
                    {"i", colour("ink")}});
    highest = std::max(highest, drawn);
    if (needs_most == nullptr || *rate > *needs_most->evidence.theory.break_even_rate) {
      needs_most = &attack;
    }
    names.push_back(attack.strategy);
    rates.values.push_back(*rate * 100);
    spoken.push_back(fmt::format("{} {}", attack.strategy, text));
  }
  if (rows.empty()) return std::nullopt;

  const int height = 26 * static_cast<int>(rows.size());
  const Scale scale = share_scale(std::min(1.0, highest * 1.08), 5);
  const Json x = axis(scale, "", TickText::Percent, true);
  const Json y = categories("a", true);
  Json spec = chart(height, {label_margin(strategies), 112, 24, 26});
  add_rule(spec, "x", x, set, colour("ink"), 1.5);
  add_layer(spec, {{"data", values(Json::array({{{"n", "set: " + percent_text(set)}}}))},
                   {"mark", mark("text", {{"dy", -10},
                                          {"fontWeight", 600},
                                          {"baseline", "bottom"},
                                          {"align", set > 0.08 * scale.high ? "center" : "left"}})},
                   {"encoding",
                    {{"x", at_value(x, set)}, {"y", {{"value", 4}}}, {"text", {{"field", "n"}}}}}});
  const Json drawn_rows = values(rows);
  add_layer(
      spec,
      {{"data", drawn_rows},
       {"mark", mark("rule", {{"strokeWidth", 2}, {"strokeDash", {2, 3}}})},
       {"encoding",
        {{"x", by_field(x, "q")}, {"x2", {{"field", "set"}}}, {"y", y}, {"color", literal("c")}}}});
  add_layer(spec, {{"data", drawn_rows},
                   {"mark", mark("point", {{"shape", "diamond"},
                                           {"size", 60},
                                           {"opacity", 1},
                                           {"filled", true},
                                           {"fill", colour("paper")},
                                           {"stroke", colour("ink")},
                                           {"strokeWidth", 1.4}})},
                   {"encoding", {{"x", by_field(x, "q")}, {"y", y}}}});
  add_right_text(spec, rows, y, "n", "i", false, 0);

  Figure figure{"break-even", "", "", "", {}, number_table("attack", names, {rates})};
  const double most = *needs_most->evidence.theory.break_even_rate;
  if (most > 1.0) {
    figure.title = fmt::format("No audit rate deters {}, by theory", needs_most->evidence.noun);
  } else if (most > set) {
    figure.title = fmt::format("By theory {} needs {} audits", needs_most->evidence.noun,
                               with_unit(significant(most * 100, 2), kShare));
  } else {
    figure.title = "The rate set lies above every break-even";
  }
  figure.subtitle = fmt::format("{} of each attack by theory, against the rate set.",
                                term("break-even", "Break-even audit rate"));
  figure.panels.push_back(
      {std::move(spec), fmt::format("Break-even audit rate by theory: {}; set {}.",
                                    fmt::join(spoken, "; "), percent_text(set))});
  return figure;
}

}  // namespace assay::analysis
