#include "analysis/verdict.hpp"

#include <numeric>

#include "tests/catch.hpp"

using namespace assay::analysis;

namespace {

/// Eight replications around `centre`, with a standard error of 0.5345 `spread` (the deviations'
/// squares sum to 16: sqrt(16 / 7 / 8)), hence a 95 % half-width of 1.264 `spread`.
std::vector<double> around(double centre, double spread) {
  std::vector<double> sample;
  for (const double step :
       {-2.0, -1.0, -1.0, -1.4142135623730951, 1.4142135623730951, 1.0, 1.0, 2.0}) {
    sample.push_back(centre + spread * step);
  }
  return sample;
}

AttackEvidence attack(std::string noun, std::vector<double> gains, std::int64_t bad_leases = 100) {
  return {std::move(noun), "A cheat", std::move(gains), bad_leases, {}};
}

const AuditSetting kFivePercent{0.05, 85.0};
const AuditSetting kNothingAudited{0.0, 85.0};

Judgement judge_one(const AttackEvidence& evidence, const AuditSetting& setting = kFivePercent) {
  return judge(std::span(&evidence, 1), setting).front();
}

std::string headline_of(const std::vector<AttackEvidence>& attacks,
                        const AuditSetting& setting = kFivePercent) {
  return headline(attacks, judge(attacks, setting), setting);
}

const auto kLoser = around(-17, 1);
const auto kWinner = around(9, 1);
const auto kOpen = around(1, 3);
const auto kEven = around(0.1, 0.2);

}  // namespace

TEST_CASE("an attack without bad work was not tested", "[analysis]") {
  const auto judged = judge_one(attack("lazy work", kLoser, 0));
  CHECK(judged.verdict == Verdict::NotTested);
  CHECK(judged.sentence == "A cheat did no bad work: nothing was tested.");
}

TEST_CASE("fewer than four replications carry no verdict", "[analysis]") {
  const auto three = judge_one(attack("lazy work", {-17, -18, -19}));
  CHECK(three.verdict == Verdict::NoVerdict);
  CHECK(three.sentence == "3 replications cannot carry a verdict; at least 4 are needed.");
  const auto one = judge_one(attack("lazy work", {-17}));
  CHECK(one.sentence == "1 replication cannot carry a verdict; at least 4 are needed.");
  CHECK_FALSE(one.gain_usd.interval.has_value());
  CHECK(judge_one(attack("lazy work", {-17, -18, -19, -18})).verdict == Verdict::Deterred);
}

TEST_CASE("a gain below zero is deterred, above zero pays", "[analysis]") {
  // -17 with half-width 1.26 (two digits, as it begins with 1): [-18.3, -15.7]; 17/85 = 20 %.
  const auto loses = judge_one(attack("lazy work", kLoser));
  CHECK(loses.verdict == Verdict::Deterred);
  CHECK(loses.sentence ==
        "A cheat ends 17.0\u00a0[15.7,\u00a018.3]\u00a0USD poorer than by staying honest, "
        "20\u00a0% of an "
        "honest profit.");
  const auto gains = judge_one(attack("the ring", kWinner));
  CHECK(gains.verdict == Verdict::Pays);
  CHECK(gains.sentence ==
        "A cheat ends 9.0\u00a0[7.7,\u00a010.3]\u00a0USD richer than by staying honest, 11\u00a0% "
        "of an "
        "honest profit.");
}

TEST_CASE("with audits off a loss is not credited to them", "[analysis]") {
  const auto judged = judge_one(attack("lazy work", kLoser), kNothingAudited);
  CHECK(judged.verdict == Verdict::Deterred);
  CHECK(judged.sentence.ends_with("profit. Audits are off: the loss has another cause."));
  CHECK(judge_one(attack("the ring", kWinner), kNothingAudited).sentence.ends_with("profit."));
}

TEST_CASE("a gain within two percent of an honest profit breaks even", "[analysis]") {
  // 2 % of 85 is 1.7. Half-width 0.2528: [-0.15, 0.35] lies inside; with a spread of 1.5 it does
  // not.
  const auto judged = judge_one(attack("lazy work", kEven));
  CHECK(judged.verdict == Verdict::BreaksEven);
  CHECK(judged.sentence ==
        "A cheat gains +0.10\u00a0[−0.15,\u00a0+0.35]\u00a0USD, within 2\u00a0% of an honest "
        "profit of "
        "nothing.");
  CHECK(judge_one(attack("lazy work", around(0.1, 1.5))).verdict == Verdict::Undecided);
}

TEST_CASE("an undecided gain says how many replications would decide", "[analysis]") {
  // Half-width 3.79 around 3: k = 1.2 * 8 * (3.79 / 3)^2 = 15.3; around 1 it is 138 > 80.
  const auto near = judge_one(attack("lazy work", around(3, 3)));
  CHECK(near.verdict == Verdict::Undecided);
  CHECK(near.sentence ==
        "A cheat gains +3\u00a0[−1,\u00a0+7]\u00a0USD: the interval holds zero. About 16 "
        "replications would "
        "decide.");
  CHECK(
      judge_one(attack("lazy work", kOpen))
          .sentence.ends_with("The gain is too near zero for more replications to help; change the "
                              "scenario instead."));
  CHECK(judge_one(attack("lazy work", around(0, 3))).sentence.find("too near zero") !=
        std::string::npos);
}

