#include "analysis/tuning/tune.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/closed_forms.hpp"
#include "tests/catch.hpp"

// What theory knows in closed form, found again by searching markets.
namespace assay::analysis {
namespace {

/// A shipped attack, in which a share of the honest deviates.
class TunedMarket {
 public:
  TunedMarket(const std::string& scenario, MarketUnderStudy::Sets sets, Deviation deviation)
      : campaign_(options()),
        market_(campaign_, fmt::format("{}/scenarios/attacks/{}.yaml", ASSAY_SOURCE_DIR, scenario),
                std::move(sets), std::move(deviation)) {}

  Tuning tune(const std::string& against, double precision,
              const std::string& vary = "verification.rate=0..50%") {
    TuneQuestion question;
    question.minimise = "verification_overhead";
    question.constraints = {parse_constraint("attack_gain < 0")};
    question.vary = {parse_varied(vary)};
    question.against = {against};
    question.precision = precision;
    question.looks = {8, 2'048};
    return analysis::tune(market_, question, [](const std::string&) {});
  }

 private:
  static CampaignOptions options() {
    CampaignOptions options;
    options.jobs = 2;
    options.run = run_deviation;
    return options;
  }

  Campaign campaign_;
  MarketUnderStudy market_;
};

/// Work costs c, pays R and has a stake S, all in dollars at one dollar a token, in groups `honest`
/// and `attackers`.
MarketUnderStudy::Sets terms(double c, double R, double S, const std::string& attackers) {
  // So few tasks that hardly any provider has two at a time: theory puts all of the stake behind
  // each, and a second one finds it slashed with the first.
  MarketUnderStudy::Sets sets{fmt::format("market.price={:.6f} USD/h", R), "demand.rate=4",
                              "horizon=121 d"};
  for (const std::string& group : {std::string("honest"), attackers}) {
    sets.push_back(fmt::format("actors.{}.wear={:.6f} USD/h", group, c));
    sets.push_back(fmt::format("actors.{}.stake_per_slot={:.6f} tok", group, S));
  }
  return sets;
}

TunedMarket lazy_market(double c, double R, double S, Deviation deviation) {
  return {"lazy", terms(c, R, S, "lazy"), std::move(deviation)};
}

void check_rate(const Tuning& tuning, double expected, double within) {
  fmt::print("{}\n  {}\n", tuning.headline, tuning.theory.text);
  CAPTURE(tuning.headline, expected);
  REQUIRE(tuning.verdict == TuneVerdict::Found);
  CHECK(tuning.parameters.front().unit == "%");
  CHECK(*tuning.parameters.front().value / 100 == Approx(expected).epsilon(within));
  const ConstraintEvidence& evidence = tuning.constraints.front();
  CHECK(evidence.search == "precise");
  CHECK(evidence.answer == "holds");
  CHECK(evidence.estimate.interval->high < 0.0);
  // The bracket holds what theory says at the cost that was measured: hashing is part of it.
  REQUIRE(tuning.theory.value);
  CHECK(*evidence.fails < *tuning.theory.value);
  CHECK(*tuning.theory.value < *evidence.holds);
  CHECK(*tuning.theory.value / 100 == Approx(expected).epsilon(0.02));
}

}  // namespace

TEST_CASE("the cheapest rate against lazy work is c / (R + S): 5 %", "[validation][slow]") {
  TunedMarket market = lazy_market(0.10, 0.12, 1.88, {protocol::percent(90), ""});
  check_rate(market.tune("lazy", 0.03), break_even_rate(0.10, 0.12, 1.88), 0.03);
}

TEST_CASE("the cheapest rate against lazy work is c / (R + S): 4 %", "[validation][slow]") {
  TunedMarket market = lazy_market(0.16, 0.20, 3.80, {protocol::percent(90), ""});
  check_rate(market.tune("lazy", 0.03), break_even_rate(0.16, 0.20, 3.80), 0.03);
}

TEST_CASE("the cheapest rate against lazy work is c / (R + S): 3 %", "[validation][slow]") {
  TunedMarket market = lazy_market(0.12, 0.14, 3.86, {protocol::percent(90), ""});
  check_rate(market.tune("lazy", 0.03), break_even_rate(0.12, 0.14, 3.86), 0.03);
}

TEST_CASE("the worst partial cheat skips everything", "[validation][slow]") {
  TunedMarket market = lazy_market(0.10, 0.12, 1.88, {protocol::percent(90), ""});
  const Tuning tuning = market.tune("partial", 0.03);
  check_rate(tuning, break_even_rate(0.10, 0.12, 1.88), 0.03);
  CHECK(tuning.constraints.front().worst.find("partial work (share 100 %") == 0);
}

TEST_CASE("a ring that owns a share of the verifiers raises the rate by 1 / (1 - r)",
          "[validation][slow]") {
  // V5: three in ten of all verifiers belong to the ring.
  TunedMarket market = lazy_market(0.10, 0.12, 1.88, {protocol::percent(30), ""});
  check_rate(market.tune("ring", 0.04), break_even_rate(0.10, 0.12, 1.88) / (1.0 - 0.3), 0.05);
}

TEST_CASE("proof of sampling deters colluding validators from C / ((1 - r)(R + S))",
          "[validation][slow]") {
  // V4: three in ten of all validators belong to the colluders.
  TunedMarket market("colluding-validators", terms(0.10, 0.12, 1.88, "ring"),
                     {protocol::percent(30), ""});
  const Tuning tuning = market.tune("ring", 0.04);
  fmt::print("{}\n", tuning.headline);
  CAPTURE(tuning.headline);
  REQUIRE(tuning.verdict == TuneVerdict::Found);
  CHECK(*tuning.parameters.front().value / 100 ==
        Approx(sampling_threshold(0.10, 0.12, 1.88, 0.3)).epsilon(0.05));
}

TEST_CASE("a jackpot makes verifiers look from c / phi on", "[validation][slow]") {
  // V9: looking costs 0.10 USD an hour for three segments of three minutes, and one audit in ten is
  // of a planted fault.
  TunedMarket market("jackpot", {"verification.pool=1000000 tok"}, {protocol::percent(50), ""});
  const Tuning tuning = market.tune("rubber-stamp", 0.04, "verification.jackpot=0 tok..0.6 tok");
  fmt::print("{}\n", tuning.headline);
  CAPTURE(tuning.headline);
  REQUIRE(tuning.verdict == TuneVerdict::Found);
  CHECK(*tuning.parameters.front().value ==
        Approx(least_jackpot(0.10 * 9.0 / 60.0, 0.1)).epsilon(0.05));
}

}  // namespace assay::analysis
