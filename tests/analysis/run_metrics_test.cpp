#include <algorithm>

#include "analysis/outcome.hpp"
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

TEST_CASE("jobs done are a share of those that ended, not of those that came meanwhile",
          "[analysis]") {
  // Two jobs of 10 h come before the warm-up is over and end after it; one comes later.
  Rules rules = protocol::fixture::rules({job(0h, 10h), job(1h, 10h), job(20h, 1h)},
                                         {provider("alice", 2), requester("rita")});
  rules.warm_up = 5h;
  const Reported of = report(std::move(rules));
  CHECK(of["jobs"] == 1.0);
  CHECK(of["jobs_done_share"] == 1.0);
}

}  // namespace assay::analysis