TEST_CASE("several attacks share one error, and untested ones take no part", "[analysis]") {
  // Alone 1.3 +- 1.264 pays; as the larger p of two it is still tested at 0.05, as one of two with
  // a standing one before it, it is not reached.
  CHECK(judge_one(attack("a", around(1.3, 1))).verdict == Verdict::Pays);
  const auto with_decided =
      judge(std::vector{attack("a", around(1.3, 1)), attack("b", kLoser)}, kFivePercent);
  CHECK(with_decided[0].verdict == Verdict::Pays);
  CHECK(with_decided[1].level == Approx(0.025));
  const auto with_twin =
      judge(std::vector{attack("a", around(1.3, 1)), attack("b", around(1.3, 1))}, kFivePercent);
  CHECK(with_twin[0].verdict == Verdict::Undecided);
  CHECK(with_twin[1].verdict == Verdict::Undecided);
  const auto with_untested =
      judge(std::vector{attack("a", around(1.3, 1)), attack("b", around(1.3, 1), 0)}, kFivePercent);
  CHECK(with_untested[0].verdict == Verdict::Pays);
  CHECK(with_untested[0].level == kAlpha);
}

TEST_CASE("each attack is held against what its own people earn honestly", "[analysis]") {
  // The same gain of 0.1 [-0.15, 0.35]: next to nothing of 85 USD, and a tenth of one dollar.
  const std::vector<AttackEvidence> attacks{attack("lazy work", kEven), attack("lax looks", kEven)};
  const std::vector<AuditSetting> settings{{0.05, 85.0}, {0.05, 1.0}};
  const auto judged = judge(attacks, settings);
  CHECK(judged[0].verdict == Verdict::BreaksEven);
  CHECK(judged[1].verdict == Verdict::Undecided);
  CHECK(judge_one(attack("lazy work", kEven), {0.05, -85.0})
            .sentence.find("of an honest loss of nothing") != std::string::npos);
}

TEST_CASE("without an honest profit the gain is not compared with it", "[analysis]") {
  const auto judged = judge_one(attack("lazy work", kLoser), {0.05, 0.0});
  CHECK(judged.sentence.ends_with("than by staying honest."));
  CHECK(judge_one(attack("lazy work", kLoser), {0.05, -34.0})
            .sentence.ends_with("50\u00a0% of an honest loss."));
}

TEST_CASE("the headline names every attack by its verdict", "[analysis]") {
  const auto lazy = attack("lazy work", kLoser);
  const auto partial = attack("partial work", kLoser);
  const auto ring = attack("the ring", kWinner);
  const auto open = attack("the long con", kOpen);
  const auto even = attack("dumping", kEven);
  CHECK(headline_of({lazy, partial}) ==
        "Auditing 5\u00a0% of tasks deters every attack tried: lazy work and partial work.");
  CHECK(headline_of({lazy}) ==
        "Auditing 5\u00a0% of tasks deters the one attack tried: lazy work.");
  CHECK(headline_of({ring, attack("lazy work", kWinner)}) ==
        "Auditing 5\u00a0% of tasks deters none of the attacks tried: the ring and lazy work pay.");
  CHECK(headline_of({ring}) ==
        "Auditing 5\u00a0% of tasks does not deter the one attack tried: the ring pays.");
  CHECK(headline_of({lazy, partial, ring}) ==
        "Auditing 5\u00a0% of tasks deters lazy work and partial work, but the ring pays.");
  CHECK(headline_of({lazy, ring, even, open}) ==
        "Auditing 5\u00a0% of tasks deters lazy work, but the ring pays; dumping breaks even; for "
        "the "
        "long con this run cannot tell.");
  CHECK(headline_of({lazy, open}) ==
        "Auditing 5\u00a0% of tasks deters lazy work; for the long con this run cannot tell.");
  CHECK(
      headline_of({ring, open}) ==
      "Auditing 5\u00a0% of tasks does not deter the ring; for the long con this run cannot tell.");
  CHECK(headline_of({open, attack("lazy work", kOpen)}) ==
        "Whether auditing 5\u00a0% of tasks deters the long con and lazy work, this run cannot "
        "tell.");
  CHECK(headline_of({open}) ==
        "Whether auditing 5\u00a0% of tasks deters the one attack tried, the long con, this run "
        "cannot "
        "tell.");
  CHECK(headline_of({even, open}) ==
        "With 5\u00a0% of tasks audited, dumping breaks even; for the long con this run cannot "
        "tell.");
}

