#include "analysis/tuning/tune.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/closed_forms.hpp"
#include "tests/catch.hpp"

// What theory knows in closed form, found again by searching markets.
namespace assay::analysis {
namespace {

/// The market of scenarios/attacks/lazy.yaml, in which work costs c, pays R and has a stake S, all
/// in dollars at one dollar a token.
class TunedMarket {
 public:
  TunedMarket(const std::string& scenario, double c, double R, double S, Deviation deviation)
      : campaign_(options()),
        market_(campaign_, fmt::format("{}/scenarios/attacks/{}.yaml", ASSAY_SOURCE_DIR, scenario),
                sets(scenario, c, R, S), std::move(deviation)) {}

  Tuning tune(const std::string& against, double precision) {
    TuneQuestion question;
    question.minimise = "verification_overhead";
    question.constraints = {parse_constraint("attack_gain < 0")};
    question.vary = {parse_varied("verification.rate=0..50%")};
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
  static MarketUnderStudy::Sets sets(const std::string& scenario, double c, double R, double S) {
    // So few tasks that hardly any provider has two at a time: theory puts all of the stake behind
    // each, and a second one finds it slashed with the first.
    MarketUnderStudy::Sets sets{fmt::format("market.price={:.6f} USD/h", R), "demand.rate=4",
                                "horizon=121 d"};
    for (const std::string& group : {std::string("honest"), scenario}) {
      sets.push_back(fmt::format("actors.{}.wear={:.6f} USD/h", group, c));
      sets.push_back(fmt::format("actors.{}.stake_per_slot={:.6f} tok", group, S));
    }
    return sets;
  }

  Campaign campaign_;
  MarketUnderStudy market_;
};

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
  TunedMarket market("lazy", 0.10, 0.12, 1.88, {protocol::percent(90), ""});
  check_rate(market.tune("lazy", 0.03), break_even_rate(0.10, 0.12, 1.88), 0.03);
}

TEST_CASE("the cheapest rate against lazy work is c / (R + S): 4 %", "[validation][slow]") {
  TunedMarket market("lazy", 0.16, 0.20, 3.80, {protocol::percent(90), ""});
  check_rate(market.tune("lazy", 0.03), break_even_rate(0.16, 0.20, 3.80), 0.03);
}

TEST_CASE("the cheapest rate against lazy work is c / (R + S): 3 %", "[validation][slow]") {
  TunedMarket market("lazy", 0.12, 0.14, 3.86, {protocol::percent(90), ""});
  check_rate(market.tune("lazy", 0.03), break_even_rate(0.12, 0.14, 3.86), 0.03);
}

TEST_CASE("the worst partial cheat skips everything", "[validation][slow]") {
  TunedMarket market("lazy", 0.10, 0.12, 1.88, {protocol::percent(90), ""});
  const Tuning tuning = market.tune("partial", 0.03);
  check_rate(tuning, break_even_rate(0.10, 0.12, 1.88), 0.03);
  CHECK(tuning.constraints.front().worst == "partial work (share 100 %)");
}

TEST_CASE("a ring that owns a share of the verifiers raises the rate by 1 / (1 - r)",
          "[validation][slow]") {
  // V5: three in ten of all verifiers belong to the ring.
  TunedMarket market("lazy", 0.10, 0.12, 1.88, {protocol::percent(30), ""});
  check_rate(market.tune("ring", 0.04), break_even_rate(0.10, 0.12, 1.88) / (1.0 - 0.3), 0.05);
}

}  // namespace assay::analysis
