#include <fmt/format.h>

#include <atomic>
#include <cmath>

#include "analysis/experiment.hpp"
#include "analysis/results.hpp"
#include "protocol/scenario/rules_from.hpp"
#include "tests/catch.hpp"

// Stakes in a token whose price falls.
namespace assay {
namespace {

struct Side {
  double gain = 0.0;  ///< of a cheated lease, USD
  double error = 0.0;
  double theory = 0.0;
};

/// The scenario at this stake, and what V2 says of it when tokens count at the last day's price.
Side crash(double stake) {
  const std::vector<std::string> sets{fmt::format("actors.lazy.stake_per_slot={:.6f} tok", stake)};
  const protocol::LoadedScenario loaded =
      protocol::load_scenario(ASSAY_SOURCE_DIR "/scenarios/attacks/price-crash.yaml", sets);
  const protocol::Rules& rules = *loaded.rules;
  double last = 1.0;
  std::vector<double> prices;
  for (std::uint64_t day = 1; day <= 30; ++day) {
    last = protocol::usd_per_token(rules.token->next({}, day, {}));
    prices.push_back(last);
  }
  double ratio = 0.0;  // of the last price to that of the lease's day
  for (const double price : prices) ratio += last / price / 30.0;

  analysis::Experiment experiment;
  experiment.rules = loaded.rules;
  experiment.twin = protocol::honest_twin(rules);
  experiment.seed = 1;
  experiment.replications = 8;
  experiment.jobs = 2;
  const std::atomic<bool> stop{false};
  const analysis::ExperimentResult result =
      analysis::run_experiment(experiment, stop, [](const analysis::Progress&) {});
  REQUIRE(result.failures.empty());
  const std::size_t lazy = analysis::attacking_groups(rules).front();
  const std::vector<double> gains = analysis::paired_gains_usd(rules, result, lazy);
  double leases = 0.0;
  for (const analysis::Replication& replication : result.replications) {
    leases += static_cast<double>(replication.run.groups[lazy].leases_bad);
  }
  const double of_a_member = leases / rules.groups[lazy].count / static_cast<double>(gains.size());
  return {analysis::mean(gains) / of_a_member, analysis::standard_error(gains) / of_a_member,
          0.10 - 0.0625 * (0.12 * ratio + stake * last)};
}

}  // namespace

TEST_CASE("a stake in tokens deters at the price of the end", "[validation][slow]") {
  // 1.88 tokens deter at a constant price: lazy.yaml loses 0.025 a lease at the same audit rate.
  const Side shipped = crash(1.88);
  CHECK(shipped.theory == Approx(0.0556).margin(5e-4));
  CHECK(shipped.gain > 4.0 * shipped.error);
  // 4.5 standard errors of eight replications: t with 7 degrees of freedom is beyond with a chance
  // of 0.3 %.
  CHECK(std::abs(shipped.gain - shipped.theory) < 4.5 * shipped.error);
  const Side below = crash(0.8 * 4.4526);
  CHECK(below.gain > 0.0);
  CHECK(std::abs(below.gain - below.theory) < 4.5 * below.error);
  const Side above = crash(1.25 * 4.4526);
  CHECK(above.gain < 0.0);
  CHECK(std::abs(above.gain - above.theory) < 4.5 * above.error);
}

}  // namespace assay
