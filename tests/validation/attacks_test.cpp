#include "tests/validation/attack_sides.hpp"

// The shipped attack scenarios, on both sides of the break-even that theory puts into each of them.
namespace assay {
namespace {

struct Attack {
  const char* name;
  double saved;   ///< c, or x c: what a cheated lease saves, USD
  double caught;  ///< probability that an audit of one is followed by a conviction
};

// R = 0.12, S = 1.88, c = 0.10 in all of them; see the scenarios' last comments.
constexpr double kLoss = 2.00;

/// The chance that three segments of 8-bit work show: each is log-normal around 0.64 of the
/// tolerance with a spread of 0.33.
double fp8_shows() {
  const double beyond = 0.5 * std::erfc(std::log(0.5 / 0.32) / 0.33 / std::sqrt(2.0));
  return 1.0 - std::pow(1.0 - beyond, 3);
}

Side at_rate(const char* attack, double rate) {
  return run_side(attack, {fmt::format("verification.rate={:.6f}", rate)},
                  &protocol::GroupTotals::leases_bad);
}

}  // namespace

TEST_CASE("each attack pays below its break-even and loses above it", "[validation][slow]") {
  const auto attack =
      GENERATE(Attack{"lazy", 0.10, 1.0}, Attack{"partial", 0.03, 1.0 - 364.0 / 1140.0},
               Attack{"ring", 0.10, 0.7}, Attack{"low-precision", 0.02, fp8_shows()});
  CAPTURE(attack.name);
  const double break_even = attack.saved / (attack.caught * kLoss);
  const auto theory = [&](double rate) { return attack.saved - rate * attack.caught * kLoss; };

  const Side below = at_rate(attack.name, 0.8 * break_even);
  CHECK(below.leases >= 15'000);
  CHECK(below.gain.interval->low > 0.0);
  CHECK(agrees(below, theory(0.8 * break_even)));

  const Side above = at_rate(attack.name, 1.25 * break_even);
  CHECK(above.leases >= 15'000);
  CHECK(above.gain.interval->high < 0.0);
  CHECK(agrees(above, theory(1.25 * break_even)));
}

TEST_CASE("a cheat that re-runs honestly when accused is convicted all the same",
          "[validation][slow]") {
  // Its claim lies as far off the common end of the re-runs as off the verifier's own work, so that
  // a defence changes nothing.
  const double rate = 1.25 * 0.02 / (fp8_shows() * kLoss);
  const Side side = run_side(
      "low-precision",
      {fmt::format("verification.rate={:.6f}", rate), "actors.low-precision.strategy.defence=rerun",
       "dispute.kind=bisection", "dispute.bond=0 tok"},
      &protocol::GroupTotals::leases_bad);
  CHECK(side.gain.interval->high < 0.0);
  CHECK(agrees(side, 0.02 - rate * fp8_shows() * kLoss));
}

}  // namespace assay
