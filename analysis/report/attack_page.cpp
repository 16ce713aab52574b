#include "analysis/report/attack_page.hpp"

#include <fmt/format.h>

#include "analysis/numbers.hpp"
#include "analysis/report/figures.hpp"
#include "analysis/report/html.hpp"
#include "analysis/report/interval_bars.hpp"
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
    const std::string value = one.key != "audit rate"
                                  ? with_unit(significant(*one.value, 2), Unit{1.0, "tok"})
                                  : with_unit(significant(*one.value * 100, 2), kShare);
    parts.push_back(fmt::format("{} {} ({})", one.key, value, one.method));
  }
  return parts.empty() ? "–" : fmt::format("{}", fmt::join(parts, "; "));
}

/// A row a strategy, most gain first, each interval against zero.
std::optional<Figure> gain_figure(const ResistanceTable& table) {
  if (table.rows.empty()) return std::nullopt;
  std::vector<IntervalBar> bars;
  std::vector<std::string> spoken;
  Table data{"", {"attack", "gain per attacker, USD", "low", "high"}, {}};
  for (const ResistanceRow& row : table.rows) {
    const auto& interval = row.gain_usd.interval;
    IntervalBar bar{row.strategy, row.gain_usd.value, interval};
    bar.role = verdict_role(row.verdict);
    bar.shape = verdict_shape(row.verdict);
    bar.head = analysis::name_of(row.verdict);
    bar.text = estimate_text(row.gain_usd, kUsd, Sign::Always);
    spoken.push_back(fmt::format("{} {}, {}", bar.label, bar.text, bar.head));
    data.rows.push_back({row.strategy, fixed(row.gain_usd.value, 4),
                         interval ? fixed(interval->low, 4) : "–",
                         interval ? fixed(interval->high, 4) : "–"});
    bars.push_back(std::move(bar));
  }
  const double reach = reach_of(bars);
  Figure figure{"gain", "Paired gain of each attack", "", "", {}, std::move(data)};
  figure.subtitle = fmt::format(
      "{} of each deviator against staying honest, USD. Bars hold together at {}.{}",
      term("paired gain", "Paired gain"), percent_text(table.confidence), beyond_note(bars, reach));
  figure.panels.push_back(
      {interval_bars(bars, TickText::Signed, reach),
       fmt::format("Paired gain in USD per attacker: {}.", fmt::join(spoken, "; "))});
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
      table_html(all, "numbers worded") +
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
                        fmt::format("{} · {} deviate · {} replications", table.facts.name,
                                    deviators_text(table), table.facts.replications),
                        table.facts.version, "<code>attack.json</code>"};
  return page_html(frame, study_banner(table.facts), answer,
                   numbers(table) + left_out_section(table.left_out) + study_sections(table.facts),
                   assets);
}

}  // namespace assay::analysis
