#include <algorithm>

#include "analysis/tuning/resistance.hpp"
#include "tests/analysis/tuning/invented_market.hpp"
#include "tests/catch.hpp"
#include "tests/contains.hpp"

namespace assay::analysis {
namespace {

/// The market whose costs a profile measured: its comparison has no row for 8-bit work.
ResistanceTable attacked(std::vector<std::string> against) {
  Campaign campaign = fixtures::invented_campaign(
      [](const fixtures::InventedPoint&) { return fixtures::Invented{-1.0}; });
  MarketUnderStudy market(
      campaign, fmt::format("{}/scenarios/studies/markets/measured-cost.yaml", ASSAY_SOURCE_DIR),
      {"execution.comparison=mlp-1m-fp32-8", "actors.cheaper.strategy.cheat=low-precision"},
      {protocol::percent(5), ""});
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
  CHECK_THAT(left_out_texts(table).at(0), contains("low-precision work: actors."));
  CHECK(to_json(resistance_from_json(to_json(table))) == to_json(table));
  // Of those that are named none is left out.
  CHECK(attacked({"lazy"}).left_out.empty());
}

TEST_CASE("an attack that is named must be one that the market can play", "[analysis]") {
  CHECK_THROWS_AS(attacked({"low-precision"}), protocol::ConfigError);
}

}  // namespace assay::analysis
