#include "analysis/outcome.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/campaign/run_plan.hpp"
#include "analysis/results.hpp"
#include "protocol/strategy/leaving.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/audited_market.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::analysis {
namespace {

protocol::LoadedScenario small_market(const std::vector<std::string>& sets) {
  const protocol::ScratchFolder folder;
  return protocol::load_scenario(folder.write("small.yaml", protocol::kSmallMarket), sets);
}

double value_of(const std::vector<Metric>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&name](const Metric& metric) { return metric.name == name; });
  REQUIRE(found != all.end());
  return found->value;
}

SummaryMetric summary_of(const std::vector<SummaryMetric>& all, const std::string& name) {
  const auto found = std::find_if(all.begin(), all.end(), [&name](const SummaryMetric& metric) {
    return metric.metric.name == name;
  });
  REQUIRE(found != all.end());
  return *found;
}

}  // namespace

TEST_CASE("a metric of what never happened is not a number", "[analysis]") {
  // A market at time zero: nobody was paid, audited, convicted or kept waiting.
  const std::vector<Metric> all = metrics_of(small_market({}));
  for (const char* name :
       {"price_usd_per_gpu_hour", "jobs_done_share", "accepted_bad_share", "caught_in_audit_share",
        "detection_median_h", "waiting_median_h", "waiting_p95_h", "dispute_rounds",
        "verification_overhead", "honest_margin_share", "task_cost_lazy_usd"}) {
    CAPTURE(name);
    CHECK(std::isnan(value_of(all, name)));
  }
  // A number of things is none, and known.
  for (const char* name : {"jobs", "slashes", "slashed_tokens", "gain_lazy_usd"}) {
    CAPTURE(name);
    CHECK(value_of(all, name) == 0.0);
  }
}

TEST_CASE("replications without a metric are left out of its mean and counted", "[analysis]") {
  const auto loaded = small_market({"twins=false", "horizon=12 h"});
  const std::atomic<bool> stop{false};
  ExperimentResult result;
  result.replications.push_back(*run_replication(loaded.rules, nullptr, 7, 0, stop));
  result.replications.push_back({outcome(protocol::Model(loaded.rules, 7)), std::nullopt});
  result.ordinals = {0, 1};
  const double price =
      value_of(metrics(*loaded.rules, result.replications.front()), "price_usd_per_gpu_hour");
  REQUIRE(price > 0.0);
  const auto all = summarise(*loaded.rules, result);
  const SummaryMetric found = summary_of(all, "price_usd_per_gpu_hour");
  CHECK(found.estimate.value == price);  // not half of it
  CHECK_FALSE(found.estimate.interval);
  CHECK(found.having() == 1);
  CHECK(found.samples.size() == 2);
  const SummaryMetric convictions = summary_of(all, "detection_median_h");
  const auto summary = nlohmann::json::parse(
      summary_json({"small.yaml", loaded, result, 7, 2, 1, "assay run small.yaml"}));
  CHECK(summary["metrics"]["price_usd_per_gpu_hour"]["n"] == 1);
  CHECK(summary["metrics"]["price_usd_per_gpu_hour"]["mean"] == price);
  CHECK(summary["metrics"]["jobs"]["n"] == 2);
  if (convictions.having() == 0) {
    CHECK(summary["metrics"]["detection_median_h"]["mean"].is_null());
    CHECK(summary["metrics"]["detection_median_h"]["n"] == 0);
  }
}

TEST_CASE("the margin of honest providers has the sign of their profit", "[analysis]") {
  const auto loaded = small_market({});
  RunOutcome run = outcome(protocol::Model(loaded.rules, 7));
  const auto margin = [&](double profit_usd) {
    run.group_profit_usd[0] = profit_usd;  // the gamers are the only honest providers
    return honest_margin(*loaded.rules, run);
  };
  run.groups[0].energy_uusd = 6'000'000;
  run.groups[0].wear_uusd = 4'000'000;
  CHECK(margin(5.0) == Approx(0.5));
  CHECK(margin(-5.0) == Approx(-0.5));
  CHECK(margin(-20.0) == Approx(-2.0));  // a loss above the costs, as by a fall of the token
}

