#include "analysis/report/study_page.hpp"

#include <fmt/format.h>

#include "analysis/numbers.hpp"
#include "analysis/report/html.hpp"

namespace assay::analysis {
namespace {

std::string costs_section(const StudyFacts& facts) {
  if (facts.costs.empty()) return "";
  std::string rows;
  for (const ReportCost& cost : facts.costs) {
    rows += fmt::format(
        R"(<tr><th scope="row">{}</th><td data-label="Value used">{}</td><td data-label="Provenance"><strong>{} {}</strong><span class="source">{}</span></td><td data-label="Error band">{}</td></tr>)",
        escape(cost.band.cost), escape(cost.value), sign_of_kind(cost.kind), escape(cost.kind),
        escape(cost.source),
        has_band(cost.band) ? escape(band_text(cost.band.low, cost.band.high))
                            : R"(<span class="muted">none stated</span>)");
    rows += "\n";
  }
  return section(
      "costs", "What the numbers rest on",
      fmt::format(
          R"(<p class="prose">Costs enter at the value used; intervals on this page hold chance only. {}.</p><div class="scroll"><table class="costs"><thead><tr><th scope="col">Cost</th><th scope="col">Value used</th><th scope="col">Provenance</th><th scope="col">Error band</th></tr></thead><tbody>{}</tbody></table></div>)",
          kinds_text(facts.costs), rows));
}

std::string repeat_section(const StudyFacts& facts) {
  std::string html =
      "<p>The same version, scenario and seed give the same numbers on every machine.</p>";
  for (const Command& command : facts.commands) {
    html += fmt::format(R"(<p class="purpose">{}</p>{})", escape(command.purpose),
                        command_html(command.line));
  }
  html += fmt::format(
      R"(<dl class="facts">{}{}{}{}</dl>)", fact("Version", escape(facts.version)),
      fact("Seed, replications", fmt::format("{}, {}", facts.seed, facts.replications)),
      fact("Runs", facts.reused == 0 ? count(facts.runs)
                                     : fmt::format("{}, and {} that were there already",
                                                   count(facts.runs), count(facts.reused))),
      fact("Ran on",
           fmt::format("{} {}, {} s, without this page", facts.threads,
                       facts.threads == 1 ? "thread" : "threads", shortest(facts.wall_s))));
  Table inputs{"", {"of", "sha256"}, {}};
  for (const auto& input : facts.inputs) inputs.rows.push_back({input.path, input.sha256});
  if (!inputs.rows.empty()) {
    html += fmt::format(R"(<details><summary>Show inputs</summary>{}</details>)",
                        table_html(inputs, "digests"));
  }
  return section("repeat", "Repeat it", html);
}

}  // namespace

std::string opening(const StudyFacts& facts, const std::string& headline) {
  std::string html;
  if (!facts.question.empty()) {
    html += fmt::format(R"(<p class="question">{}</p>)", escape(facts.question));
  }
  return html + fmt::format("<h1>{}</h1>\n", escape(headline));
}

std::string study_banner(const StudyFacts& facts) {
  std::string lines;
  if (facts.interrupted) lines += "<p>This study was interrupted: not all its runs are here.</p>";
  for (const std::string& failure : facts.failures) {
    lines += fmt::format("<p>{}</p>", escape(failure));
  }
  return lines.empty() ? "" : R"(<div class="warning" role="alert">)" + lines + "</div>\n";
}

std::string left_out_section(std::span<const AttackLeftOut> left_out) {
  if (left_out.empty()) return {};
  std::string items;
  for (const std::string& text : left_out_texts(left_out)) {
    items += fmt::format("<li>{}</li>", escape(text));
  }
  return section("left-out", "Attacks left out",
                 fmt::format("<p>This market cannot play them:</p><ul>{}</ul>", items));
}

std::string study_sections(const StudyFacts& facts) {
  return costs_section(facts) + scenario_section(facts.scenario) + repeat_section(facts) +
         not_modelled_section(facts.not_modelled) + glossary_section(facts.glossary);
}

}  // namespace assay::analysis
