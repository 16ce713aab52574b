#include "analysis/report/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "analysis/numbers.hpp"
#include "analysis/range.hpp"
#include "analysis/report/figures.hpp"
#include "analysis/report/html.hpp"
#include "analysis/report/page.hpp"
#include "analysis/report/sentences.hpp"
#include "sim/check.hpp"

namespace assay::analysis {
namespace {

std::string swatch(const PageContext& page, const std::string& strategy) {
  return fmt::format(R"(<span class="swatch" style="background:var(--{});"></span>)",
                     page.style(strategy).role);
}

std::string banner(const PageContext& page) {
  std::string html;
  for (const auto& line : warnings(page)) html += "<p>" + line + "</p>";
  return html.empty() ? "" : R"(<div class="warning" role="alert">)" + html + "</div>\n";
}

std::string answer_line(const PageContext& page, std::size_t i) {
  const auto& judgement = page.judgements[i];
  const auto& attack = page.data.attacks[i];
  const auto basis = basis_of(page, i);
  const auto theory = escape(judgement.theory);
  return fmt::format(
             R"(<li><div class="badge"><span class="verdict" style="color:var(--{});">{} {}</span>{}</div><div><p>{}<strong>{}.</strong> {}</p><p class="theory">{}</p></div></li>)",
             verdict_role(judgement.verdict), verdict_sign(judgement.verdict),
             name_of(judgement.verdict),
             basis.empty() ? "" : fmt::format(R"( <span class="basis">{}</span>)", basis),
             swatch(page, attack.strategy), escape(capitalised(attack.evidence.noun)),
             escape(judgement.sentence),
             judgement.theory_contradicts ? "<strong>" + theory + "</strong>" : theory) +
         "\n";
}

std::string answer(const PageContext& page, FigureNumbers& figures) {
  std::string lines;
  for (std::size_t i = 0; i < page.judgements.size(); ++i) lines += answer_line(page, i);
  std::string html;
  if (!page.data.question.empty()) {
    html += fmt::format(R"(<p class="question">{}</p>)", escape(page.data.question));
  }
  html += fmt::format("<h1>{}</h1>", escape(page_headline(page)));
  if (!lines.empty()) {
    auto drawn = figures.html(gain_figure(page));
    drawn += figures.html(break_even_figure(page));
    html += fmt::format(
        R"(<div class="answer"><ul class="verdicts">{}</ul><div class="answer-figures">{}</div></div>)",
        lines, drawn);
  }
  return html + "\n";
}

std::string key_figures_html(const PageContext& page) {
  std::string cells;
  for (const auto& figure : key_figures(page)) {
    cells += fmt::format(
        R"(<div><dt>{}</dt><dd><span class="value">{}</span>{}<span class="reference">{}</span></dd></div>)",
        figure.label, escape(figure.value),
        figure.bracket.empty()
            ? ""
            : fmt::format(R"(<span class="bracket">{}</span>)", escape(figure.bracket)),
        figure.reference);
  }
  return cells.empty() ? "" : fmt::format(R"(<dl class="key-figures">{}</dl>)", cells) + "\n";
}

std::string doubts(const PageContext& page) {
  std::string html;
  const auto add = [&](std::string_view title, const std::string& text) {
    if (!text.empty()) html += fmt::format("<div><h3>{}</h3><p>{}</p></div>", title, text);
  };
  add("What slips through.", what_slips_through(page));
  add("Who else pays.", who_else_pays(page));
  add("How sure.", how_sure(page));
  add("What could turn it.", what_turns(page));
  html = fmt::format(R"(<div class="doubts">{}</div>)", html);
  if (const auto next = next_step(page)) {
    html += fmt::format(R"(<div class="next"><p><strong>Next step.</strong> {}</p>{}</div>)",
                        escape(next->why), command_html(next->command));
  }
  return html + "\n";
}

/// The value and the interval of a metric; a dash where no replication has it.
std::string metric_cells(const ReportMetric& metric, std::int64_t replications) {
  if (metric.samples.empty()) return "<td>–</td><td></td>";
  const auto unit = unit_of(metric.unit);
  const auto text =
      rounded(within(range_of(metric.name, metric.unit), mean_estimate(metric.samples)), unit);
  const bool all = static_cast<std::int64_t>(metric.samples.size()) == replications;
  return fmt::format(
      "<td>{}{}</td><td>{}</td>", escape(with_unit(text.value, unit)),
      all ? std::string() : fmt::format(" in {} of {}", metric.samples.size(), replications),
      escape(text.bracket()));
}

std::string metrics_table(std::span<const ReportMetric> metrics, std::int64_t replications,
                          std::string_view caption) {
  std::string rows;
  for (const auto& metric : metrics) {
    rows += fmt::format(R"(<tr><th scope="row" title="{}">{}</th>{}</tr>)", escape(metric.meaning),
                        escape(metric.title.empty() ? metric.name : metric.title),
                        metric_cells(metric, replications));
  }
  return fmt::format(
      R"(<div class="scroll"><table class="metrics"><caption>{}</caption><thead><tr><th scope="col">Market</th><th scope="col">value</th><th scope="col">{} interval</th></tr></thead><tbody>{}</tbody></table></div>)",
      caption, percent_text(1 - kAlpha), rows);
}

/// Two tables side by side, or one where there is little to say.
std::string metrics_html(const ReportData& data) {
  const std::span<const ReportMetric> all(data.metrics);
  if (all.empty()) return "";
  const std::size_t half = (all.size() + 1) / 2;
  const std::int64_t n = data.replications;
  return pair_of(metrics_table(all.first(half), n, "More of what every run reports"),
                 half < all.size() ? metrics_table(all.subspan(half), n, "\u00a0") : "");
}

std::string executed_section(const ReportData& data) {
  if (!data.executed) return "";
  const Executed& executed = *data.executed;
  std::string text = fmt::format(
      R"(<p class="prose">{} sampled segments were executed twice, as the provider claims and as an honest checker does, by {} real training {} of {} ({} operators a step) on {}, {}{}. {} of the claims had other bits. Each dispute below was played by two workers; the referee recomputed one operator.</p>)",
      count(executed.segments), count(executed.steps), executed.steps == 1 ? "step" : "steps",
      escape(executed.workload), count(executed.operators), escape(executed.device),
      escape(executed.backend), executed.mode == "tape" ? ", read from a tape" : "",
      executed.differing == 0 ? "None" : count(executed.differing));
  Table table{
      "Disputes that were executed; seconds are wall time when they were recorded",
      {"segment of lease", "provider", "step", "operator", "rounds", "bytes", "seconds", "loser"},
      {}};
  for (const ExecutedDispute& dispute : executed.disputes) {
    table.rows.push_back({fmt::format("{} of {}", dispute.segment, dispute.lease),
                          dispute.behaviour, count(dispute.step),
                          fmt::format("{}, {}", dispute.op, dispute.op_name), count(dispute.rounds),
                          count(dispute.bytes), shortest(dispute.seconds),
                          fmt::format("{} ({})", dispute.loser, dispute.reason)});
  }
  if (!table.rows.empty()) text += table_html(table, "metrics");
  return section("executed", "What was executed", text);
}

std::string overhead_section(const PageContext& page, FigureNumbers& figures) {
  std::string text;
  for (const auto& paragraph : what_trust_costs(page)) text += "<p>" + paragraph + "</p>";
  const auto figure = figures.html(overhead_figure(page));
  const auto metrics = metrics_html(page.data);
  if (figure.empty() && text.empty() && metrics.empty()) return "";
  return section("overhead", "What verification costs",
                 pair_of(figure, text.empty() ? "" : fmt::format("<div>{}</div>", text)) + metrics);
}

std::string cost_row(const PageContext& page, const ReportCost& cost) {
  std::string turned;
  for (const auto& attack : page.data.attacks) {
    if (!rests_on_costs(attack.evidence.noun, std::span(&cost.band, 1))) continue;
    turned += fmt::format("{}{} {}", turned.empty() ? "" : ", ", swatch(page, attack.strategy),
                          escape(attack.strategy));
  }
  if (turned.empty()) turned = R"(<span class="muted">none</span>)";
  return fmt::format(
      R"(<tr><th scope="row">{}</th><td data-label="Value used">{}</td><td data-label="Provenance"><strong>{} {}</strong><span class="source">{}</span></td><td data-label="Error band">{}</td><td data-label="Verdict that turns inside it">{}</td></tr>)",
      escape(cost.band.cost), escape(cost.value), sign_of_kind(cost.kind), escape(cost.kind),
      escape(cost.source),
      has_band(cost.band) ? escape(band_text(cost.band.low, cost.band.high))
                          : R"(<span class="muted">none stated</span>)",
      turned);
}

/// What the error bands do to the results. A gain whose sign they leave open comes in bold.
std::string cost_errors_table(const ReportData& data) {
  if (data.cost_errors.empty()) return "";
  std::string rows;
  for (const ReportCostError& row : data.cost_errors) {
    const Unit unit = unit_of(row.unit);
    const RoundedEstimate chance = rounded(row.chance, unit);
    const RoundedEstimate both = rounded_around(row.chance, row.both, unit);
    const bool lost = is_gain(row) && loses_its_sign(row);
    rows += fmt::format(
        R"(<tr><th scope="row">{}</th><td>{}</td><td data-label="chance">{}</td><td data-label="with cost errors">{}</td></tr>)",
        escape(row.title), escape(with_unit(chance.value, unit)), escape(chance.bracket()),
        lost ? fmt::format("<strong>{}</strong>", escape(both.bracket())) : escape(both.bracket()));
  }
  return fmt::format(
      R"(<div class="scroll"><table class="metrics cost-errors"><caption>The run repeated with every step time at the low and at the high end of its band: the least and the greatest end of the three intervals. In bold: a gain whose interval holds zero only with the errors.</caption><thead><tr><th scope="col">Market</th><th scope="col">value</th><th scope="col">{} interval</th><th scope="col">with cost errors</th></tr></thead><tbody>{}</tbody></table></div>)",
      percent_text(1 - kAlpha), rows);
}

std::string costs_section(const PageContext& page, FigureNumbers& figures) {
  const auto& data = page.data;
  if (data.costs.empty()) return "";
  std::string rows;
  for (const auto& cost : data.costs) rows += cost_row(page, cost) + "\n";
  const bool banded = std::any_of(data.costs.begin(), data.costs.end(),
                                  [](const ReportCost& cost) { return has_band(cost.band); });
  const std::string advice =
      !data.cost_errors.empty() ? "; the second table adds the bands of step times"
      : banded ? ", and <code>assay run --cost-errors</code> adds the bands of step times"
               : "";
  const auto intro = fmt::format(
      R"(<p class="prose">Costs enter at the value used; intervals elsewhere on this page hold chance only{}. {}.</p>)",
      advice, kinds_text(data.costs));
  const std::string table =
      R"(<div class="scroll"><table class="costs"><thead><tr><th scope="col">Cost</th><th scope="col">Value used</th><th scope="col">Provenance</th><th scope="col">Error band</th><th scope="col">Verdict that turns inside it</th></tr></thead><tbody>)" +
      rows + "</tbody></table></div>";
  return section("costs", "What the numbers rest on",
                 intro + figures.html(cost_figure(page), "wide") + table + cost_errors_table(data));
}

std::string repeat_section(const ReportData& data) {
  std::string html =
      "<p>The same version, scenario and seed give the same digest on every machine.</p>";
  for (const auto& command : data.commands) {
    html += fmt::format(R"(<p class="purpose">{}</p>{})", escape(command.purpose),
                        command_html(command.line));
  }
  std::string facts =
      fact("Digest", "<code>" + escape(data.digest) + "</code>") +
      fact("Version", escape(data.version)) +
      fact("Seed, replications", fmt::format("{}, {}", data.seed, data.replications)) +
      fact("Events", events_text(data.events)) +
      fact("Ran on", fmt::format("{} {}, {} s, without this page",
                                 number_word(static_cast<std::size_t>(data.threads)),
                                 data.threads == 1 ? "thread" : "threads", shortest(data.wall_s))) +
      fact("Books", data.books_balance ? "both balance to the last micro-unit"
                                       : "<strong>they do not balance</strong>");
  html += fmt::format(R"(<dl class="facts">{}</dl>)", facts);
  Table digests{"", {"of", "sha256"}, {}};
  for (std::size_t i = 0; i < data.replication_digests.size(); ++i) {
    digests.rows.push_back({fmt::format("replication {}", i + 1), data.replication_digests[i]});
  }
  for (const auto& input : data.inputs) digests.rows.push_back({input.path, input.sha256});
  if (!digests.rows.empty()) {
    html += fmt::format(R"(<details><summary>Show digests and inputs</summary>{}</details>)",
                        table_html(digests, "digests"));
  }
  return section("repeat", "Repeat it", html);
}

std::string evidence(const PageContext& page, FigureNumbers& figures) {
  const auto pair_section = [](std::string_view id, std::string_view title, const std::string& left,
                               const std::string& right) {
    const auto body = pair_of(left, right);
    return body.empty() ? "" : section(id, title, body);
  };
  // Figures are numbered as they are made, so the order here is the order of the page.
  const auto profit = figures.html(profit_figure(page));
  const auto bad_work = figures.html(bad_work_figure(page));
  const auto stages = figures.html(stages_figure(page));
  const auto delay = figures.html(delay_figure(page));
  const auto price = figures.html(price_figure(page));
  const auto supply = figures.html(supply_figure(page));
  const auto overhead = overhead_section(page, figures);
  const auto costs = costs_section(page, figures);
  const auto& data = page.data;
  return pair_section("money", "Who earns, and what slips through", profit, bad_work) +
         pair_section("caught", "How cheats are found", stages, delay) + executed_section(data) +
         pair_section("market", "Is it worth buying from, and who supplies it", price, supply) +
         overhead + costs + scenario_section(data.scenario) + repeat_section(data) +
         not_modelled_section(data.not_modelled) + glossary_section(data.glossary);
}

}  // namespace

std::string render(const ReportData& data, const PageAssets& assets) {
  SIM_CHECK(data.replications >= 1);
  const PageContext page(data);
  FigureNumbers figures;
  const auto first = answer(page, figures) + key_figures_html(page) + doubts(page);
  const PageFrame frame{
      data.scenario_name, "run report",
      fmt::format("{} · {} providers, {} jobs, {}", data.scenario_name, count(data.providers),
                  count(data.jobs), days_text(data.horizon_d)),
      data.version, "<code>run.json</code>, <code>summary.json</code> and <code>series.csv</code>"};
  return page_html(frame, banner(page), first, evidence(page, figures), assets);
}

}  // namespace assay::analysis
