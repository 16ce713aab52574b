#include "analysis/campaign/run_plan.hpp"

#include <stdexcept>

#include "tests/analysis/campaign/plan_fixture.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::analysis {
namespace {

using fixtures::plan_spec;
using fixtures::ScratchFolder;

TEST_CASE("a precision asks for the same replications whatever was there", "[analysis]") {
  const ScratchFolder folder;
  const Plan plan(plan_spec(folder, {"verification.rate=10 %,40 %"}));
  const auto keys = plan.check(1);
  // A mean of 10 with a spread that the rate decides.
  const auto noisy = [](const PointSpec& point, std::uint64_t, int replication,
                        const std::atomic<bool>&) -> std::optional<RunResult> {
    const double swing = *point.coordinates[0].value * 10.0;
    RunResult result;
    result.metrics = {{"number", "", "", "", 10.0 + (replication % 2 == 0 ? swing : -swing)}};
    return result;
  };
  const auto reached = [&](int before, int jobs) {
    CampaignOptions options;
    options.run = noisy;
    options.jobs = jobs;
    Campaign campaign(options);
    auto points = plan.enter(campaign, keys, 7, before);
    CHECK(campaign.compute(points));
    for (PlannedPoint& point : points) point.replications = 4;
    CHECK(run_plan(campaign, Precision{0.1, "number", 50}, points));
    return std::vector<int>{points[0].replications, points[1].replications};
  };
  // A swing of 1 has a spread of about 1, so t s / sqrt(n) <= 1 from n = 7 on: 4 ask for 8, which
  // is twice as many. A swing of 4 needs over 60, and is given up at 50.
  const std::vector<int> alone = reached(1, 1);
  CHECK(alone == std::vector<int>{8, 50});
  CHECK(reached(20, 2) == alone);
}

TEST_CASE("the metrics of a scenario are known before it runs", "[analysis]") {
  const ScratchFolder folder;
  const auto loaded = protocol::load_scenario(folder.write("small.yaml", protocol::kSmallMarket));
  PointSpec spec;
  spec.loaded = loaded;
  const std::atomic<bool> stop{false};
  const auto run = run_market(spec, 7, 0, stop);
  const std::vector<Metric> known = metrics_of(loaded);
  REQUIRE(known.size() == run->metrics.size());
  for (std::size_t i = 0; i < known.size(); ++i) CHECK(known[i].name == run->metrics[i].name);
  const auto last = known.end() - 3;  // what the twin adds
  CHECK(last[0].name == "gain_lazy_usd");
  CHECK(last[1].name == "task_cost_lazy_usd");
  CHECK(last[2].name == "task_reward_lazy_usd");
}

}  // namespace
}  // namespace assay::analysis
