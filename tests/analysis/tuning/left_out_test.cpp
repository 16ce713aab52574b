#include <algorithm>

#include "analysis/report/tune_page.hpp"
#include "analysis/tuning/resistance.hpp"
#include "analysis/tuning/tune.hpp"
#include "tests/analysis/tuning/invented_market.hpp"
#include "tests/catch.hpp"
#include "tests/contains.hpp"

namespace assay::analysis {
namespace {

Campaign losing_campaign() {
  return fixtures::invented_campaign(
      [](const fixtures::InventedPoint&) { return fixtures::Invented{-1.0}; });
}

/// The market whose costs a profile measured: its comparison has no row for 8-bit work.
MarketUnderStudy measured_market(Campaign& campaign) {
  return {campaign,
          fmt::format("{}/scenarios/studies/markets/measured-cost.yaml", ASSAY_SOURCE_DIR),
          {"execution.comparison=mlp-1m-fp32-8", "actors.cheaper.strategy.cheat=low-precision"},
          {protocol::percent(5), ""}};
}

ResistanceTable attacked(std::vector<std::string> against) {
  Campaign campaign = losing_campaign();
  MarketUnderStudy market = measured_market(campaign);
  ResistanceOptions options;
  options.against = std::move(against);
  options.replications = 4;
  return resistance(market, options);
}

}  // namespace

TEST_CASE("of all attacks those that a market's costs say nothing of are left out by name",
          "[analysis]") {
  const ResistanceTable table = attacked({});
  REQUIRE(table.left_out.size() == 1);
  CHECK(table.left_out[0].strategy == "low-precision");
  CHECK_THAT(table.left_out[0].reason, contains("found behaviour 'fp8'") && contains("expected"));
  CHECK(table.rows.size() + 1 == catalogued_attacks().size());
  CHECK(std::none_of(table.rows.begin(), table.rows.end(),
                     [](const ResistanceRow& row) { return row.strategy == "low-precision"; }));
  CHECK_THAT(left_out_texts(table.left_out).at(0), contains("low-precision work: actors."));
  CHECK(to_json(resistance_from_json(to_json(table))) == to_json(table));
  // Of those that are named none is left out.
  CHECK(attacked({"lazy"}).left_out.empty());
}

TEST_CASE("a search holds its answer against what the market can play, and names the rest",
          "[analysis]") {
  Campaign campaign = losing_campaign();
  MarketUnderStudy market = measured_market(campaign);
  TuneQuestion question;
  question.minimise = "verification_overhead";
  question.constraints = {parse_constraint("attack_gain < 0")};
  question.vary = {parse_varied("verification.rate=1%..20%")};
  question.looks = {4, 16};
  std::string said;
  const Tuning tuning =
      tune(market, question, [&said](const std::string& text) { said += text + "\n"; });
  CAPTURE(tuning.headline);
  CHECK(tuning.verdict == TuneVerdict::Found);
  REQUIRE(tuning.left_out.size() == 1);
  CHECK(tuning.left_out[0].strategy == "low-precision");
  CHECK(tuning.attacks.size() + 1 >= catalogued_attacks().size());
  CHECK_THAT(said, contains("left out, because this market cannot play it: low-precision work"));
  CHECK(tuning_from_json(to_json(tuning)).left_out.size() == 1);
  CHECK_THAT(render(tuning, PageAssets{"window.vegaEmbed"}),
             contains("Attacks left out") && contains("<li>low-precision work: "));
  // One that is named must be one that the market can play.
  question.against = {"low-precision"};
  CHECK_THROWS_AS(tune(market, question, [](const std::string&) {}), protocol::ConfigError);
}

TEST_CASE("an attack that is named must be one that the market can play", "[analysis]") {
  CHECK_THROWS_AS(attacked({"low-precision"}), protocol::ConfigError);
}

}  // namespace assay::analysis
