#include "analysis/swept.hpp"

#include "analysis/campaign/run_plan.hpp"
#include "analysis/results.hpp"
#include "analysis/tuning/break_even.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::analysis {
namespace {

using protocol::ScratchFolder;
using Texts = std::vector<std::string>;

constexpr double kCost = 1.0;
constexpr double kReward = 2.0;
constexpr double kStake = 40.0;  // of the small market, at 1 USD a token and a full slash

/// What honest tasks cost and paid, as the store would have it from the twins.
std::optional<RunResult> with_money(const PointSpec&, std::uint64_t, int replication,
                                    const std::atomic<bool>&) {
  RunResult result;
  const double wobble = replication % 2 == 0 ? 1.25 : 0.75;
  result.metrics = {{gain_metric("lazy"), "Gain of lazy", "USD", "", 1.0},
                    {task_cost_metric("lazy"), "Cost", "USD", "", kCost * wobble},
                    {task_reward_metric("lazy"), "Pay", "USD", "", kReward * wobble}};
  return result;
}

Sweep swept(const Texts& axes, const std::string& market = protocol::kSmallMarket,
            const Texts& shown = {"gain_lazy_usd"}) {
  const ScratchFolder folder;
  PlanSpec spec;
  spec.scenario = folder.write("small.yaml", market);
  protocol::Complaints complaints;
  for (const std::string& axis : axes) spec.axes.push_back(*parse_axis("--vary", axis, complaints));
  complaints.throw_if_any();
  const Plan plan(spec);
  CampaignOptions options;
  options.run = with_money;
  Campaign campaign(options);
  auto points = plan.enter(campaign, plan.check(1), 7, 4);
  REQUIRE(run_plan(campaign, std::nullopt, points));
  PointTable table;
  table.facts = study_facts(plan.load(0).loaded);
  table.shown = shown;
  read_points(campaign, plan, points, table);
  const auto sweep = sweep_of(campaign, plan, points, table);
  REQUIRE(sweep);
  return *sweep;
}

std::string with(std::string market, const std::string& from, const std::string& to) {
  const std::size_t at = market.find(from);
  REQUIRE(at != std::string::npos);
  return market.replace(at, from.size(), to);
}

TEST_CASE("theory's break-even stands where its formula turns along the axis", "[analysis]") {
  // V2: q = c / (R + S), wherever the axis was tried, in whatever order.
  const double rate = kCost / (kReward + kStake);
  for (const char* axis : {"verification.rate=1%,10%", "verification.rate=30%,1%,2%,3%",
                           "verification.rate=0.001..1:log:7"}) {
    INFO(axis);
    const Sweep sweep = swept({axis});
    REQUIRE(sweep.theory.size() == 1);
    CHECK(sweep.theory[0].value == Approx(rate).epsilon(1e-5));
    CHECK(sweep.theory[0].formulas == "V2");
    // In the unit in which the axis was written.
    CHECK(theory_text(sweep) ==
          (sweep.axes[0].unit.empty() ? "lazy 0.024 (V2)" : "lazy 2.4\u00a0% (V2)"));
  }
  // Solved for the part of the stake that is lost: c = q (R + s S), at the market's q = 5 %.
  const Sweep shares = swept({"slashing.share=10%,100%"});
  REQUIRE(shares.theory.size() == 1);
  CHECK(shares.theory[0].value == Approx((kCost / 0.05 - kReward) / kStake).epsilon(1e-5));
}

TEST_CASE("theory is left out where it says nothing of what is swept", "[analysis]") {
  CHECK(swept({"verification.rate=5%,10%"}).theory.empty());  // one sign throughout
  CHECK(swept({"demand.rate=3,6,9"}).theory.empty());         // the axis turns no formula
  CHECK(swept({"reputation=none,exponential-average"}).theory.empty());  // words have no between
  CHECK(swept({"verification.rate=1%,10%", "slashing.share=50%,100%"}).theory.empty());
  CHECK(swept({"verification.rate=1%,10%"}, protocol::kSmallMarket, {"task_cost_lazy_usd"})
            .theory.empty());  // no gain is shown
  // A stake whose worth moves is not the S of the formula.
  const std::string moving = with(protocol::kSmallMarket, "{kind: fixed, supply",
                                  "{kind: geometric-brownian, volatility: 50 %, supply");
  CHECK(swept({"verification.rate=1%,10%"}, moving).theory.empty());
  // Nor is there a formula for who does its work.
  const std::string honest = with(protocol::kSmallMarket, "strategy: lazy", "strategy: vanish");
  CHECK(swept({"verification.rate=1%,10%"}, honest).theory.empty());
}

TEST_CASE("a break-even lies between two values of different sign, or nowhere", "[analysis]") {
  const auto falling = [](double x) { return 3.0 - x * x; };
  CHECK(*break_even_between(falling, 0.0, 10.0, false) == Approx(1.7320508).epsilon(1e-5));
  CHECK_FALSE(break_even_between(falling, 2.0, 10.0, false));
  // Of whole numbers 2 is the first at which cheating loses; rising, 1 is the last.
  CHECK(*break_even_between(falling, 0.0, 10.0, true) == 2.0);
  CHECK(*break_even_between([&](double x) { return -falling(x); }, 0.0, 10.0, true) == 1.0);
  CHECK_FALSE(break_even_between(falling, 2.0, 10.0, true));
}

}  // namespace
}  // namespace assay::analysis
