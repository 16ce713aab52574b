#include "analysis/tuning/tune.hpp"

#include <fmt/format.h>

#include "analysis/tuning/resistance.hpp"
#include "tests/catch.hpp"
#include "tests/contains.hpp"

namespace assay::analysis {
namespace {

Campaign campaign() {
  CampaignOptions options;
  options.run = run_deviation;
  return Campaign(std::move(options));
}

MarketUnderStudy lazy_market(Campaign& campaign) {
  return {campaign,
          fmt::format("{}/scenarios/attacks/lazy.yaml", ASSAY_SOURCE_DIR),
          {"horizon=11 d"},
          {protocol::percent(50), ""}};
}

TuneQuestion question(std::vector<std::string> constraints, std::vector<std::string> vary) {
  TuneQuestion asked;
  asked.minimise = "verification_overhead";
  for (const auto& one : constraints) asked.constraints.push_back(parse_constraint(one));
  for (const auto& one : vary) asked.vary.push_back(parse_varied(one));
  asked.against = {"lazy"};
  asked.precision = 0.3;
  asked.looks = {4, 64};
  return asked;
}

Tuning tuned(const TuneQuestion& asked) {
  Campaign runs = campaign();
  MarketUnderStudy market = lazy_market(runs);
  return tune(market, asked, [](const std::string&) {});
}

/// The same JSON with another word for its first verdict.
std::string with_verdict(std::string json, const std::string& word) {
  const std::string key = "\"verdict\": \"";
  const std::size_t begin = json.find(key) + key.size();
  return json.replace(begin, json.find('"', begin) - begin, word);
}

}  // namespace

TEST_CASE("what may vary is read with its unit", "[analysis]") {
  const auto rate = parse_varied("verification.rate=0..1");
  CHECK(rate.unit == "%");
  CHECK(rate.high == 100.0);
  CHECK(rate.set(5.1234567) == "verification.rate=5.123457 %");
  const auto stake = parse_varied("actors.lazy.stake_per_slot=0..20 tok");
  CHECK(stake.set(12.5) == "actors.lazy.stake_per_slot=12.5 tok");
  const auto segments = parse_varied("verification.segments=1..20");
  CHECK(segments.whole);
  CHECK(segments.set(3.0) == "verification.segments=3");
  for (const char* wrong : {"verification.rate", "verification.rate=1", "verification.rate=1..0",
                            "verification.rat=0..1", "slashing.unbonding=1 h..2 d",
                            "verification.rate=0..1:lin:5", "verification=0..1"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(parse_varied(wrong), protocol::ConfigError);
  }
}

TEST_CASE("a constraint is a metric, a side and a number", "[analysis]") {
  const auto gain = parse_constraint("attack_gain<0");
  CHECK(gain.metric == "attack_gain");
  CHECK(gain.below);
  CHECK(gain.text == "attack_gain < 0");
  const auto margin = parse_constraint(" honest_margin >= 12.5 % ");
  CHECK_FALSE(margin.below);
  CHECK(margin.limit == Approx(0.125));
  for (const char* wrong : {"attack_gain", "attack_gain < none", "< 0", "attack_gain < 3 h"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(parse_constraint(wrong), protocol::ConfigError);
  }
}

TEST_CASE("the cheaper end of what is feasible is chosen", "[analysis]") {
  const Tuning tuning =
      tuned(question({"attack_gain < 0", "honest_margin > 0"}, {"verification.rate=0..50%"}));
  CAPTURE(tuning.headline);
  REQUIRE(tuning.verdict == TuneVerdict::Found);
  // Theory: 5 %. Checking more costs more, so that the low end is the answer.
  CHECK(*tuning.parameters.front().value > 4.9);
  CHECK(*tuning.parameters.front().value < 7.5);
  CHECK(tuning.constraints.front().text == "attack_gain < 0");  // the tighter one
  CHECK(tuning.constraints.front().answer == "holds");
  CHECK(tuning.constraints.back().search == "holds at both ends");
  CHECK(tuning.breaks_first.find("attack_gain < 0 breaks first") == 0);
  CHECK(*tuning.theory.value == Approx(5.0).epsilon(0.02));
  for (std::size_t i = 1; i < tuning.costs.size(); ++i) {
    CHECK(tuning.costs[i].cost.value > tuning.costs[i - 1].cost.value);
  }
  // What a folder keeps reads back as it was written.
  CHECK(to_json(tuning_from_json(to_json(tuning))) == to_json(tuning));
  CHECK_THROWS_WITH(tuning_from_json(with_verdict(to_json(tuning), "fuond")),
                    contains("found fuond, expected"));
}

TEST_CASE("constraints that clash are named", "[analysis]") {
  const Tuning tuning = tuned(
      question({"attack_gain < 0", "verification_overhead < 0.1 %"}, {"verification.rate=0..50%"}));
  CHECK(tuning.verdict == TuneVerdict::Infeasible);
  CHECK(tuning.clash ==
        std::vector<std::string>{"attack_gain < 0", "verification_overhead < 0.1 %"});
  CHECK_FALSE(tuning.parameters.front().value);
  const Tuning never =
      tuned(question({"price_usd_per_gpu_hour > 1"}, {"verification.rate=0..50%"}));
  CHECK(never.verdict == TuneVerdict::Infeasible);
  CHECK(never.clash == std::vector<std::string>{"price_usd_per_gpu_hour > 1"});
  // The places where it was tried are the evidence, and stand in the sentence.
  CHECK(never.headline.find("fails wherever it was tried, at 0\u00a0%, 12.5\u00a0%, 25\u00a0%, "
                            "37.5\u00a0% and 50\u00a0%") != std::string::npos);
}

TEST_CASE("a constraint that cannot be told at an end of the range clashes with nothing",
          "[analysis]") {
  // Lazy work breaks even at the low end, and 5 % of the work is checked again at about a third:
  // between the two everything holds, although the search cannot tell the low end.
  TuneQuestion asked = question({"attack_gain < 0", "verification_overhead < 0.05"},
                                {"verification.rate=4.95%..60%"});
  asked.looks = {4, 8};
  const Tuning tuning = tuned(asked);
  CAPTURE(tuning.headline);
  CHECK(tuning.verdict != TuneVerdict::Infeasible);
  REQUIRE(tuning.verdict == TuneVerdict::Found);
  CHECK(*tuning.parameters.front().value > 4.95);
  CHECK(*tuning.parameters.front().value < 34.0);
}

TEST_CASE("what holds only between the ends of a range is found", "[analysis]") {
  // Below a price providers lose money and above another requesters stay away: no end holds.
  const Tuning tuning =
      tuned(question({"honest_profit > 1"}, {"market.price=0.05 USD/h..0.7 USD/h"}));
  CAPTURE(tuning.headline);
  REQUIRE(tuning.verdict == TuneVerdict::Found);
  CHECK(tuning.constraints.front().search == "holds between");
  CHECK(tuning.constraints.front().answer == "holds");
  CHECK(tuning.constraints.front().fails);
}

TEST_CASE("several parameters without an answer are no proof that there is none", "[analysis]") {
  TuneQuestion asked = question({"audited_share < 0.1 %"},
                                {"verification.rate=5%..20%", "verification.segments=1..4"});
  asked.evaluations = 8;
  asked.looks = {4, 8};
  const Tuning tuning = tuned(asked);
  CAPTURE(tuning.headline);
  CHECK(tuning.verdict == TuneVerdict::Undecided);
  CHECK(tuning.clash.empty());
  CHECK(tuning.headline.find("points tried") != std::string::npos);
}

TEST_CASE("an answer of zero and a constant are put in words that are true", "[analysis]") {
  // Checking nothing is cheapest, and nothing fails below it.
  const Tuning zero =
      tuned(question({"verification_overhead < 1 %"}, {"verification.rate=0..50%"}));
  CAPTURE(zero.headline, zero.breaks_first);
  REQUIRE(zero.verdict == TuneVerdict::Found);
  CHECK(*zero.parameters.front().value == 0.0);
  CHECK(zero.breaks_first.find("not a number") == std::string::npos);
  CHECK(zero.breaks_first.find("% above the answer") != std::string::npos);

  // Nobody leaves this market, in no replication: too few to rely on, and no matter of noise.
  TuneQuestion asked = question({"exits < 1"}, {"verification.rate=1%..50%"});
  asked.looks = {4, 8};
  const Tuning constant = tuned(asked);
  CAPTURE(constant.headline);
  CHECK(constant.verdict == TuneVerdict::Undecided);
  CHECK(constant.headline.find("exits is the same in all 8 replications") != std::string::npos);
  CHECK(constant.headline.find("32 are needed") != std::string::npos);
  CHECK(constant.headline.find("noise") == std::string::npos);
}

TEST_CASE("a rough answer is not delivered where the rounds run out", "[analysis]") {
  TuneQuestion asked = question({"attack_gain < 0"}, {"verification.rate=0..50%"});
  asked.precision = 0.1;
  asked.rounds = 1;  // a rough one
  const Tuning tuning = tuned(asked);
  CAPTURE(tuning.headline);
  CHECK(tuning.verdict == TuneVerdict::Undecided);
  CHECK_FALSE(tuning.parameters.front().value);
  CHECK_FALSE(tuning.cost);
  CHECK(tuning.headline.find("did not settle it") != std::string::npos);
}

TEST_CASE("an attack that never acts is left out and listed, and is no proof", "[analysis]") {
  // Nobody pays such a price, so that there is no work to skip: a gain of exactly zero, which does
  // not lie below zero and says nothing of the rate.
  Campaign runs = campaign();
  MarketUnderStudy market(runs, fmt::format("{}/scenarios/attacks/lazy.yaml", ASSAY_SOURCE_DIR),
                          {"horizon=11 d", "market.price=50 USD/h"}, {protocol::percent(50), ""});
  const Tuning tuning = tune(market, question({"attack_gain < 0"}, {"verification.rate=2%..50%"}),
                             [](const std::string&) {});
  CAPTURE(tuning.headline);
  CHECK(tuning.verdict == TuneVerdict::Undecided);
  CHECK(tuning.headline.find("no attack did anything") != std::string::npos);
  REQUIRE(tuning.attacks.size() == 1);
  CHECK_FALSE(tuning.attacks.front().acted);
}

TEST_CASE("two parameters are tuned together", "[analysis]") {
  TuneQuestion asked =
      question({"attack_gain < 0"}, {"verification.rate=1%..20%", "verification.segments=1..4"});
  asked.evaluations = 24;
  const Tuning tuning = tuned(asked);
  CAPTURE(tuning.headline);
  REQUIRE(tuning.verdict == TuneVerdict::Found);
  // One segment is enough to catch who skips all of them; the rate must still be above 5 %.
  CHECK(*tuning.parameters[1].value == 1.0);
  CHECK(*tuning.parameters[0].value > 5.0);
  CHECK(*tuning.parameters[0].value < 10.0);
  CHECK(tuning.breaks_first.find("standard errors") != std::string::npos);
}

TEST_CASE("names that do not exist are refused with the nearest", "[analysis]") {
  TuneQuestion asked = question({"attack_gain < 0"}, {"verification.rate=0..50%"});
  asked.minimise = "verification_overhed";
  CHECK_THROWS_WITH(tuned(asked), Catch::Matchers::Matches(".*verification_overhead.*"));
  asked = question({"honest_margn > 0"}, {"verification.rate=0..50%"});
  CHECK_THROWS_WITH(tuned(asked), Catch::Matchers::Matches(".*honest_margin.*"));
}

TEST_CASE("without a lease theory says nothing", "[analysis]") {
  Campaign runs = campaign();
  MarketUnderStudy market(runs, fmt::format("{}/scenarios/attacks/lazy.yaml", ASSAY_SOURCE_DIR),
                          {"horizon=11 d", "market.price=50 USD/h"},  // nobody pays that
                          {protocol::percent(50), ""});
  const PairedAttack paired = market.attack({}, {"lazy", {}}, 2);
  CHECK_FALSE(paired.task);
  CHECK_FALSE(paired.acted());
  ResistanceOptions options;
  options.against = {"lazy"};
  options.replications = 4;
  const ResistanceTable table = resistance(market, options);
  CHECK(table.rows.front().verdict == Verdict::NotTested);
  CHECK(table.rows.front().deterrents.empty());  // and no break-even at 0 %
}

TEST_CASE("an attack table reads back as it was written", "[analysis]") {
  Campaign runs = campaign();
  MarketUnderStudy market = lazy_market(runs);
  ResistanceOptions options;
  options.against = {"lazy", "partial"};
  options.replications = 4;
  const ResistanceTable table = resistance(market, options);
  CHECK(table.rows.size() == 2);
  CHECK(table.rows.front().gain_usd.value >= table.rows.back().gain_usd.value);
  CHECK(to_json(resistance_from_json(to_json(table))) == to_json(table));
  CHECK_THROWS_AS(resistance_from_json("{}"), std::runtime_error);
  CHECK_THROWS_WITH(resistance_from_json(with_verdict(to_json(table), "detered")),
                    contains("found detered, expected"));
}

}  // namespace assay::analysis
