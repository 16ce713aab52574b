#include <atomic>

#include "analysis/experiment.hpp"
#include "analysis/results.hpp"
#include "protocol/scenario/rules_from.hpp"
#include "sim/math.hpp"
#include "tests/catch.hpp"

namespace assay {

TEST_CASE("the quickstart is a market in which prices mean something", "[validation][slow]") {
  const protocol::LoadedScenario loaded =
      protocol::load_scenario(ASSAY_SOURCE_DIR "/scenarios/quickstart.yaml");
  const protocol::Rules& rules = *loaded.rules;
  // 106,797 rows, 8 of them of zero duration and left out.
  CHECK(rules.demand->arrivals() == 106'789u);
  CHECK(rules.demand->skipped() == 8u);

  analysis::Experiment experiment;
  experiment.rules = loaded.rules;
  experiment.twin = protocol::honest_twin(rules);
  experiment.seed = static_cast<std::uint64_t>(loaded.scenario.seed);
  experiment.replications = 2;
  experiment.jobs = 2;
  const std::atomic<bool> stop{false};
  const analysis::ExperimentResult result =
      analysis::run_experiment(experiment, stop, [](const analysis::Progress&) {});
  REQUIRE(result.failures.empty());

  for (const analysis::Replication& replication : result.replications) {
    const analysis::RunOutcome& run = replication.run;
    CHECK(run.books_balance);
    CHECK(replication.twin->books_balance);
    std::vector<double> price;
    std::vector<double> utilisation;
    for (std::size_t day = 14; day < run.cells.size(); ++day) {
      const protocol::Cell& cell = run.cells[day];
      if (cell.awarded_work_us == 0) continue;
      price.push_back(static_cast<double>(cell.awarded_uusd) /
                      static_cast<double>(cell.awarded_work_us));
      utilisation.push_back(static_cast<double>(cell.busy_slot_us));
    }
    CHECK(price.size() >= 70);
    CHECK(analysis::spearman(price, utilisation).value() > 0.5);
    CHECK(sim::sample_quantile(price, 0.95) > 1.3 * sim::sample_quantile(price, 0.05));

    for (const analysis::Metric& metric : analysis::metrics(rules, run)) {
      if (metric.name == "utilisation") {
        CHECK(metric.value > 0.60);
        CHECK(metric.value < 0.75);
      }
      if (metric.name == "network_share") {
        CHECK(metric.value > 0.5);
        CHECK(metric.value < 1.0);
      }
    }
    // Nobody cheats in the twin, and nobody is caught there.
    for (const protocol::GroupTotals& group : replication.twin->groups) {
      CHECK(group.leases_bad == 0);
      CHECK(group.slashed == group.honest_slashed);
    }
  }
}

}  // namespace assay
