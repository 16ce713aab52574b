#include "analysis/validation/cheating_game.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>

#include "analysis/build_info.hpp"
#include "analysis/experiment.hpp"
#include "protocol/scenario/load.hpp"
#include "protocol/scenario/rules_from.hpp"

namespace assay::analysis {
namespace {

protocol::LoadedScenario load_game(const CheatingGame& game, double wear) {
  std::vector<std::string> sets{
      "demand.rate=8",
      "horizon=91 d",
      fmt::format("market.price={} USD/h", decimal_text(game.reward, 6)),
      // Always dearer than the network: nobody leaves.
      fmt::format("cloud.price={} USD/h", decimal_text(10.0 * game.reward + 1.0, 6)),
      fmt::format("verification.rate={}", decimal_text(game.rate, 9)),
      fmt::format("verification.segments={}", game.segments),
      fmt::format("actors.partial.strategy.share={}", decimal_text(game.cheated, 9)),
      fmt::format("actors.partial.strategy.independent={}", game.independent),
      "token.kind=fixed",
      "token.supply=1000000000000 tok",
  };
  for (const char* group : {"honest", "partial"}) {
    sets.push_back(fmt::format("actors.{}.wear={} USD/h", group, decimal_text(wear, 6)));
    sets.push_back(
        fmt::format("actors.{}.stake_per_slot={} tok", group, decimal_text(game.stake, 6)));
    // Whatever the audits take, it can always stake again.
    sets.push_back(fmt::format("actors.{}.balance={} tok", group,
                               decimal_text(400.0 * game.stake + 400.0, 6)));
  }
  return protocol::load_scenario(data_folder() / "scenarios/attacks/partial.yaml", sets);
}

/// Hours that the game's task takes, commitments included: wear is paid for all of them.
double hours_of_task(const protocol::Rules& rules) {
  const sim::SimDuration hour = std::chrono::hours(1);
  const protocol::Work work{protocol::WorkloadId{0}, hour, rules.execution->segments(hour)};
  SIM_CHECK(work.segments == kSegmentsOfGame);
  return sim::to_seconds(rules.execution->cost(work, rules.setting.reference).length) / 3600.0;
}

double profit_per_lease(const protocol::Rules& rules, const RunOutcome& run, std::size_t group) {
  return profit_per_member_usd(rules, run, group) * rules.groups[group].count /
         static_cast<double>(run.groups[group].leases_committed);
}

}  // namespace

std::string decimal_text(double value, int places) { return fmt::format("{:.{}f}", value, places); }

ExperimentResult replicate(std::shared_ptr<const protocol::Rules> rules,
                           std::shared_ptr<const protocol::Rules> twin, std::uint64_t seed,
                           int scale) {
  Experiment experiment;
  experiment.rules = std::move(rules);
  experiment.twin = std::move(twin);
  experiment.seed = seed;
  experiment.replications = 20 * scale;
  experiment.jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const std::atomic<bool> stop{false};
  ExperimentResult result = run_experiment(experiment, stop, [](const Progress&) {});
  SIM_CHECK(result.failures.empty());
  return result;
}

Measured zero_between(const Point& low, const Point& high) {
  const double fall = low.value.value - high.value.value;
  const double width = high.at - low.at;
  const double at = low.at + width * low.value.value / fall;
  const double of_low = width * -high.value.value / (fall * fall);
  const double of_high = width * low.value.value / (fall * fall);
  return {at, std::hypot(of_low * low.value.standard_error, of_high * high.value.standard_error),
          low.value.replications};
}

Measured measure_gain(const CheatingGame& game, std::uint64_t seed, int scale) {
  const double hours = hours_of_task(*load_game(game, 1.0).rules);
  const protocol::LoadedScenario loaded = load_game(game, game.cost / hours);
  const ExperimentResult result =
      replicate(loaded.rules, protocol::honest_twin(*loaded.rules), seed, scale);

  const std::size_t group = attacking_groups(*loaded.rules).front();
  std::vector<double> gains;
  for (const Replication& replication : result.replications) {
    gains.push_back(profit_per_lease(*loaded.rules, replication.run, group) -
                    profit_per_lease(*loaded.rules, *replication.twin, group));
  }
  return {mean(gains), standard_error(gains), static_cast<int>(gains.size())};
}

Measured measure_break_even(CheatingGame game, double near, std::uint64_t seed, int scale) {
  const double low = 0.8 * near;
  const double high = 1.25 * near;
  game.rate = low;
  const Measured below = measure_gain(game, seed, scale);
  game.rate = high;
  const Measured above = measure_gain(game, sim::mix(seed, 1), scale);
  return zero_between({low, below}, {high, above});
}

Measured measure_slash_lands(double unbonding_d, double delay_d, std::uint64_t seed, int scale) {
  // Measured when delays of every length have had the time to end: e^-8 of them are longer.
  const double warm_up_d = 8.0 * delay_d;
  const std::vector<std::string> sets{
      fmt::format("warm_up={} h", std::llround(24.0 * warm_up_d) + 1),
      fmt::format("horizon={} h", std::llround(24.0 * (warm_up_d + 20.0)) + 1),
      "demand.rate=4",
      "verification.rate=1",
      fmt::format("verification.delay={} s", std::llround(86'400.0 * delay_d)),
      fmt::format("slashing.unbonding={} s", std::llround(86'400.0 * unbonding_d)),
      "token.kind=fixed",
      "token.supply=1000000000000 tok",
  };
  const protocol::LoadedScenario loaded =
      protocol::load_scenario(data_folder() / "scenarios/attacks/exit-scam.yaml", sets);
  const ExperimentResult result = replicate(loaded.rules, nullptr, seed, scale);
  const std::size_t group = attacking_groups(*loaded.rules).front();
  std::vector<double> covered;
  for (const Replication& replication : result.replications) {
    const protocol::GroupTotals& totals = replication.run.groups[group];
    covered.push_back(static_cast<double>(totals.slashed_utok) /
                      static_cast<double>(totals.slashed_utok + totals.uncovered_utok));
  }
  return {mean(covered), standard_error(covered), static_cast<int>(covered.size())};
}

Measured measure_undetected(double ring, int verifiers, std::uint64_t seed, int scale) {
  constexpr int kVerifiers = 10'000;
  const int in_ring = static_cast<int>(std::lround(ring * kVerifiers));
  std::vector<std::string> sets{
      "horizon=11 d",
      "verification.rate=1",
      fmt::format("verification.verifiers={}", verifiers),
      "token.kind=fixed",
      "token.supply=1000000000000 tok",
      // A conviction costs next to nothing: the ring goes on for ever.
      "actors.ring.stake_per_slot=0.001 tok",
      fmt::format("actors.verifiers.count={}", kVerifiers - in_ring),
      fmt::format("actors.ring-verifiers.count={}", std::max(1, in_ring)),
  };
  // A ring without a verifier is one whose verifiers check like everybody else.
  if (in_ring == 0) sets.push_back("actors.ring-verifiers.strategy=honest");
  const protocol::LoadedScenario loaded =
      protocol::load_scenario(data_folder() / "scenarios/attacks/ring.yaml", sets);
  const ExperimentResult result = replicate(loaded.rules, nullptr, seed, scale);
  const std::size_t group = attacking_groups(*loaded.rules).front();
  std::vector<double> undetected;
  for (const Replication& replication : result.replications) {
    const protocol::GroupTotals& totals = replication.run.groups[group];
    undetected.push_back(1.0 - static_cast<double>(totals.bad_flagged) /
                                   static_cast<double>(totals.bad_audited));
  }
  return {mean(undetected), standard_error(undetected), static_cast<int>(undetected.size())};
}

}  // namespace assay::analysis
