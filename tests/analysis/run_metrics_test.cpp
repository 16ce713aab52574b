#include <algorithm>
#include <cmath>

#include "analysis/outcome.hpp"
#include "analysis/range.hpp"
#include "protocol/verification/planted_faults.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/market_story.hpp"

// What a run reports of a market that is small enough to count by hand (market_fixture.hpp).
namespace assay::analysis {
namespace {

using namespace protocol::fixture;
using protocol::Rules;

/// The metrics of a market that was played to its end.
struct Reported {
  std::vector<Metric> all;
  [[nodiscard]] bool has(std::string_view name) const {
    return std::any_of(all.begin(), all.end(),
                       [&](const Metric& metric) { return metric.name == name; });
  }
  [[nodiscard]] double operator[](std::string_view name) const {
    for (const Metric& metric : all) {
      if (metric.name == name) return metric.value;
    }
    FAIL("no metric " << name);
    return 0.0;
  }
};

Reported report(Rules rules) {
  const Played market = play(std::move(rules));
  return {metrics(market.model->rules(), outcome(*market.model))};
}

}  // namespace

TEST_CASE("an interval ends where its quantity does", "[analysis]") {
  // Student's interval of these is 0.25 +- 3.18 x 0.25.
  const std::vector<double> rare{0.0, 0.0, 0.0, 1.0};
  const Estimate share = within(range_of("accepted_bad_share", "share"), mean_estimate(rare));
  CHECK(share.value == 0.25);
  CHECK(share.interval->low == 0.0);
  CHECK(share.interval->high == 1.0);
  const Estimate overhead = within(range_of("verification_overhead", "share"), mean_estimate(rare));
  CHECK(overhead.interval->low == 0.0);
  CHECK(overhead.interval->high == Approx(1.0456).epsilon(1e-4));
  CHECK(within(range_of("slashes", ""), mean_estimate(rare)).interval->low == 0.0);
  for (const auto& [metric, unit] :
       {std::pair{"gain_lazy_usd", "USD"}, std::pair{"honest_margin_share", "share"}}) {
    CHECK(within(range_of(metric, unit), mean_estimate(rare)).interval->low < -0.5);
  }
  CHECK_FALSE(within(kPartOfWhole, {0.5, std::nullopt}).interval);
}

TEST_CASE("every metric lies in its range", "[analysis]") {
  // Everybody cheats and everything is audited; one job is late, one machine goes away.
  Rules rules =
      protocol::fixture::rules({job(0h, 2h), job(0h, 10h), job(1h, 30min)},
                               {provider("alice", 2), verifier("vera"), requester("rita")});
  Scripted::Script script;
  script.work.cheated = protocol::kWhole;
  rules.groups[0].strategy = scripted(script);
  protocol::SpotCheck::Params check;
  check.rate = protocol::kWhole;
  rules.verification = std::make_shared<protocol::SpotCheck>(check);
  for (const Metric& metric : report(std::move(rules)).all) {
    CAPTURE(metric.name, metric.value);
    if (std::isnan(metric.value)) continue;
    CHECK(range_of(metric.name, metric.unit).holds(metric.value));
  }
}

TEST_CASE("of the leases that ended one may have been handed back with nothing", "[analysis]") {
  Rules rules = protocol::fixture::rules({job(0h, 2h)}, {provider("alice"), requester("rita")});
  rules.groups[0].availability =
      std::make_shared<ScriptedAvailability>(std::vector<sim::SimDuration>{30min, 1h});
  const Reported of = report(rules);
  CHECK(of["handed_back_share"] == 0.5);  // and one that was finished
  CHECK(of["jobs_done_share"] == 1.0);
  // Who quits has not lost its machine.
  Scripted::Script script;
  script.work.quits_after = protocol::percent(25);
  rules.groups[0].availability = std::make_shared<protocol::Always>(protocol::Always::Params{});
  rules.groups[0].strategy = scripted(script);
  rules.setting.workloads[0].deadline_slack = 3h;
  CHECK(report(rules)["handed_back_share"] == 0.0);
}

TEST_CASE("jobs done are a share of those posted in the measured time", "[analysis]") {
  // Two jobs of 10 h come before the warm-up is over and end after it; one comes later.
  Rules rules = protocol::fixture::rules({job(0h, 10h), job(1h, 10h), job(20h, 1h)},
                                         {provider("alice", 2), requester("rita")});
  rules.warm_up = 5h;
  const Reported of = report(std::move(rules));
  CHECK(of["jobs"] == 1.0);
  CHECK(of["jobs_done_share"] == 1.0);
}

TEST_CASE("the whole cost to requesters has audits and taxes in it", "[analysis]") {
  // An hour for 4 tok of 10 cents, an audit for 2, and a tax of half of the price.
  Rules rules = protocol::fixture::rules({job(0h, 1h)},
                                         {provider("alice"), verifier("vera"), requester("rita")});
  protocol::PlantedFaults::Params params;
  params.check.rate = protocol::kWhole;
  params.check.segments = 1;
  params.check.pay = protocol::percent(50);
  params.planted = protocol::Share{};
  params.jackpot.tax = protocol::percent(50);
  rules.verification = std::make_shared<protocol::PlantedFaults>(params);
  const Reported of = report(rules);
  CHECK(of["price_of_cloud_share"] == Approx(0.4));
  CHECK(of["requester_cost_usd_per_gpu_hour"] == Approx(0.8));
  CHECK(of["requester_cost_of_cloud_share"] == Approx(0.8));
  // Of two segments only one was done, and nobody found out.
  rules.demand = std::make_shared<ListedDemand>(std::vector<protocol::Arrival>{job(0h, 2h)});
  rules.verification =
      std::make_shared<protocol::NoVerification>(protocol::NoVerification::Params{});
  Scripted::Script script;
  script.work.cheated = protocol::percent(50);
  rules.groups[0].strategy = scripted(script);
  CHECK(report(rules)["requester_cost_usd_per_gpu_hour"] == Approx(0.8));
}

TEST_CASE("what is refused or fails is reported where it can happen", "[analysis]") {
  SECTION("none, where tokens suffice") {
    Rules rules = protocol::fixture::rules({job(0h, 1h), job(2h, 1h)},
                                           {provider("alice"), requester("rita")});
    protocol::FixedToken::Params token;
    token.supply = protocol::Tokens::whole(114);  // 14, and 10 when 4 are Alice's: enough twice
    token.price = protocol::TokenPrice{protocol::Usd::micro(100'000)};
    rules.token = std::make_shared<protocol::FixedToken>(token);
    const Reported of = report(std::move(rules));
    CHECK(of["refused_no_tokens"] == 0.0);
    CHECK_FALSE(of.has("audits_unheld"));
    CHECK_FALSE(of.has("planted_audits"));
    CHECK_FALSE(of.has("failed_vote_share"));
    CHECK_FALSE(of.has("fault_fees_tokens"));
    CHECK_FALSE(of.has("quits"));
  }
  SECTION("tokens that have run out for good") {
    Rules rules = protocol::fixture::rules({job(0h, 1h), job(2h, 1h), job(4h, 1h)},
                                           {provider("alice"), requester("rita")});
    protocol::FixedToken::Params token;
    token.supply = protocol::Tokens::whole(117);  // 17, 13 and 9: too few for the third
    token.price = protocol::TokenPrice{protocol::Usd::micro(100'000)};
    rules.token = std::make_shared<protocol::FixedToken>(token);
    CHECK(report(std::move(rules))["refused_no_tokens"] == 1.0);
  }
  SECTION("verifiers that are missing") {
    Rules rules = protocol::fixture::rules({job(0h, 1h)}, {provider("alice"), requester("rita")});
    rules.verification = always_audit(1, 2);
    const Reported none = report(rules);
    CHECK(none["audits_unheld"] == 1.0);
    CHECK(none["calls_missing"] == 2.0);
    rules.groups.push_back(verifier("vera"));
    const Reported one = report(rules);
    CHECK(one["audits_unheld"] == 0.0);
    CHECK(one["calls_missing"] == 1.0);
  }
  SECTION("leases that are quit") {
    Rules rules = protocol::fixture::rules({job(0h, 2h)}, {provider("alice"), requester("rita")});
    Scripted::Script script;
    script.work.quits_after = protocol::percent(50);
    script.work.elsewhere = protocol::Usd::whole(1);
    rules.groups[0].strategy = scripted(script);
    protocol::FixedShare::Params slash;
    slash.fault_fee = protocol::percent(1);
    rules.slashing = slashing(slash);
    rules.groups[0].balance = protocol::Tokens::whole(200);
    rules.setting.workloads[0].deadline_slack = 1h;  // nobody goes on from its checkpoint
    const Reported of = report(std::move(rules));
    CHECK(of["quits"] == 1.0);
    CHECK(of["elsewhere_usd"] == 1.0);
    CHECK(of["fault_fees_tokens"] == 1.0);
  }
}

}  // namespace assay::analysis
