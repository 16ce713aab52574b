#include "tests/validation/attack_sides.hpp"

// Providers who leave: in the middle of a task, or with their stake before they are found out.
namespace assay {
namespace {

// c = 0.10, R = 0.12, S = 1.88, w = 0.05 USD.
constexpr double kStake = 1.88;

/// What a provider who leaves after half of each task gains per lease that it quits; p is the
/// share of such providers. See the scenario's last comment.
double vanishing_pays(double p, double fee) {
  const double again = 1.0 / (1.0 - 0.5 * p);
  const double work = 0.5 * p * again;
  const double elsewhere = 0.5 * p * again;
  const double quits = p / (1.0 - p);
  return (0.02 * (work - p) + 0.05 * elsewhere - fee * kStake * quits) / quits;
}

}  // namespace

TEST_CASE("vanishing pays below the fee that theory names, and loses above it",
          "[validation][slow]") {
  const double p = 20.0 / 200.0;
  const double break_even = vanishing_pays(p, 0.0) / kStake;
  CHECK(break_even == Approx(0.0081).epsilon(0.01));
  const auto at_fee = [](double fee) {
    return run_side("vanish", {fmt::format("slashing.fault_fee={:.6f}", fee)},
                    &protocol::GroupTotals::quits);
  };
  const Side below = at_fee(0.8 * break_even);
  CHECK(below.leases >= 10'000);
  CHECK(below.gain.interval->low > 0.0);
  CHECK(agrees(below, vanishing_pays(p, 0.8 * break_even)));
  const Side above = at_fee(1.25 * break_even);
  CHECK(above.gain.interval->high < 0.0);
  CHECK(agrees(above, vanishing_pays(p, 1.25 * break_even)));
  // The fee is all that they lose: nobody is convicted of leaving.
  CHECK(above.totals.slashed == 0);
  CHECK(above.totals.fault_fees_utok > 0);
}

TEST_CASE("an exit scam pays while audits come later than the stake is released",
          "[validation][slow]") {
  // c = 0.10, R = 0.12; the stake unbonds for 3.5 days, audits come after 7 in the mean.
  const double lands = 1.0 - std::exp(-0.5);
  const double break_even = 0.10 / (0.12 + lands * kStake);
  CHECK(break_even == Approx(0.116).epsilon(0.005));
  const auto at_rate = [](double rate, const char* hold) {
    return run_side(
        "exit-scam",
        {fmt::format("verification.rate={:.6f}", rate), fmt::format("slashing.hold={}", hold)},
        &protocol::GroupTotals::leases_bad);
  };
  const auto theory = [](double rate, double landing) {
    return 0.10 - rate * (0.12 + landing * kStake);
  };
  const Side below = at_rate(0.8 * break_even, "false");
  CHECK(below.leases >= 60'000);
  CHECK(below.gain.interval->low > 0.0);
  CHECK(agrees(below, theory(0.8 * break_even, lands)));
  CHECK(below.totals.uncovered_utok > below.totals.slashed_utok);

  const Side above = at_rate(1.25 * break_even, "false");
  CHECK(above.gain.interval->high < 0.0);
  CHECK(agrees(above, theory(1.25 * break_even, lands)));

  // Where the stake waits for open cases, the rate that pays for the scammer no longer does.
  const Side held = at_rate(0.8 * break_even, "true");
  CHECK(held.gain.interval->high < 0.0);
  CHECK(agrees(held, theory(0.8 * break_even, 1.0)));
  CHECK(held.totals.uncovered_utok == 0);
}

}  // namespace assay
