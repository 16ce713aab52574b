#include "analysis/tuning/resistance.hpp"
#include "tests/analysis/tuning/invented_market.hpp"
#include "tests/catch.hpp"

namespace assay::analysis {
namespace {

using fixtures::Invented;
using fixtures::InventedPoint;

/// What is measured to deter lazy work: the audit rate, then the stake.
std::vector<Deterrent> measured(const fixtures::Invention& invention) {
  Campaign campaign = fixtures::invented_campaign(invention);
  MarketUnderStudy market = fixtures::invented_market(campaign);
  ResistanceOptions options;
  options.against = {"lazy"};
  options.replications = 4;
  options.deter = true;
  return resistance(market, options).rows.front().deterrents;
}

}  // namespace

TEST_CASE("what deters is looked for where there is more of it", "[analysis]") {
  // The scenario has q = 6.25 % and 1.88 tok. The gain 1 - 4 q (stake / 1.88) is zero at q = 25 %
  // with its stake, and at 4 x 1.88 = 7.52 tok with its rate.
  const auto found = measured(
      [](const InventedPoint& at) { return Invented{1.0 - 4.0 * at.rate * at.stake / 1.88}; });
  REQUIRE(found.size() == 2);
  CHECK(found[0].key == "audit rate");
  CHECK(found[0].method == "measured");
  CHECK(found[0].bracket->holds(0.25));
  CHECK(*found[0].value == found[0].bracket->high);  // at which it is known to deter
  CHECK(*found[0].value < 0.25 * 1.15);
  CHECK(found[1].key == "stake");
  CHECK(found[1].bracket->holds(7.52));
  CHECK(*found[1].value < 7.52 * 1.15);
}

TEST_CASE("what deters with less of it is no deterrent", "[analysis]") {
  const auto found =
      measured([](const InventedPoint& at) { return Invented{4.0 * at.rate - 1.0}; });
  REQUIRE(found.size() == 2);
  CHECK(found[0].method == "more of it does not deter, less does");
  CHECK_FALSE(found[0].value);
  // At the scenario's rate the attack loses whatever the stake is.
  CHECK(found[1].method == "deterred at both ends of the range");
}

}  // namespace assay::analysis
