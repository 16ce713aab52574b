#include <fmt/format.h>

#include <atomic>
#include <cmath>

#include "analysis/closed_forms.hpp"
#include "analysis/experiment.hpp"
#include "analysis/results.hpp"
#include "protocol/scenario/rules_from.hpp"
#include "tests/catch.hpp"

// The shipped scenarios of verifiers who lie, on both sides of what theory puts into each of them.
namespace assay {
namespace {

struct Side {
  std::shared_ptr<const protocol::Rules> rules;
  analysis::ExperimentResult result;
  std::size_t group = 0;
  analysis::Estimate gain;  ///< per attacker, USD
  double error = 0.0;       ///< its standard error

  /// A sum over replications of a counter of one group.
  [[nodiscard]] double total(std::size_t of, std::int64_t protocol::GroupTotals::*counter,
                             bool twin = false) const {
    double sum = 0.0;
    for (const analysis::Replication& replication : result.replications) {
      const analysis::RunOutcome& run = twin ? *replication.twin : replication.run;
      sum += static_cast<double>(run.groups[of].*counter);
    }
    return sum;
  }
  /// The same over all groups.
  [[nodiscard]] double total(std::int64_t protocol::GroupTotals::*counter,
                             bool twin = false) const {
    double sum = 0.0;
    for (std::size_t g = 0; g < rules->groups.size(); ++g) sum += total(g, counter, twin);
    return sum;
  }
  /// Reports of the attackers, for each of them and replication.
  [[nodiscard]] double reports_a_member() const {
    return total(group, &protocol::GroupTotals::verdicts) /
           static_cast<double>(rules->groups[group].count) /
           static_cast<double>(result.replications.size());
  }
};

Side run_side(const std::string& attack, std::vector<std::string> sets,
              const std::string& attacker) {
  const protocol::LoadedScenario loaded = protocol::load_scenario(
      fmt::format("{}/scenarios/attacks/{}.yaml", ASSAY_SOURCE_DIR, attack), sets);
  analysis::Experiment experiment;
  experiment.rules = loaded.rules;
  experiment.twin = protocol::honest_twin(*loaded.rules);
  experiment.seed = static_cast<std::uint64_t>(loaded.scenario.seed);
  experiment.replications = 8;
  experiment.jobs = 2;
  const std::atomic<bool> stop{false};
  Side side;
  side.rules = loaded.rules;
  side.result = analysis::run_experiment(experiment, stop, [](const analysis::Progress&) {});
  REQUIRE(side.result.failures.empty());
  const std::vector<std::size_t> attackers = analysis::attacking_groups(*loaded.rules);
  for (const std::size_t group : attackers) {
    if (loaded.rules->groups[group].name == attacker) side.group = group;
  }
  REQUIRE(loaded.rules->groups[side.group].name == attacker);
  const std::vector<double> gains =
      analysis::paired_gains_usd(*loaded.rules, side.result, side.group);
  side.gain = analysis::mean_estimate(gains);
  side.error = analysis::standard_error(gains);
  return side;
}
Side run_side(const std::string& attack, std::vector<std::string> sets) {
  return run_side(attack, std::move(sets), attack);
}

/// What an honest twin of the attackers pays for a re-execution, USD.
double cost_of_check(const Side& side) {
  return side.total(side.group, &protocol::GroupTotals::wear_uusd, true) * 1e-6 /
         side.total(side.group, &protocol::GroupTotals::verdicts, true);
}

}  // namespace

TEST_CASE("rubber-stamping pays until the reporter's share makes checking worth it",
          "[validation][slow]") {
  for (const double share : {0.04, 0.16}) {
    CAPTURE(share);
    const Side side = run_side("rubber-stamp", {fmt::format("slashing.reporter_share={}", share)});
    const double bad = side.total(&protocol::GroupTotals::bad_audited) /
                       side.total(&protocol::GroupTotals::leases_audited);
    CHECK(bad > 0.08);
    CHECK(bad < 0.12);
    const double theory = side.reports_a_member() * (cost_of_check(side) - bad * share * 1.88);
    CHECK(std::abs(cost_of_check(side) - 0.015) < 0.0005);
    // 4.5 standard errors of eight replications: t with 7 degrees of freedom is beyond with a
    // chance of 0.3 %.
    CHECK(std::abs(side.gain.value - theory) < 4.5 * side.error);
    if (share < 0.08) {
      CHECK(side.gain.interval->low > 0.0);
    } else {
      CHECK(side.gain.interval->high < 0.0);
    }
  }
}

TEST_CASE("copying verdicts pays where they can be seen, and loses where they are sealed",
          "[validation][slow]") {
  const Side open = run_side("copier", {"verification.reveal=open"});
  CHECK(open.gain.interval->low > 0.0);
  // Only where two copiers met does one see no rejection, and then nobody convicts.
  CHECK(open.total(open.group, &protocol::GroupTotals::overturned) == 0.0);

  const Side sealed = run_side("copier", {"verification.reveal=sealed"});
  CHECK(sealed.gain.interval->high < 0.0);
  const double overturned = sealed.total(sealed.group, &protocol::GroupTotals::overturned);
  const double reports = sealed.total(sealed.group, &protocol::GroupTotals::verdicts);
  const double bad = sealed.total(&protocol::GroupTotals::bad_audited) /
                     sealed.total(&protocol::GroupTotals::leases_audited);
  // The other verifier is honest with chance 80 / 99; five standard errors of a binomial.
  const double expected = bad * 80.0 / 99.0;
  CHECK(std::abs(overturned / reports - expected) <
        5.0 * std::sqrt(expected * (1.0 - expected) / reports));
}

TEST_CASE("a false challenge costs its bond, and the accused their deadline",
          "[validation][slow]") {
  const Side side = run_side("false-challenger", {});
  CHECK(side.gain.interval->high < 0.0);
  const double accusations = side.total(side.group, &protocol::GroupTotals::made_up);
  CHECK(accusations == side.total(side.group, &protocol::GroupTotals::verdicts));
  // Each loses 1 USD and saves a check; at the horizon a few are still open.
  const double each = side.gain.value / side.reports_a_member();
  CHECK(each < -0.9 * (1.0 - cost_of_check(side)));
  CHECK(each > -1.0);
  CHECK(side.total(&protocol::GroupTotals::slashed) == 0.0);
  double late = 0.0;
  double late_in_twin = 0.0;
  for (const analysis::Replication& replication : side.result.replications) {
    late += static_cast<double>(replication.run.market.jobs_late);
    late_in_twin += static_cast<double>(replication.twin->market.jobs_late);
  }
  CHECK(late > 0.8 * accusations);
  CHECK(late_in_twin == 0.0);
}

TEST_CASE("splitting into many names pays where verifiers are drawn by head, not by stake",
          "[validation][slow]") {
  for (const char* draw : {"head", "stake"}) {
    CAPTURE(draw);
    const Side side = run_side("sybil-verifiers", {fmt::format("verification.draw={}", draw)});
    const double audits = side.total(&protocol::GroupTotals::verdicts) / static_cast<double>(8);
    const double pay = side.total(&protocol::GroupTotals::fees_utok) * 1e-6 / (8.0 * audits);
    const bool by_head = std::string(draw) == "head";
    const double share = by_head ? 10.0 / 29.0 - 1.0 / 20.0 : 0.0;
    const double theory = audits * share * (pay - cost_of_check(side));
    // By stake the names are drawn exactly where the one name would have been.
    CHECK(std::abs(side.gain.value - theory) <= 4.5 * side.error);
    if (by_head) CHECK(side.gain.interval->low > 0.0);
  }
}

TEST_CASE("a jackpot for planted faults makes rubber-stamping lose where nobody cheats",
          "[validation][slow]") {
  for (const double jackpot : {0.1, 0.3}) {
    CAPTURE(jackpot);
    const Side side =
        run_side("jackpot", {fmt::format("verification.jackpot={} tok", jackpot)}, "rubber-stamp");
    const double theory = side.reports_a_member() * (cost_of_check(side) - 0.1 * jackpot);
    CHECK(std::abs(side.gain.value - theory) < 4.5 * side.error);
    if (jackpot < 0.15) {
      CHECK(side.gain.interval->low > 0.0);
    } else {
      CHECK(side.gain.interval->high < 0.0);
    }
    CHECK(side.total(&protocol::GroupTotals::slashed) == 0.0);
  }
}

TEST_CASE("sampling whole results deters colluders above its threshold, not below",
          "[validation][slow]") {
  // C = 0.10, R = 0.12, S = 1.88, and a tenth of the validators collude.
  const double threshold = 0.10 / (0.9 * 2.00);
  for (const double rate : {0.8 * threshold, 1.25 * threshold}) {
    CAPTURE(rate);
    const Side side =
        run_side("colluding-validators", {fmt::format("verification.rate={:.6f}", rate)}, "ring");
    const double leases = side.total(side.group, &protocol::GroupTotals::leases_bad) / (8.0 * 500);
    const double theory = leases * (0.10 - rate * 0.9 * 2.00);
    CHECK(std::abs(side.gain.value - theory) < 4.5 * side.error);
    if (rate < threshold) {
      CHECK(side.gain.interval->low > 0.0);
    } else {
      CHECK(side.gain.interval->high < 0.0);
    }
  }
}

TEST_CASE("saboteurs dictate as many results as theory says, and more replicas fewer",
          "[validation][slow]") {
  double before = 1.0;
  for (const int votes : {3, 5}) {
    CAPTURE(votes);
    const Side side = run_side("majority",
                               {fmt::format("verification.replicas={}", votes),
                                fmt::format("verification.quorum={}", (votes + 1) / 2),
                                fmt::format("verification.most={}", votes)},
                               "ring");
    double wrong = 0.0;
    double results = 0.0;
    double replicas = 0.0;
    for (const analysis::Replication& replication : side.result.replications) {
      wrong += static_cast<double>(replication.run.market.wrong_ballots);
      results += static_cast<double>(replication.run.market.ballots);
      replicas += static_cast<double>(replication.run.market.replicas);
    }
    const double theory = analysis::majority_error(0.2, (votes + 1) / 2);
    // Five standard errors of a binomial.
    CHECK(std::abs(wrong / results - theory) < 5.0 * std::sqrt(theory * (1.0 - theory) / results));
    CHECK(replicas == votes * results);
    CHECK(wrong / results < before);
    before = wrong / results;
  }
}

}  // namespace assay
