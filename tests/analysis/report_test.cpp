#include "analysis/report/report.hpp"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "analysis/build_info.hpp"
#include "analysis/report/figures.hpp"
#include "tests/analysis/report_fixtures.hpp"
#include "tests/catch.hpp"

using namespace assay::analysis;
using Catch::Matchers::Matches;

namespace {

/// A stand-in for the drawing library: what the page says does not depend on it.
const PageAssets kNoCharts{"window.vegaEmbed = 0; const end = '</script>';"};

std::string page_of(const ReportData& data) { return render(data, kNoCharts); }

bool holds(const std::string& page, const std::string& text) {
  return page.find(text) != std::string::npos;
}

std::size_t occurrences(const std::string& page, const std::string& text) {
  std::size_t n = 0;
  for (auto at = page.find(text); at != std::string::npos; at = page.find(text, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("report data survive the way through JSON", "[analysis]") {
  for (const auto& data :
       {fixtures::mixed(), fixtures::single(), fixtures::nobody(), fixtures::executed()}) {
    const auto text = to_json(data);
    CHECK(to_json(report_data_from_json(text)) == text);
    CHECK(page_of(report_data_from_json(text)) == page_of(data));
  }
  CHECK_THROWS_AS(report_data_from_json("{}"), std::runtime_error);
  CHECK_THROWS_AS(report_data_from_json("{"), std::runtime_error);
  auto missing = nlohmann::json::parse(to_json(fixtures::mixed()));
  missing.erase("won_share");
  CHECK_THROWS_WITH(report_data_from_json(missing.dump()), Matches(".*won_share.*"));
}

TEST_CASE("the page says its verdicts", "[analysis]") {
  const auto page = page_of(fixtures::mixed());
  CHECK(holds(
      page,
      "<h1>Auditing 5\u00a0% of tasks deters lazy work and partial work, but the ring pays.</h1>"));
  CHECK(holds(page,
              "Theory (V2) puts the break-even at 4.5\u00a0%; the 5\u00a0% set is above it, and "
              "predicts this gain."));
  CHECK(holds(page, "Two attacks lose, one gains"));
  CHECK(holds(page, "By theory the ring needs 5.3\u00a0% audits"));
  CHECK(holds(
      page,
      "Honest providers were slashed in 0 of 84,296 audits (below 0.004\u00a0%, with 95\u00a0% "
      "confidence)."));
  CHECK(holds(
      page,
      "The verdict on lazy work and the ring changes within the error band of step time on "
      "other cards (−20\u00a0% to +24\u00a0%) and of 3 other costs. That on partial work does "
      "not."));
  CHECK(holds(page,
              "8 replications, each attack paired with staying honest under the same draws. The 3 "
              "verdicts hold together with 95\u00a0% confidence (Holm)."));
  CHECK(holds(page, R"(<span class="basis">firm</span>)"));
  CHECK(occurrences(page, R"(<span class="basis">rests on costs</span>)") == 2);
  CHECK_FALSE(holds(page, R"(class="warning")"));
}

TEST_CASE("what was executed is said first, and said where no gain can be told", "[analysis]") {
  auto data = fixtures::executed();
  CHECK(holds(page_of(data),
              "<h1>26 of 51 claims that were executed had other bits than honest work; the 3 "
              "disputes convicted 2 cheating providers and 1 false challenger and no honest "
              "provider. 4 replications over 2\u00a0days cannot tell what cheating earns.</h1>"));
  CHECK(holds(page_of(data), R"(<a href="#executed">Executed</a>)"));
  data.attacks.front().evidence.gains_usd = fixtures::around(-6, 0.6, 4);
  CHECK(holds(page_of(data),
              "no honest provider. Auditing 40\u00a0% of tasks deters the one attack "
              "tried: lazy work.</h1>"));
  // It is counted and not supposed.
  data.executed->disputes.back().loser = "provider";
  CHECK(holds(page_of(data), "convicted 2 cheating providers and 1 honest provider. Auditing"));
  data.executed->disputes.clear();
  data.executed->differing = 0;
  CHECK(holds(page_of(data),
              "<h1>None of 51 claims that were executed had other bits than honest "
              "work. Auditing"));
}

TEST_CASE("a key with more names than fit beside each other takes more lines", "[analysis]") {
  const auto stages = stages_figure(PageContext(fixtures::executed()))->panels.front().spec;
  const auto few = stages_figure(PageContext(fixtures::mixed()))->panels.front().spec;
  CHECK(stages["padding"]["top"].get<int>() > few["padding"]["top"].get<int>());
  double widest = 0.0;
  for (const auto& layer : stages["layer"]) {
    if (!layer.contains("layer")) continue;
    for (const auto& part : layer["layer"]) {
      if (part["mark"]["type"] != "text") continue;
      widest = std::max(widest, part["encoding"]["x"]["value"].get<double>() +
                                    text_width(part["mark"]["text"].get<std::string>()));
    }
  }
  // From the left margin to the edge of half of a page of 760 pixels.
  CHECK(widest + stages["padding"]["left"].get<double>() < 336.0);
  CHECK(widest > 150.0);
}

TEST_CASE("a run with cost errors says what becomes of the gains", "[analysis]") {
  auto data = fixtures::mixed();
  const std::string advice = "<code>assay run --cost-errors</code>";
  CHECK(holds(page_of(data), "chance at 95\u00a0%, not errors of costs."));
  CHECK(holds(page_of(data), advice));
  data.cost_errors = {{"gain_" + data.attacks[0].strategy + "_usd",
                       "Gain",
                       "USD",
                       {-6, Interval{-8, -4}},
                       {-11, 2}},
                      {"profit", "Profit", "USD", {6, Interval{4, 8}}, {-2, 11}}};
  const auto page = page_of(data);
  CHECK_FALSE(holds(page, advice));
  CHECK_FALSE(holds(page, "not errors of costs"));
  CHECK(holds(page,
              "With the error bands of step times, the gain of lazy work lies in "
              "[−11.0,\u00a02.0]\u00a0USD (zero inside)."));
  // Zero is a verdict of gains only.
  CHECK(holds(page, "<strong>[−11.0,\u00a02.0]</strong>"));
  CHECK_FALSE(holds(page, "<strong>[−2.0"));
  CHECK(holds(page, "[−2.0,\u00a011.0]"));
}

TEST_CASE("the next step is a run that tells more", "[analysis]") {
  // The ring pays at 5 %, theory's highest break-even is 5.3 %: 5.83 %, rounded up to two digits.
  CHECK(holds(page_of(fixtures::mixed()), "--set verification.rate=5.9%"));
  auto all_lose = fixtures::mixed();
  all_lose.attacks
      .pop_back();  // the highest break-even left is 4.5 %: 4.95 % is just below the 5 %
  CHECK(holds(page_of(all_lose), "--set verification.rate=5%"));
  auto open = fixtures::mixed();
  open.attacks[0].evidence.gains_usd = fixtures::around(2, 4);
  CHECK(holds(page_of(open), "--replications"));
  CHECK(holds(page_of(open), "About "));
  CHECK_FALSE(holds(page_of(fixtures::nobody()), "Next step"));
  CHECK_FALSE(holds(page_of(fixtures::unaudited()), "Next step"));
}

TEST_CASE("with audits off the page says the opposite", "[analysis]") {
  const auto page = page_of(fixtures::unaudited());
  CHECK(holds(
      page,
      "<h1>Nothing is audited, and every attack tried pays: lazy work and partial work.</h1>"));
  CHECK_FALSE(holds(page, "deters"));
  CHECK_FALSE(holds(page, "Deterred means that cheating loses; the cheats"));
  CHECK(holds(page, "No honest work was audited, so no honest provider was slashed."));
  CHECK(holds(page, "For lazy work and partial work no closed form says which costs would."));
}

TEST_CASE("one replication has no interval and the page says so", "[analysis]") {
  const auto page = page_of(fixtures::single());
  CHECK(holds(page, "<h1>Too few replications for a verdict.</h1>"));
  CHECK(holds(page, "1 replication cannot carry a verdict; at least 4 are needed."));
  CHECK(holds(page, "1 replication: no interval can be given"));
  CHECK_FALSE(holds(page, R"(<span class="bracket">)"));
  CHECK(holds(page, "--replications 8"));
}

TEST_CASE("what shakes the whole page stands above it", "[analysis]") {
  auto data = fixtures::nobody();
  auto page = page_of(data);
  CHECK(holds(
      page, "<h1>Nobody attacks in this scenario, so the run says nothing about deterrence.</h1>"));
  CHECK(holds(page, "<strong>The run was cut short.</strong> 8 of 32 replications finished"));
  CHECK(holds(
      page,
      "<strong>Honest providers lose money:</strong> 4.2\u00a0USD\u00a0[3.7,\u00a04.7] each"));
  CHECK(holds(page, "<strong>The network is dearer than the cloud:</strong>"));
  CHECK_FALSE(holds(page, "The books do not balance"));
  CHECK(page.find("The run was cut short") < page.find("<h1>"));
  data.books_balance = false;
  CHECK(holds(page_of(data), "The books do not balance"));
}

TEST_CASE("an honest slash is said in bold with its rate", "[analysis]") {
  auto data = fixtures::mixed();
  data.honest_slashes = 3;
  const auto page = page_of(data);
  CHECK(holds(page,
              "<strong>Honest providers were slashed in 0.004\u00a0%\u00a0[0.001,\u00a00.010] of "
              "84,296 audits.</strong>"));
  CHECK_FALSE(holds(page, "No honest provider was slashed"));
}

TEST_CASE("a contradiction of theory stands in bold", "[analysis]") {
  auto data = fixtures::mixed();
  data.attacks[2].evidence.theory.gain_usd = -12.0;
  CHECK(holds(page_of(data),
              "<strong>Theory (V2, V5) puts the break-even at 5.3\u00a0%; the 5\u00a0% set is "
              "below it, and predicts −12\u00a0USD: it contradicts the run; look here "
              "first.</strong>"));
}

TEST_CASE("scenario text cannot become markup or end a script", "[analysis]") {
  auto data = fixtures::mixed();
  data.question = "<script>alert(1)</script>";
  data.supply[0].name = "</script><img src=x>";
  const auto page = page_of(data);
  CHECK_FALSE(holds(page, "<script>alert"));
  CHECK_FALSE(holds(page, "<img"));
  CHECK(holds(page, "&lt;/script&gt;&lt;b&gt;not markup&lt;/b&gt;"));
  // Every element that was opened is closed once: nothing inside ended one early.
  CHECK(occurrences(page, "<script") == occurrences(page, "</script>"));
}

TEST_CASE("a page asks nothing of a network and explains every term it links", "[analysis]") {
  const auto page = page_of(fixtures::mixed());
  CHECK(holds(page, "default-src &#39;none&#39;") != holds(page, "default-src 'none'"));
  for (const std::string_view attribute : {"src", "href", "action"}) {
    for (const std::string_view address :
         {"=//", "=\"//", "=http:", "=\"http:", "=https:", "=\"https:"}) {
      CHECK_FALSE(holds(page, std::string(attribute) + std::string(address)));
    }
  }
  const std::string_view link = "href=\"#";
  int links = 0;
  for (std::size_t at = page.find(link); at != std::string::npos; at = page.find(link, at + 1)) {
    const std::size_t begin = at + link.size();
    CHECK(holds(page, "id=\"" + page.substr(begin, page.find('"', begin) - begin) + "\""));
    ++links;
  }
  CHECK(links > 15);
}

TEST_CASE("figures are numbered in the order of the page", "[analysis]") {
  const auto page = page_of(fixtures::mixed());
  std::size_t at = 0;
  for (int number = 1; number <= 10; ++number) {
    const auto next =
        page.find("<span class=\"figure-number\">" + std::to_string(number) + "</span>");
    REQUIRE(next != std::string::npos);
    CHECK(next > at);
    at = next;
  }
}

TEST_CASE("a page without its bundle says what is wrong with it", "[analysis]") {
  CHECK_THROWS_WITH(load_page_assets("no/such/bundle.js"),
                    Matches(".*no/such/bundle\\.js: cannot be read.*"));
}

// Writes the pages that tests/browser opens. Hidden, because it is that test's fixture.
TEST_CASE("the pages that the browser test opens are written", "[.report-pages]") {
  const auto bundle = vega_bundle();
  INFO(kVegaBundleMissing);
  REQUIRE(bundle.has_value());
  const auto assets = load_page_assets(*bundle);
  const std::filesystem::path folder = ASSAY_REPORT_PAGES;
  std::filesystem::create_directories(folder);
  for (const auto& [name, data] :
       {std::pair{"mixed", fixtures::mixed()}, std::pair{"unaudited", fixtures::unaudited()},
        std::pair{"single", fixtures::single()}, std::pair{"nobody", fixtures::nobody()},
        std::pair{"executed", fixtures::executed()}}) {
    const auto page = render(data, assets);
    CHECK(page.size() < 1'300'000);
    std::ofstream file(folder / (std::string(name) + ".html"), std::ios::binary);
    file << page;
    CHECK(file.good());
  }
}
