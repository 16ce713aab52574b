#include <fmt/format.h>

#include "analysis/tuning/resistance.hpp"
#include "tests/catch.hpp"

namespace assay::analysis {
namespace {

PairedAttack paired(std::vector<double> attackers, std::vector<double> others) {
  PairedAttack attack;
  attack.gain_total_usd = std::move(attackers);
  attack.others_total_usd = std::move(others);
  return attack;
}

}  // namespace

TEST_CASE("a griefing factor is what others lose for each dollar of the attackers", "[analysis]") {
  const std::vector<double> lose{-10.0, -12.0, -8.0, -10.0};
  const std::vector<double> lose_more{-30.0, -36.0, -24.0, -30.0};
  const auto factor = griefing_factor(paired(lose, lose_more), kAlpha);
  REQUIRE(factor);
  CHECK(factor->value == Approx(3.0));
  CHECK(griefing_factor(paired(lose_more, lose), kAlpha)->value == Approx(1.0 / 3.0));
  // Who gains does not grief; whose victims gain, or may gain, does not harm them for sure.
  const std::vector<double> gain{3.0, 4.0, 5.0, 4.0};
  const std::vector<double> either{-3.0, 4.0, -5.0, 1.0};
  CHECK_FALSE(griefing_factor(paired(gain, lose), kAlpha));
  CHECK_FALSE(griefing_factor(paired(lose, gain), kAlpha));
  CHECK_FALSE(griefing_factor(paired(lose, either), kAlpha));
  CHECK_FALSE(griefing_factor(paired(either, lose), kAlpha));
}

TEST_CASE("a false challenger griefs by what a dispute costs beyond its bond", "[analysis]") {
  // Nobody pays for power, and an hour costs 0.1 USD of wear. For each claim that it rejects unseen
  // a verifier saves the check of three segments; it loses the bond to the accused, and both
  // execute the disputed segment again, bit by bit.
  const std::string file =
      fmt::format("{}/scenarios/attacks/false-challenger.yaml", ASSAY_SOURCE_DIR);
  const std::vector<std::string> sets{"horizon=11 d", "dispute.bond=0.006 tok"};
  const protocol::LoadedScenario market = protocol::load_scenario(file, sets);
  const protocol::Work work{protocol::WorkloadId{}, std::chrono::hours(1), 20};
  const auto usd = [](const protocol::Cost& cost) {
    return 0.1 * sim::to_seconds(cost.length) / 3600.0;
  };
  const auto& execution = *market.rules->execution;
  const protocol::DeviceId device = market.rules->setting.reference;
  const double rerun = usd(execution.rerun(work, device));
  const double saved = usd(execution.reexecution(work, 3, device));
  constexpr double kBond = 0.006;
  const double accused_lose = rerun - kBond;
  const double accusers_lose = kBond + rerun - saved;
  REQUIRE(accused_lose > 0.0);
  REQUIRE(accusers_lose > 0.0);

  CampaignOptions options;
  options.run = run_deviation;
  Campaign campaign(std::move(options));
  MarketUnderStudy study(campaign, file, sets, {protocol::percent(50), ""});
  const PairedAttack attack = study.attack({}, {"false-challenger", {{"rate", "100 %"}}}, 16);
  const auto factor = griefing_factor(attack, kAlpha);
  REQUIRE(factor);
  CAPTURE(factor->value, factor->interval->low, factor->interval->high, rerun, saved);
  CHECK(factor->interval->holds(accused_lose / accusers_lose));
  CHECK(factor->interval->half_width() < 0.25 * factor->value);
}

}  // namespace assay::analysis
