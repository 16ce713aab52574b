#include "analysis/report/provenance.hpp"
#include "analysis/results.hpp"
#include "tests/catch.hpp"

namespace assay::analysis {
namespace {

SummaryMetric metric_of(std::vector<double> samples) {
  SummaryMetric metric;
  metric.estimate = mean_estimate(samples);
  metric.samples = std::move(samples);
  return metric;
}

}  // namespace

TEST_CASE("an interval with cost errors reaches over all three runs", "[analysis]") {
  const SummaryMetric middle = metric_of({1.0, 2.0, 3.0});
  const SummaryMetric low = metric_of({-1.0, 0.0, 1.0});
  const SummaryMetric high = metric_of({2.0, 3.0, 4.0});
  const auto both = with_cost_errors(middle, low, high);
  REQUIRE(both);
  CHECK(both->low == low.estimate.interval->low);
  CHECK(both->high == high.estimate.interval->high);
  // However many replications, the error of a cost stays: with intervals of no width what remains
  // is the distance between the ends.
  const auto sure =
      with_cost_errors(metric_of({2.0, 2.0}), metric_of({1.0, 1.0}), metric_of({3.0, 3.0}));
  CHECK(sure->low == 1.0);
  CHECK(sure->high == 3.0);
  CHECK_FALSE(with_cost_errors(middle, low, metric_of({2.0})));
}

TEST_CASE("a tolerance's verdicts are shown with their exact interval", "[analysis]") {
  protocol::Provenance line{"distance of honest results", "measured", "here"};
  line.held_out = protocol::HeldOut{1, 200};
  const auto groups = cost_groups(std::vector{line});
  REQUIRE(groups.size() == 1);
  // Clopper and Pearson for 1 of 200: 0.0127 % to 2.75 %.
  const std::string& said = groups[0].cost.value;
  CHECK(said.starts_with("rejects 0.5\u00a0%\u00a0[0.01,"));
  CHECK(said.ends_with("2.8] of 200 held-out segments"));
}

}  // namespace assay::analysis
