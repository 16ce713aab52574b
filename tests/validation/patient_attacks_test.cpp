#include "tests/validation/attack_sides.hpp"

// Attackers who wait: for a task that is worth it, for the others to go, for their own rules to
// hold.
namespace assay {
namespace {

// S = 1.88 USD; a task of V dollars costs V / 1.2. Tasks are exponential with a mean of 0.48 USD.
constexpr double kStake = 1.88;
constexpr double kMeanTask = 0.48;

/// What five days out cost: 0.025 tasks an hour at 0.08 USD. What the convicted miss goes to the
/// others, of whom a tenth are attackers too.
constexpr double kMissed = 0.9 * 120.0 * 0.025 * 0.08;

/// The gain per task that a long con skips which begins at `value`, audited at `rate`.
double long_con_pays(double value, double rate) {
  const double worth = value + kMeanTask;  // the exponential law has no memory
  return worth / 1.2 - rate * (worth + kStake + kMissed);
}

Side long_con(double value, double rate) {
  return run_side("long-con",
                  {fmt::format("actors.long-con.strategy.value={:.6f} USD", value),
                   fmt::format("verification.rate={:.6f}", rate)},
                  &protocol::GroupTotals::leases_bad);
}

}  // namespace

TEST_CASE("a long con pays where lazy work loses, up to a rate that the tasks' value names",
          "[validation][slow]") {
  constexpr double kValue = 1.2;
  const double worth = kValue + kMeanTask;
  const double break_even = worth / 1.2 / (worth + kStake + kMissed);
  CHECK(break_even == Approx(0.368).epsilon(0.01));

  const Side pays = long_con(kValue, 0.8 * break_even);
  CHECK(pays.leases >= 400);
  CHECK(pays.gain.interval->low > 0.0);
  CHECK(agrees(pays, long_con_pays(kValue, 0.8 * break_even)));
  const Side deterred = long_con(kValue, 1.25 * break_even);
  CHECK(deterred.gain.interval->high < 0.0);
  CHECK(agrees(deterred, long_con_pays(kValue, 1.25 * break_even)));

  // Who does not wait, but skips every task, loses at the rate at which the long con pays.
  const Side lazy = long_con(0.0, 0.8 * break_even);
  CHECK(lazy.gain.interval->high < 0.0);
  CHECK(agrees(lazy, long_con_pays(0.0, 0.8 * break_even)));
}

TEST_CASE("dumping loses its discount on every task, and wins nothing back", "[validation][slow]") {
  // Below cost all the time: every accepted task is paid 0.8 of what it costs.
  const Side dumping = run_side("dumping", {"actors.dumping.strategy.until=365 d"},
                                &protocol::GroupTotals::leases_accepted);
  const auto& totals = dumping.totals;
  const double cost = static_cast<double>(totals.energy_uusd + totals.wear_uusd) /
                      static_cast<double>(totals.leases_committed);
  const double paid =
      static_cast<double>(totals.earned_utok) / static_cast<double>(totals.leases_accepted);
  CHECK(paid == Approx(0.8 * cost).epsilon(1e-4));
  CHECK(dumping.gain.interval->high < 0.0);
  // One of four invited is enough: they win 1 - (1 - p)^4 of 20 tasks an hour, p being their share
  // of the 180 machines that are idle when 20 tasks of an hour run.
  double won = 0.0;
  for (int i = 0; i < 50; ++i) won = 20.0 * (1.0 - std::pow(1.0 - (20.0 - won) / 180.0, 4));
  const double won_an_hour = static_cast<double>(dumping.leases) / (8.0 * 24.0 * 31.0);
  CHECK(won_an_hour == Approx(won).epsilon(0.03));

  // With the price raised after two weeks, what was lost does not come back.
  const Side raised = run_side("dumping", {}, &protocol::GroupTotals::leases_accepted);
  CHECK(raised.gain.interval->high < 0.0);
  CHECK(raised.leases < dumping.leases);
}

TEST_CASE("a table's attack has the threshold of what it does", "[validation][slow]") {
  // Ten of twenty segments are skipped, three are drawn: C(10, 3) / C(20, 3) = 120 / 1140 unseen.
  const double seen = 1.0 - 120.0 / 1140.0;
  const double break_even = 0.05 / (seen * 2.0);
  const auto at_rate = [](double rate) {
    return run_side("table", {fmt::format("verification.rate={:.6f}", rate)},
                    &protocol::GroupTotals::leases_bad);
  };
  const Side below = at_rate(0.8 * break_even);
  CHECK(below.leases >= 10'000);
  CHECK(below.gain.interval->low > 0.0);
  CHECK(agrees(below, 0.05 - 0.8 * break_even * seen * 2.0));
  const Side above = at_rate(1.25 * break_even);
  CHECK(above.gain.interval->high < 0.0);
  CHECK(agrees(above, 0.05 - 1.25 * break_even * seen * 2.0));
}

}  // namespace assay