TEST_CASE("the headline says when nothing is audited", "[analysis]") {
  const auto lazy = attack("lazy work", kWinner);
  const auto ring = attack("the ring", kWinner);
  const auto partial = attack("partial work", kLoser);
  CHECK(headline_of({lazy, ring}, kNothingAudited) ==
        "Nothing is audited, and every attack tried pays: lazy work and the ring.");
  CHECK(headline_of({lazy}, kNothingAudited) ==
        "Nothing is audited, and the one attack tried pays: lazy work.");
  CHECK(
      headline_of({lazy, partial, attack("dumping", kOpen)}, kNothingAudited) ==
      "Nothing is audited: lazy work pays; partial work loses for another reason than audits; for "
      "dumping this run cannot tell.");
}

TEST_CASE("the headline says when there is nothing to judge", "[analysis]") {
  const std::string nobody =
      "Nobody attacks in this scenario, so the run says nothing about deterrence.";
  CHECK(headline_of({}) == nobody);
  CHECK(headline_of({attack("lazy work", kLoser, 0)}) == nobody);
  CHECK(headline_of({attack("lazy work", {-17, -18})}) == "Too few replications for a verdict.");
  // An untested attack is in no list.
  CHECK(headline_of({attack("lazy work", kLoser), attack("the ring", kWinner, 0)}) ==
        "Auditing 5\u00a0% of tasks deters the one attack tried: lazy work.");
}

TEST_CASE("without honest twins there is no gain and no verdict", "[analysis]") {
  const auto judged = judge_one(attack("lazy work", {}));
  CHECK(judged.verdict == Verdict::NoVerdict);
  CHECK(judged.sentence == "The run has no honest twins, so no gain is known.");
  CHECK(judged.theory.empty());
  CHECK(headline_of({attack("lazy work", {})}) ==
        "Without honest twins this run gives no verdict.");
}

TEST_CASE("theory is set against the run", "[analysis]") {
  auto lazy = attack("lazy work", kLoser);
  CHECK(judge_one(lazy).theory == "No closed form is known for it.");

  lazy.theory = {"V2", 0.0446, -16.5};
  CHECK(judge_one(lazy).theory ==
        "Theory (V2) puts the break-even at 4.5\u00a0%; the 5\u00a0% set is above it, and predicts "
        "this "
        "gain.");
  lazy.theory.gain_usd = -30.2;
  CHECK(judge_one(lazy).theory.ends_with(
      "above it, and predicts −30\u00a0USD: same sign, other size."));
  CHECK_FALSE(judge_one(lazy).theory_contradicts);
  lazy.theory = {"V2, V5", 0.0531, 4.0};
  CHECK(judge_one(lazy).theory ==
        "Theory (V2, V5) puts the break-even at 5.3\u00a0%; the 5\u00a0% set is below it, and "
        "predicts "
        "+4.0\u00a0USD: it contradicts the run; look here first.");
  CHECK(judge_one(lazy).theory_contradicts);

  lazy.theory = {"V2", 0.05, std::nullopt};
  CHECK(judge_one(lazy).theory ==
        "Theory (V2) puts the break-even at 5.0\u00a0%; the 5\u00a0% set is at it.");
  lazy.theory = {"V2", 1.7, std::nullopt};
  CHECK(judge_one(lazy).theory ==
        "Theory (V2) puts the break-even beyond 100\u00a0%; the 5\u00a0% set is below it.");
  lazy.theory = {"V2", std::nullopt, -16.5};
  CHECK(judge_one(lazy).theory == "Theory (V2) predicts this gain.");
  lazy.gains_usd = {-17};
  CHECK(judge_one(lazy).theory == "Theory (V2) predicts −17\u00a0USD.");
}

TEST_CASE("a verdict rests on costs when it turns inside an error band", "[analysis]") {
  const std::vector<CostBand> costs = {
      {"step time", 0.86, 1.16, {{"lazy work", 1.1}, {"the ring", 0.95}}},
      {"wear", 0.65, 1.4, {{"the ring", 0.8}, {"lazy work", 1.41}}},
      {"hashing", 0.98, 1.02, {{"lazy work", 1.1}}},
  };
  CHECK(rests_on_costs("lazy work", costs));
  CHECK(rests_on_costs("the ring", costs));
  CHECK_FALSE(rests_on_costs("partial work", costs));
  CHECK_FALSE(rests_on_costs("lazy work", std::span(costs).subspan(1)));
  const std::vector<std::string> all = {"lazy work", "partial work", "the ring"};
  CHECK(what_could_turn_it(all, costs) ==
        "The verdict on lazy work and the ring changes within the error band of step time "
        "(−14\u00a0% to +16\u00a0%) and of 1 other cost. That on partial work does not.");
  CHECK(what_could_turn_it(all, std::span(costs).first(1)) ==
        "The verdict on lazy work and the ring changes within the error band of step time "
        "(−14\u00a0% to +16\u00a0%). That on partial work does not.");
  CHECK(what_could_turn_it(std::vector<std::string>{"partial work"}, costs) ==
        "No cost: every verdict stands throughout the error band of each.");
  CHECK(what_could_turn_it(std::vector<std::string>{}, costs) ==
        "No verdict is decided, so no cost can turn one.");
}
