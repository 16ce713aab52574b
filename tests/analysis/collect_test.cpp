#include "analysis/report/collect.hpp"

#include <atomic>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "analysis/build_info.hpp"
#include "analysis/report/report.hpp"
#include "protocol/scenario/load.hpp"
#include "protocol/scenario/rules_from.hpp"
#include "tests/catch.hpp"

using namespace assay::analysis;
namespace protocol = assay::protocol;

namespace {

const PageAssets kNoCharts{"window.vegaEmbed = 0;"};

/// Runs a shipped scenario with `sets` laid over it, and collects its report.
ReportData collected(const std::string& scenario, const std::vector<std::string>& sets) {
  const std::string path = std::string(ASSAY_SOURCE_DIR) + "/scenarios/" + scenario;
  const auto loaded = protocol::load_scenario(path, sets);
  Experiment experiment;
  experiment.rules = loaded.rules;
  if (loaded.scenario.twins) experiment.twin = protocol::honest_twin(*loaded.rules);
  experiment.replications = loaded.scenario.replications;
  const std::atomic<bool> stop{false};
  const auto result = run_experiment(experiment, stop, [](const Progress&) {});
  return collect({path, loaded, result, experiment.seed, experiment.replications, 1, "assay run"},
                 "out/x");
}

std::string headline_of(const ReportData& data) {
  const auto page = render(data, kNoCharts);
  const auto at = page.find("<h1>") + 4;
  return page.substr(at, page.find("</h1>") - at);
}

}  // namespace

TEST_CASE("a run's report has every quantity of its run", "[analysis]") {
  const auto data = collected("attacks/lazy.yaml", {"verification.rate=20%"});
  CHECK(data.providers == 200);
  CHECK(data.replications == 4);
  CHECK(data.replication_digests.size() == 4);
  CHECK(data.books_balance);
  REQUIRE(data.attacks.size() == 1);
  const auto& attack = data.attacks.front();
  CHECK(attack.evidence.noun == "lazy work");
  CHECK(attack.evidence.subject == "A provider who skips all work");
  CHECK(attack.evidence.gains_usd.size() == 4);
  CHECK(attack.evidence.bad_leases > 10'000);
  // The scenario is built on c = 0.10, R = 0.12, S = 1.88: q* = 5 %, but a task also pays hashing
  // time, which raises the cost a little.
  CHECK(attack.evidence.theory.formulas == "V2");
  CHECK(*attack.evidence.theory.break_even_rate == Approx(0.05).epsilon(0.02));
  CHECK(data.accepted_bad_share.size() == 4);
  CHECK(data.detection.front().median_d.size() == 4);
  CHECK(data.overhead.size() == 3);
  CHECK(data.supply.size() == 2);
  CHECK_FALSE(data.costs.empty());
  CHECK(data.audited_segments == 3);
  // Nobody is ever away here, and the three parts of a group's time are all of it.
  for (const auto& group : data.supply) {
    for (std::size_t i = 0; i < 4; ++i) {
      CHECK(group.away_share[i] == Approx(0.0).margin(1e-9));
      CHECK(group.sold_share[i] + group.idle_share[i] + group.away_share[i] == Approx(1.0));
    }
  }
  // The last point of the curve is the profit that the run reports.
  const auto& honest = data.profit_usd.front();
  CHECK(honest.strategy == "honest");
  CHECK(honest.mean.back() == Approx(mean(data.honest_profit_usd)).epsilon(0.01));
  CHECK(honest.mean.size() == data.grid_d.size());
  CHECK(data.grid_d.back() == Approx(31.0));
  CHECK(headline_of(data) == "Auditing 20\u00a0% of tasks deters the one attack tried: lazy work.");
  // JSON has no word for what is not a number.
  CHECK(to_json(report_data_from_json(to_json(data))) == to_json(data));
}

TEST_CASE("the reference device's step time turns no verdict", "[analysis]") {
  const auto turns = [](const ReportData& data) {
    std::size_t n = 0;
    for (const ReportCost& cost : data.costs) n += cost.band.turns.size();
    return n;
  };
  // All cards are reference devices, and work is counted in their hours.
  const auto alone = collected("attacks/lazy.yaml", {});
  CHECK(turns(alone) == 0);
  const auto page = render(alone, kNoCharts);
  CHECK(page.find("No cost: every verdict stands throughout") != std::string::npos);
  CHECK(page.find("can turn a verdict") == std::string::npos);
  CHECK(page.find("--cost-errors") == std::string::npos);  // it would add no band
  // On another card the same attack rests on a transferred step time.
  const auto other = collected("attacks/lazy.yaml", {"actors.lazy.hardware=RTX 3080 Ti"});
  CHECK(turns(other) == 1);
  CHECK(render(other, kNoCharts).find("--cost-errors") != std::string::npos);
}

TEST_CASE("a report of a run without audits says the opposite", "[analysis]") {
  const auto none = collected("attacks/lazy.yaml", {"verification=none"});
  CHECK(headline_of(none) == "Nothing is audited, and the one attack tried pays: lazy work.");
  CHECK_FALSE(none.rate_can_be_set);
  const auto zero = collected("attacks/lazy.yaml", {"verification.rate=0%"});
  CHECK(headline_of(zero) == "Nothing is audited, and the one attack tried pays: lazy work.");
  CHECK(zero.rate_can_be_set);
}

TEST_CASE("a ring's own verifiers enter its theory", "[analysis]") {
  const auto data = collected("attacks/ring.yaml", {});
  REQUIRE(data.attacks.size() == 1);
  CHECK(data.attacks.front().evidence.theory.formulas == "V2, V5");
  CHECK(data.attacks.front().evidence.subject.starts_with("Each of the "));
}

TEST_CASE("a report without twins or with one replication invents nothing", "[analysis]") {
  const auto alone = collected("attacks/lazy.yaml", {"twins=false"});
  CHECK(headline_of(alone) == "Without honest twins this run gives no verdict.");
  const auto once = collected("attacks/lazy.yaml", {"replications=1"});
  CHECK(headline_of(once) == "Too few replications for a verdict.");
  CHECK(render(once, kNoCharts).find("class=\"bracket\"") == std::string::npos);
}

// One page of a real run for tests/browser, beside the invented ones.
TEST_CASE("the page of a real run is written for the browser test", "[.report-pages]") {
  const auto bundle = vega_bundle();
  INFO(kVegaBundleMissing);
  REQUIRE(bundle.has_value());
  const auto page =
      render(collected("attacks/ring.yaml", {"replications=8"}), load_page_assets(*bundle));
  CHECK(page.size() < 1'300'000);
  const std::filesystem::path folder = ASSAY_REPORT_PAGES;
  std::filesystem::create_directories(folder);
  std::ofstream file(folder / "run.html", std::ios::binary);
  file << page;
  CHECK(file.good());
}
