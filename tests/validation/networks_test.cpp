#include <fmt/format.h>

#include <atomic>
#include <cmath>

#include "analysis/experiment.hpp"
#include "analysis/results.hpp"
#include "protocol/scenario/load.hpp"
#include "protocol/scenario/rules_from.hpp"
#include "tests/catch.hpp"

// The shipped networks, each by a property that its design claims.
namespace assay {
namespace {

/// A network as it is shipped, or with changes, run as often as it says.
struct Network {
  std::shared_ptr<const protocol::Rules> rules;
  analysis::ExperimentResult result;

  explicit Network(const std::string& name, const std::vector<std::string>& sets = {}) {
    const protocol::LoadedScenario loaded = protocol::load_scenario(
        fmt::format("{}/scenarios/networks/{}.yaml", ASSAY_SOURCE_DIR, name), sets);
    rules = loaded.rules;
    analysis::Experiment experiment;
    experiment.rules = rules;
    experiment.twin = protocol::honest_twin(*rules);
    experiment.seed = static_cast<std::uint64_t>(loaded.scenario.seed);
    experiment.replications = loaded.scenario.replications;
    experiment.jobs = 2;
    const std::atomic<bool> stop{false};
    result = analysis::run_experiment(experiment, stop, [](const analysis::Progress&) {});
    REQUIRE(result.failures.empty());
  }

  [[nodiscard]] std::size_t group(std::string_view name) const {
    for (std::size_t g = 0; g < rules->groups.size(); ++g) {
      if (rules->groups[g].name == name) return g;
    }
    FAIL("no such group");
    return 0;
  }
  /// A counter of a group, over all replications.
  [[nodiscard]] double sum(std::string_view name,
                           std::int64_t protocol::GroupTotals::*counter) const {
    double total = 0.0;
    for (const analysis::Replication& replication : result.replications) {
      total += static_cast<double>(replication.run.groups[group(name)].*counter);
    }
    return total;
  }
  /// A metric, with its interval.
  [[nodiscard]] analysis::Estimate metric(std::string_view name) const {
    for (const analysis::SummaryMetric& metric : analysis::summarise(*rules, result)) {
      if (metric.metric.name == name) return metric.estimate;
    }
    FAIL("no such metric");
    return {};
  }
};

using protocol::GroupTotals;

}  // namespace

TEST_CASE("refereed delegation catches the lazy and clears the honest", "[validation][slow]") {
  const Network gensyn("gensyn-like");
  // Every proof is checked, so that who skips everything is found whatever the deposit; the referee
  // decides the disputes that it fights to the end, and no honest solver is convicted.
  CHECK(gensyn.sum("lazy", &GroupTotals::leases_bad) > 500);
  CHECK(gensyn.sum("lazy", &GroupTotals::bad_accepted) == 0);
  CHECK(gensyn.metric("dispute_rounds").value > 10);
  CHECK(gensyn.metric("honest_slashes").value == 0);
  // A full task of 16 segments with 2 skipped is caught with chance 1 - C(14,2) / C(16,2) = 0.242,
  // the last task of a job, which is shorter, more often or has nothing to skip.
  const double caught = gensyn.sum("partial", &GroupTotals::bad_flagged) /
                        gensyn.sum("partial", &GroupTotals::bad_audited);
  CHECK(caught > 0.2);
  CHECK(caught < 0.5);
  CHECK(gensyn.metric("gain_lazy_usd").interval->high < 0);
  CHECK(gensyn.metric("gain_partial_usd").interval->high < 0);
}

TEST_CASE("stake takes the work, and one segment in 500 is verified", "[validation][slow]") {
  const Network livepeer("livepeer-like");
  const analysis::Estimate overhead = livepeer.metric("verification_overhead");
  CHECK(overhead.interval->low < 1.0 / 500.0);
  CHECK(overhead.interval->high > 1.0 / 500.0);
  CHECK(overhead.value == Approx(1.0 / 500.0).epsilon(0.1));
  // Twice the stake, twice the work, where the machines are so idle that hardly one is missing from
  // the pool because it works: 1 task in an hour for 60 machines.
  const Network idle("livepeer-like", {"demand.rate=1"});
  const double ratio = idle.sum("large", &GroupTotals::leases_committed) /
                       idle.sum("small", &GroupTotals::leases_committed);
  CHECK(ratio == Approx(2.0).epsilon(0.08));
}

TEST_CASE("a slash of 5 % deters from a stake of 11.6 tokens on", "[validation][slow]") {
  const auto gain = [](double stake) {
    return Network("livepeer-like", {"token={kind: fixed, price: 5 USD/tok}",
                                     fmt::format("actors.lazy.stake_per_slot={} tok", stake)})
        .metric("gain_lazy_usd");
  };
  CHECK(gain(0.75 * 11.6).interval->low > 0);
  CHECK(gain(1.3 * 11.6).interval->high < 0);
}

TEST_CASE("jackpots pay for four verifiers of a task and not for five", "[validation][slow]") {
  // 96 tok x 1 % / 2^(k-1) against the 0.10 USD that a check costs: 0.12 for four, 0.06 for five.
  // All solvers are honest, so that every task has one check of each verifier.
  const auto profit = [](int verifiers) {
    const Network truebit("truebit-like", {fmt::format("verification.verifiers={}", verifiers),
                                           "actors.lazy.strategy=honest"});
    const std::size_t group = truebit.group("verifiers");
    std::vector<double> of_a_check;
    for (const analysis::Replication& replication : truebit.result.replications) {
      of_a_check.push_back(replication.run.group_profit_usd[group] /
                           static_cast<double>(replication.run.market.tasks_done * verifiers));
    }
    return analysis::mean_estimate(of_a_check);
  };
  const analysis::Estimate four = profit(4);
  // 1,150 planted faults in all: the standard error is 0.12 / sqrt(1,150) = 0.0035.
  CHECK(four.interval->low > 0);
  CHECK(four.value == Approx(0.02).margin(0.012));
  const analysis::Estimate five = profit(5);
  CHECK(five.interval->high < 0);
  CHECK(five.value == Approx(-0.04).margin(0.006));
}

TEST_CASE("sampling deters colluders from its threshold on, at the price of its rate",
          "[validation][slow]") {
  const Network posp("posp-like");
  CHECK(posp.metric("gain_ring_usd").interval->high < 0);
  CHECK(posp.metric("audit_cost_share").value == Approx(0.014).epsilon(0.05));
  // 0.8 times the threshold of 1.098 %.
  CHECK(Network("posp-like", {"verification.rate=0.88 %"}).metric("gain_ring_usd").interval->low >
        0);
}

TEST_CASE("a result needs two new workers at trust 4, three at trust 8", "[validation][slow]") {
  // So many workers that hardly one has a record; nobody cheats.
  const auto workers_of_a_task = [](int trust) {
    const Network iexec("iexec-like",
                        {fmt::format("verification.trust={}", trust), "actors.workers.count=20000",
                         "actors.lazy.strategy=honest", "actors.ring.strategy=honest"});
    double tasks = 0.0;
    for (const analysis::Replication& replication : iexec.result.replications) {
      tasks += static_cast<double>(replication.run.market.tasks_done);
    }
    return iexec.sum("workers", &GroupTotals::leases_committed) / tasks;
  };
  CHECK(workers_of_a_task(4) == Approx(2.0).epsilon(0.01));
  CHECK(workers_of_a_task(8) == Approx(3.0).epsilon(0.01));
}

}  // namespace assay