TEST_CASE("a share of jobs holds no job of the warm-up", "[analysis]") {
  // Work takes three hours at least and deadlines a day: of the jobs that are posted in the last
  // hour none is done or late in it, while older ones are done.
  const auto loaded = small_market({"warm_up=47 h", "twins=false"});
  const std::atomic<bool> stop{false};
  const auto done = run_replication(loaded.rules, nullptr, 7, 0, stop);
  REQUIRE(done->run.market.jobs > 0);
  REQUIRE(done->run.market.tasks_done > 0);
  CHECK(done->run.market.jobs_done == 0);
  CHECK(done->run.market.jobs_late == 0);
}

TEST_CASE("accepted bad work does as much harm as its cheat's row says", "[analysis]") {
  // Half of two hours are skipped, each segment at the harm of a quarter.
  using namespace protocol::fixture;
  protocol::Rules rules =
      protocol::fixture::rules({job(0h, 2h)}, {provider("alice"), requester("rita")});
  protocol::Partial::Params partial;
  partial.share = protocol::percent(50);
  rules.groups[0].strategy = std::make_shared<protocol::Partial>(partial);
  const Played market = play(std::move(rules));
  const std::vector<Metric> all = metrics(market.model->rules(), outcome(*market.model));
  CHECK(value_of(all, "accepted_harm_share") == 0.125);
  CHECK(value_of(all, "accepted_bad_share") == 1.0);
}

TEST_CASE("an exit scam is caught though it had withdrawn before", "[analysis]") {
  using namespace protocol::fixture;
  protocol::ExitScam::Params scam;
  scam.returns = false;
  const Played market = play(audited(std::make_shared<protocol::ExitScam>(scam)));
  REQUIRE(market.totals(0).withdrawals == 1);
  REQUIRE(market.totals(0).slashed == 1);
  const RunOutcome run = outcome(*market.model);
  REQUIRE(run.detections.size() == 1);
  // Committed at 1 h, rejected at 2 h, conceded a minute later.
  CHECK(run.detections[0].caught);
  CHECK(run.detections[0].delay_d == Approx(61.0 / 1'440.0));
}

TEST_CASE("a wrong conviction catches no cheat that comes after it", "[analysis]") {
  using namespace protocol::fixture;
  // Alice does the hour honestly, is rejected all the same and gives up; of the twenty hours that
  // she has accepted before, eight are bad when she commits them at 20 h.
  for (const bool caught : {false, true}) {
    CAPTURE(caught);
    Scripted::Script script;
    script.work.cheated = protocol::percent(40);
    script.acts = {protocol::Act::Concede};
    TinyExecutor::Terms terms;
    terms.false_alarm = protocol::kWhole;
    protocol::Rules rules = audited(scripted(std::move(script)), terms);
    rules.demand =
        std::make_shared<ListedDemand>(std::vector<protocol::Arrival>{job(0h, 1h), job(0h, 20h)});
    rules.groups[0].slots = 2;
    rules.groups[0].balance = protocol::Tokens::whole(200);
    rules.horizon = caught ? 24h : 20h + 30min;
    protocol::Model model(share(std::move(rules)), 1);
    model.finish();
    const RunOutcome run = outcome(model);
    REQUIRE(run.groups[0].honest_slashed == 1);
    REQUIRE(run.groups[0].slashed == (caught ? 2 : 1));
    REQUIRE(run.detections.size() == 1);
    CHECK(run.detections[0].caught == caught);
    CHECK(run.detections[0].delay_d == Approx((caught ? 61.0 : 30.0) / 1'440.0));
  }
}

}  // namespace assay::analysis
