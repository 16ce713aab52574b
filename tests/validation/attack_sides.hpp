#pragma once

#include <fmt/format.h>

#include <atomic>
#include <cmath>
#include <string>
#include <vector>

#include "analysis/experiment.hpp"
#include "analysis/results.hpp"
#include "protocol/scenario/load.hpp"
#include "protocol/scenario/rules_from.hpp"
#include "tests/catch.hpp"

// A shipped attack scenario under changed keys: what it gained against its honest twin.
namespace assay {

struct Side {
  analysis::Estimate gain;       ///< per attacker, USD
  double gain_per_lease = 0.0;   ///< USD, of the leases counted
  double error_per_lease = 0.0;  ///< its standard error
  std::int64_t leases = 0;       ///< the attackers', of the kind that was counted
  protocol::GroupTotals totals;  ///< the attackers', of the first replication
  std::vector<double> gains;     ///< per attacker, by replication, USD
};

/// Runs scenarios/attacks/`attack`.yaml; `counted` are the leases that the gain is divided by.
inline Side run_side(const std::string& attack, const std::vector<std::string>& sets,
                     std::int64_t protocol::GroupTotals::*counted) {
  const std::string path = fmt::format("{}/scenarios/attacks/{}.yaml", ASSAY_SOURCE_DIR, attack);
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
  Side side;
  side.gains = analysis::paired_gains_usd(*loaded.rules, result, attackers.front());
  side.gain = analysis::mean_estimate(side.gains);
  side.totals = result.replications.front().run.groups[attackers.front()];
  for (const analysis::Replication& replication : result.replications) {
    side.leases += replication.run.groups[attackers.front()].*counted;
  }
  const double leases_a_member =
      static_cast<double>(side.leases) /
      static_cast<double>(loaded.rules->groups[attackers.front()].count) /
      static_cast<double>(side.gains.size());
  side.gain_per_lease = side.gain.value / leases_a_member;
  side.error_per_lease = analysis::standard_error(side.gains) / leases_a_member;
  return side;
}

/// Within 4.5 standard errors of eight replications: t with 7 degrees of freedom is beyond with a
/// chance of 0.3 %.
inline bool agrees(const Side& side, double expected_per_lease) {
  return std::abs(side.gain_per_lease - expected_per_lease) < 4.5 * side.error_per_lease;
}

}  // namespace assay
