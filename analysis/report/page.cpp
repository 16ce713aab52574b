#include "analysis/report/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "analysis/numbers.hpp"
#include "analysis/report/html.hpp"
#include "analysis/report/page_assets.hpp"
#include "analysis/report/palette.hpp"

namespace assay::analysis {
namespace {

/// Nothing but what the file carries: no address can be fetched, linked as a form or framed. Vega
/// compiles its expressions, hence 'unsafe-eval'; all of them come from this program.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data: blob:; base-uri 'none'; form-action 'none'";

struct CostKind {
  std::string_view name, sign, meaning;
};
constexpr std::array<CostKind, 5> kCostKinds = {
    CostKind{"measured", "■", "on a named device"}, CostKind{"published", "●", "by a cited source"},
    CostKind{"transferred", "◐", "from a measured or published device"},
    CostKind{"analytic", "○", "computed, never precise"},
    CostKind{"chosen", "□", "a rule of this scenario, not a fact"}};

/// Links to the sections that the page has.
std::string section_bar(const std::string& body) {
  struct Link {
    std::string_view id, name;
  };
  std::string links;
  for (const auto& link :
       {Link{"money", "Money and bad work"}, Link{"caught", "Detection"},
        Link{"executed", "Executed"}, Link{"market", "Price and supply"},
        Link{"overhead", "Overhead"}, Link{"moves", "What moves"}, Link{"table", "Numbers"},
        Link{"costs", "Costs"}, Link{"scenario", "Scenario"}, Link{"repeat", "Repeat"},
        Link{"limits", "Limits"}, Link{"glossary", "Glossary"}}) {
    if (body.find(fmt::format(R"(<section id="{}">)", link.id)) == std::string::npos) continue;
    links += fmt::format(R"(<a href="#{}">{}</a>)", link.id, link.name);
  }
  return fmt::format(R"(<nav class="sections" aria-label="Sections">{}</nav>)", links) + "\n";
}

}  // namespace

PageAssets load_page_assets(const std::filesystem::path& vega_bundle) {
  std::ifstream file(vega_bundle, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  PageAssets assets{text.str()};
  if (!file) throw std::runtime_error(vega_bundle.string() + ": cannot be read");
  if (assets.vega_bundle.find("window.vegaEmbed") == std::string::npos) {
    throw std::runtime_error(vega_bundle.string() + ": is not a bundle that sets window.vegaEmbed");
  }
  return assets;
}

std::string FigureNumbers::html(const std::optional<Figure>& figure, std::string_view css) {
  if (!figure) return "";
  ++shown_;
  std::string html = fmt::format(
      R"(<figure id="figure-{0}" class="{1}"><figcaption><h3><span class="figure-number">{2}</span>{3}</h3><p class="subtitle">{4}</p></figcaption>)",
      figure->id, css, shown_, escape(figure->title), figure->subtitle);
  for (std::size_t i = 0; i < figure->panels.size(); ++i) {
    const auto& panel = figure->panels[i];
    const auto& padding = panel.spec["padding"];
    const int height =
        panel.spec["height"].get<int>() + padding["top"].get<int>() + padding["bottom"].get<int>();
    html += fmt::format(
        R"(<div class="chart" id="chart-{0}-{1}" role="img" aria-label="{2}" style="min-height:{3}px"></div><script type="application/json" data-chart="chart-{0}-{1}">{4}</script>)",
        figure->id, i, escape(panel.aria), height, json_safe(panel.spec.dump()));
  }
  if (!figure->note.empty()) html += fmt::format(R"(<p class="note">{}</p>)", figure->note);
  html += fmt::format(
      R"(<details class="data"><summary>Show data</summary>{}<p class="tools"><button type="button" class="csv">CSV</button><button type="button" class="picture">Picture</button></p></details></figure>)",
      table_html(figure->table, "numbers"));
  return html + "\n";
}

std::string section(std::string_view id, std::string_view title, const std::string& body) {
  return fmt::format(R"(<section id="{}"><h2>{}</h2>{}</section>)", id, title, body) + "\n";
}

std::string command_html(const std::string& line) {
  return fmt::format(
      R"(<div class="command"><code>{}</code><button type="button" class="copy">Copy</button></div>)",
      escape(line));
}

std::string pair_of(const std::string& left, const std::string& right) {
  if (left.empty() && right.empty()) return "";
  return fmt::format(R"(<div class="pair">{}{}</div>)", left, right);
}

std::string_view sign_of_kind(std::string_view kind) {
  const auto found = std::find_if(kCostKinds.begin(), kCostKinds.end(),
                                  [kind](const CostKind& known) { return known.name == kind; });
  return found == kCostKinds.end() ? "" : found->sign;
}

/// What the signs of the kinds that occur mean.
std::string kinds_text(const std::vector<ReportCost>& costs) {
  std::vector<std::string> kinds;
  for (const auto& kind : kCostKinds) {
    const bool occurs = std::any_of(costs.begin(), costs.end(),
                                    [&](const ReportCost& cost) { return cost.kind == kind.name; });
    if (!occurs) continue;
    kinds.push_back(
        fmt::format("<strong>{}\u00a0{}</strong> {}", kind.sign, kind.name, kind.meaning));
  }
  return fmt::format("{}", fmt::join(kinds, ", "));
}

std::string scenario_section(const std::vector<ScenarioLine>& scenario) {
  std::string lines;
  std::size_t changed = 0;
  for (const auto& line : scenario) {
    lines += escape(line.text);
    if (!line.default_text.empty()) {
      ++changed;
      lines += fmt::format(R"( <span class="default">◂ {}</span>)", escape(line.default_text));
    }
    lines += "\n";
  }
  std::string html = fmt::format(
      R"(<p>{} of {} lines differ from the defaults; they carry <span class="default">◂</span> and the default.</p>)",
      changed, scenario.size());
  html += fmt::format(
      R"(<details id="scenario-text"><summary>effective.yaml</summary><pre>{}</pre></details>)",
      lines);
  return section("scenario", "The scenario", html);
}

std::string fact(std::string_view name, const std::string& html) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", name, html);
}

std::string events_text(std::int64_t events) {
  if (events < 1'000'000) return count(events);
  return shortest(static_cast<double>(events) * 1e-6) + " million";
}

std::string not_modelled_section(const std::vector<Entry>& entries) {
  if (entries.empty()) return "";
  std::string html;
  for (const auto& entry : entries) {
    html += fmt::format("<p><strong>{}.</strong> {}</p>", escape(entry.title), escape(entry.text));
  }
  return section("limits", "Not modelled", fmt::format(R"(<div class="columns">{}</div>)", html));
}

std::string glossary_section(const std::vector<Entry>& entries) {
  if (entries.empty()) return "";
  std::string html;
  for (const auto& entry : entries) {
    html += fmt::format(R"(<div id="{}"><dt>{}</dt><dd>{}</dd></div>)", term_anchor(entry.title),
                        escape(entry.title), escape(entry.text));
  }
  return section("glossary", "Glossary",
                 fmt::format(R"(<dl class="columns glossary">{}</dl>)", html));
}

std::string page_html(const PageFrame& frame, const std::string& banner, const std::string& answer,
                      const std::string& evidence, const PageAssets& assets) {
  std::string html = fmt::format(
      R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{} · Assay</title>
)",
      kPolicy, escape(frame.title));
  html += "<style>" + palette_css() + std::string(kPageStyle) + "</style></head>\n<body>";
  html +=
      "<noscript><p class=\"hint\">Charts are drawn with JavaScript; without it the data tables "
      "below each hold their values.</p></noscript>\n";
  html += banner;
  html += fmt::format(
      R"(<header class="masthead"><p><strong>Assay</strong> <span class="muted">{} · {}</span></p><p class="buttons"><button type="button" id="theme">Theme: auto</button><button type="button" id="print">Print</button></p></header>)",
      escape(frame.kind), escape(frame.about));
  html += "\n<main>" + answer + section_bar(evidence) + evidence + "</main>\n";
  html +=
      fmt::format(R"(<footer>Made by {} from {}. This page asks no network for anything.</footer>)",
                  escape(frame.version.substr(0, frame.version.find(" ("))), frame.made_of);
  html += R"(<script type="application/json" id="palette">)" + palette_json() + "</script>\n";
  html += "<script type=\"module\">" + script_safe(assets.vega_bundle) + "</script>\n";
  html += "<script type=\"module\">" + std::string(kPageScript) + "</script>\n</body></html>\n";
  return html;
}

}  // namespace assay::analysis
