#include <filesystem>
#include <fstream>

#include "analysis/build_info.hpp"
#include "analysis/report/attack_page.hpp"
#include "analysis/report/compare_page.hpp"
#include "analysis/report/sweep_page.hpp"
#include "analysis/report/tune_page.hpp"
#include "tests/analysis/study_fixtures.hpp"
#include "tests/catch.hpp"

namespace assay::analysis {

// The browser test opens these beside the pages of runs. Hidden, because it is that test's fixture.
TEST_CASE("the pages of studies that the browser test opens are written", "[.report-pages]") {
  const auto bundle = vega_bundle();
  INFO(kVegaBundleMissing);
  REQUIRE(bundle.has_value());
  const auto assets = load_page_assets(*bundle);
  const std::filesystem::path folder = ASSAY_REPORT_PAGES;
  std::filesystem::create_directories(folder);
  const auto write = [&](const char* name, const std::string& page) {
    CHECK(page.size() < 1'300'000);
    std::ofstream file(folder / (std::string(name) + ".html"), std::ios::binary);
    file << page;
    CHECK(file.good());
  };
  write("attack", render(fixtures::table_of_attacks(), assets));
  write("tune", render(fixtures::tuned_rate(), assets));
  write("compare", render(fixtures::comparison_of_rates(), assets));
  write("sweep", render(fixtures::sweep_of_rates(), assets));
  write("grid", render(fixtures::sweep_of_rates_and_shares(), assets));
}

TEST_CASE("a sweep's page marks theory's break-evens where there are any", "[analysis]") {
  Sweep sweep = fixtures::sweep_of_rates();
  const std::string marked = render(sweep, PageAssets{"window.vegaEmbed"});
  CHECK(marked.find("◇ break-even by theory: lazy 5.0\u00a0% (V2) and partial 2.4\u00a0% (V3).") !=
        std::string::npos);
  // On the axis of logarithms that this sweep has: lg 0.05 = -1.301.
  CHECK(marked.find(R"("x":-1.301)") != std::string::npos);
  sweep.theory.clear();
  CHECK(render(sweep, PageAssets{"window.vegaEmbed"}).find("◇") == std::string::npos);
}

TEST_CASE("a metric without a sample keeps its column of dashes", "[analysis]") {
  Sweep sweep = fixtures::sweep_of_rates();
  for (auto& samples : sweep.metrics[0].samples) samples.clear();  // of lazy work
  const std::string page = render(sweep, PageAssets{"window.vegaEmbed"});
  CHECK(page.find("<th scope=\"col\">Gain of lazy</th><th scope=\"col\">Gain of partial</th>") !=
        std::string::npos);
}

TEST_CASE("a study's page escapes what a scenario says and names what failed", "[analysis]") {
  Sweep sweep = fixtures::sweep_of_rates();
  sweep.facts.question = "<script>alert(1)</script>?";
  sweep.facts.failures = {"Replication 3 failed: <books>"};
  const std::string page = render(sweep, PageAssets{"window.vegaEmbed"});
  CHECK(page.find("<script>alert(1)") == std::string::npos);
  CHECK(page.find("Replication 3 failed: &lt;books&gt;") != std::string::npos);
  CHECK(page.find("assay sweep scenarios/attacks/lazy.yaml") != std::string::npos);
}

}  // namespace assay::analysis
