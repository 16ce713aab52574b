#include "analysis/report/attack_page.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/numbers.hpp"
#include "analysis/report/figures.hpp"
#include "analysis/report/html.hpp"
#include "analysis/report/study_page.hpp"

namespace assay::analysis {
namespace {

const Unit kUsd = unit_of("USD");
const Unit kShare = unit_of("share");
const Unit kDays{1.0, "d"};

std::string name_of(const ResistanceRow& row) {
  return row.parameters.empty() ? row.noun : fmt::format("{} ({})", row.noun, row.parameters);
}

std::string text_of(const std::optional<Estimate>& estimate, const Unit& unit) {
  return estimate ? estimate_text(*estimate, unit) : "–";
}

std::string deterrent_text(const ResistanceRow& row) {
  std::vector<std::string> parts;
  for (const Deterrent& one : row.deterrents) {
    if (!one.value) {
      parts.push_back(fmt::format("{}: {}", one.key, one.method));
      continue;
    }
    const std::string value = one.key.find("rate") == std::string::npos
                                  ? with_unit(shortest(*one.value), Unit{1.0, "tok"})
                                  : with_unit(shortest(*one.value * 100), kShare);
    parts.push_back(fmt::format("{} {} ({})", one.key, value, one.method));
  }
  return parts.empty() ? "–" : fmt::format("{}", fmt::join(parts, "; "));
}

/// A row a strategy, most gain first, each interval against zero.
std::optional<Figure> gain_figure(const ResistanceTable& table) {
  if (table.rows.empty()) return std::nullopt;
  double low = 0.0;
  double high = 0.0;
  double widest = 96.0;
  std::size_t longest = 8;
  Json rows = Json::array();
  std::vector<std::string> spoken;
  Table data{"", {"attack", "gain per attacker, USD", "low", "high"}, {}};
  for (const ResistanceRow& row : table.rows) {
    const auto& interval = row.gain_usd.interval;
    const std::string text = estimate_text(row.gain_usd, kUsd, Sign::Always);
    const std::string role = verdict_role(row.verdict);
    low = std::min({low, row.gain_usd.value, interval ? interval->low : 0.0});
    high = std::max({high, row.gain_usd.value, interval ? interval->high : 0.0});
    widest = std::max(widest, text_width(text));
    longest = std::max(longest, row.strategy.size());
    rows.push_back({{"a", row.strategy},
                    {"g", short_number(row.gain_usd.value)},
                    {"l", short_number(interval ? interval->low : row.gain_usd.value)},
                    {"h", short_number(interval ? interval->high : row.gain_usd.value)},
                    {"c", colour(role)},
                    {"s", row.verdict == Verdict::Deterred ? "triangle-down"
                          : row.verdict == Verdict::Pays   ? "triangle-up"
                                                           : "circle"},
                    {"v", analysis::name_of(row.verdict)},
                    {"n", text},
                    {"i", colour("ink")}});
    spoken.push_back(fmt::format("{} {}, {}", row.strategy, text, analysis::name_of(row.verdict)));
    data.rows.push_back({row.strategy, fixed(row.gain_usd.value, 4),
                         interval ? fixed(interval->low, 4) : "–",
                         interval ? fixed(interval->high, 4) : "–"});
  }
  const int height = 42 * static_cast<int>(table.rows.size());
  const int left = std::clamp(static_cast<int>(longest) * 8 + 14, 60, 190);
  const Json x = axis(round_scale(low, high, 5), "", TickText::Signed, true);
  const Json y = categories("a", true);
  Json spec = chart(height, {left, static_cast<int>(widest) + 16, 8, 26});
  add_rule(spec, "x", x, 0.0, colour("ink"), 1.5);
  const Json drawn = values(rows);
  add_layer(
      spec,
      {{"data", drawn},
       {"mark", mark("rule", {{"strokeWidth", 4}})},
       {"encoding",
        {{"x", by_field(x, "l")}, {"x2", {{"field", "h"}}}, {"y", y}, {"color", literal("c")}}}});
  add_layer(
      spec,
      {{"data", drawn},
       {"mark", mark("point", {{"filled", true}, {"size", 110}, {"opacity", 1}})},
       {"encoding",
        {{"x", by_field(x, "g")}, {"y", y}, {"color", literal("c")}, {"shape", literal("s")}}}});
  add_right_text(spec, rows, y, "v", "c", true, -7);
  add_right_text(spec, rows, y, "n", "i", false, 8);
  Figure figure{"gain", "Paired gain of each attack", "", "", {}, std::move(data)};
  figure.subtitle =
      fmt::format("{} of each deviator against staying honest, USD. Bars hold together at {}.",
                  term("paired gain", "Paired gain"), percent_text(table.confidence));
  figure.panels.push_back({std::move(spec), fmt::format("Paired gain in USD per attacker: {}.",
                                                        fmt::join(spoken, "; "))});
  return figure;
}

std::string verdicts(const ResistanceTable& table) {
  std::string html;
  for (const ResistanceRow& row : table.rows) {
    const std::string theory = escape(row.theory);
    html += fmt::format(
        R"(<li><div class="badge"><span class="verdict" style="color:var(--{});">{} {}</span></div><div><p><strong>{}.</strong> {}</p><p class="theory">{}</p></div></li>)",
        verdict_role(row.verdict), verdict_sign(row.verdict), analysis::name_of(row.verdict),
        escape(capitalised(row.noun)), escape(row.sentence),
        row.theory_contradicts ? "<strong>" + theory + "</strong>" : theory);
    html += "\n";
  }
  return fmt::format(R"(<ul class="verdicts">{}</ul>)", html);
}

std::string numbers(const ResistanceTable& table) {
  Table all{"",
            {"attack, at its worst", "verdict", "gain per attacker", "change of an honest profit",
             "griefing factor", "caught", "until caught", "deterred from"},
            {}};
  for (const ResistanceRow& row : table.rows) {
    all.rows.push_back({name_of(row), std::string(analysis::name_of(row.verdict)),
                        estimate_text(row.gain_usd, kUsd, Sign::Always),
                        estimate_text(row.others_usd, kUsd, Sign::Always),
                        text_of(row.griefing_factor, unit_of("")),
                        text_of(row.caught_share, kShare), text_of(row.delay_d, kDays),
                        deterrent_text(row)});
  }
  return section(
      "table", "Who gains, who pays, who is caught",
      table_html(all, "numbers") +
          "<p>Griefing factor: what others lose for each dollar that the attackers lose. Caught: "
          "of "
          "the identities that handed in bad work. Each attack was tried with those of its own "
          "parameters that gain it most.</p>");
}

}  // namespace

std::string render(const ResistanceTable& table, const PageAssets& assets) {
  FigureNumbers figures;
  const std::string answer =
      opening(table.facts, headline(table)) +
      fmt::format(R"(<div class="answer">{}<div class="answer-figures">{}</div></div>)",
                  verdicts(table), figures.html(gain_figure(table)));
  const PageFrame frame{table.facts.name + " attacked", "attack table",
                        fmt::format("{} · {} of {} deviates · {} replications", table.facts.name,
                                    percent_text(table.share),
                                    table.group.empty() ? "each honest group" : table.group,
                                    table.facts.replications),
                        table.facts.version, "<code>attack.json</code>"};
  return page_html(frame, study_banner(table.facts), answer,
                   numbers(table) + study_sections(table.facts), assets);
}

}  // namespace assay::analysis
