#include <fmt/format.h>

#include <atomic>
#include <cmath>

#include "analysis/experiment.hpp"
#include "analysis/results.hpp"
#include "protocol/scenario/rules_from.hpp"
#include "tests/catch.hpp"

// The shipped attack scenarios, on both sides of the break-even that theory puts into each of them.
namespace assay {
namespace {

struct Side {
  analysis::Estimate gain;       ///< per attacker, USD
  double gain_per_lease = 0.0;   ///< USD
  double error_per_lease = 0.0;  ///< its standard error
  std::int64_t cheated_leases = 0;
};

Side run_side(const std::string& attack, double rate) {
  const std::string path = fmt::format("{}/scenarios/attacks/{}.yaml", ASSAY_SOURCE_DIR, attack);
  const std::vector<std::string> sets{fmt::format("verification.rate={:.6f}", rate)};
  const protocol::LoadedScenario loaded = protocol::load_scenario(path, sets);
  analysis::Experiment experiment;
  experiment.rules = loaded.rules;
  experiment.twin = protocol::honest_twin(*loaded.rules);
  experiment.seed = static_cast<std::uint64_t>(loaded.scenario.seed);
  experiment.replications = 8;
  experiment.jobs = 2;
  const std::atomic<bool> stop{false};
  const analysis::ExperimentResult result =
      analysis::run_experiment(experiment, stop, [](const analysis::Progress&) {});
  REQUIRE(result.failures.empty());

  const std::vector<std::size_t> attackers = analysis::attacking_groups(*loaded.rules);
  REQUIRE(attackers.size() == 1);
  const std::vector<double> gains =
      analysis::paired_gains_usd(*loaded.rules, result, attackers.front());
  Side side;
  side.gain = analysis::mean_estimate(gains);
  for (const analysis::Replication& replication : result.replications) {
    side.cheated_leases += replication.run.groups[attackers.front()].leases_bad;
  }
  const double leases_a_member =
      static_cast<double>(side.cheated_leases) /
      static_cast<double>(loaded.rules->groups[attackers.front()].count) /
      static_cast<double>(gains.size());
  side.gain_per_lease = side.gain.value / leases_a_member;
  side.error_per_lease = analysis::standard_error(gains) / leases_a_member;
  return side;
}

struct Attack {
  const char* name;
  double saved;   ///< c, or x c: what a cheated lease saves, USD
  double caught;  ///< probability that an audit of one is followed by a conviction
};

// R = 0.12, S = 1.88, c = 0.10 in all three; see the scenarios' last comments.
constexpr double kLoss = 2.00;

}  // namespace

TEST_CASE("each attack pays below its break-even and loses above it", "[validation][slow]") {
  const auto attack =
      GENERATE(Attack{"lazy", 0.10, 1.0}, Attack{"partial", 0.03, 1.0 - 364.0 / 1140.0},
               Attack{"ring", 0.10, 0.7});
  CAPTURE(attack.name);
  const double break_even = attack.saved / (attack.caught * kLoss);
  const auto theory = [&](double rate) { return attack.saved - rate * attack.caught * kLoss; };

  const Side below = run_side(attack.name, 0.8 * break_even);
  CHECK(below.cheated_leases >= 15'000);
  CHECK(below.gain.interval->low > 0.0);
  // 4.5 standard errors of eight replications: t with 7 degrees of freedom is beyond with a chance
  // of 0.3 %.
  CHECK(std::abs(below.gain_per_lease - theory(0.8 * break_even)) < 4.5 * below.error_per_lease);

  const Side above = run_side(attack.name, 1.25 * break_even);
  CHECK(above.cheated_leases >= 15'000);
  CHECK(above.gain.interval->high < 0.0);
  CHECK(std::abs(above.gain_per_lease - theory(1.25 * break_even)) < 4.5 * above.error_per_lease);
}

}  // namespace assay
