#include "analysis/compare.hpp"

#include "tests/catch.hpp"

namespace assay::analysis {
namespace {

SummaryMetric metric(const std::string& name, std::vector<double> samples) {
  const Estimate estimate = mean_estimate(samples);
  return {{name, name, "", "", estimate.value}, std::move(samples), estimate};
}

Comparison comparison_of(const std::vector<SummaryMetric>& a, const std::vector<SummaryMetric>& b) {
  Comparison comparison;
  comparison.name_a = "A";
  comparison.name_b = "B";
  comparison.metrics = compare_metrics(a, b);
  return comparison;
}

}  // namespace

TEST_CASE("a scenario compared with itself differs in nothing", "[analysis]") {
  const std::vector<SummaryMetric> a{metric("utilisation", {0.1, 0.2, 0.4}),
                                     metric("slashes", {3, 3, 3})};
  const Comparison comparison = comparison_of(a, a);
  REQUIRE(comparison.metrics.size() == 2);
  for (const ComparedMetric& one : comparison.metrics) {
    CHECK(one.verdict == Difference::None);
    CHECK(one.difference.value == 0.0);
    CHECK(one.difference.interval->low == 0.0);
    CHECK(one.difference.interval->high == 0.0);
  }
  CHECK(headline(comparison) == "A and B are the same in every metric.");
}

TEST_CASE("the rounding of a ratio is no difference", "[analysis]") {
  const Comparison comparison =
      comparison_of({metric("price", {0.12, 0.12})}, {metric("price", {0.12 + 2e-17, 0.12})});
  CHECK(comparison.metrics.front().verdict == Difference::None);
}

TEST_CASE("a known amount is found whatever the replications have in common", "[analysis]") {
  // The replications differ by much more than the two sides: only pairing shows the amount.
  const Comparison comparison = comparison_of({metric("utilisation", {0.10, 0.50, 0.90, 0.30})},
                                              {metric("utilisation", {0.13, 0.53, 0.93, 0.33})});
  const ComparedMetric& one = comparison.metrics.front();
  CHECK(one.difference.value == Approx(0.03));
  CHECK(one.difference.interval->low == Approx(0.03));
  CHECK(one.verdict == Difference::Higher);
  CHECK(one.better == Better::Higher);
  CHECK(headline(comparison) == "B is better in utilisation.");
}

TEST_CASE("the variance that pairing saved is a ratio of variances", "[analysis]") {
  const std::vector<double> a{1, 2, 3, 4};
  const std::vector<double> b{2, 2, 4, 4};
  const Comparison comparison = comparison_of({metric("jobs", a)}, {metric("jobs", b)});
  // Var(a) = 5/3, Var(b) = 4/3, Var(b - a) = Var(1, 0, 1, 0) = 1/3.
  CHECK(*comparison.metrics.front().variance_ratio == Approx((5.0 / 3 + 4.0 / 3) / (1.0 / 3)));
  const ComparedMetric& one = comparison.metrics.front();
  CHECK(one.unpaired.half_width() ==
        Approx(3.0 * one.difference.interval->half_width()));  // sqrt(9)
}

TEST_CASE("a difference smaller than its noise is undecided", "[analysis]") {
  const Comparison comparison = comparison_of({metric("utilisation", {0.1, 0.2, 0.3, 0.4})},
                                              {metric("utilisation", {0.3, 0.1, 0.2, 0.45})});
  CHECK(comparison.metrics.front().verdict == Difference::Undecided);
  CHECK(headline(comparison) ==
        "This comparison cannot tell A and B apart; 1 of 1 metrics is undecided.");
}

TEST_CASE("many metrics widen each other's intervals, equal ones do not", "[analysis]") {
  const std::vector<double> noise{0.1, 0.2, 0.35, 0.5};
  const std::vector<double> more{0.2, 0.4, 0.5, 0.61};
  const auto level = [&](std::size_t others, bool same) {
    std::vector<SummaryMetric> a{metric("utilisation", noise)};
    std::vector<SummaryMetric> b{metric("utilisation", more)};
    for (std::size_t i = 0; i < others; ++i) {
      a.push_back(metric("m" + std::to_string(i), noise));
      b.push_back(metric("m" + std::to_string(i), same ? noise : more));
    }
    return compare_metrics(a, b).front().level;
  };
  CHECK(level(0, false) == Approx(0.05));
  CHECK(level(4, true) == Approx(0.05));
  CHECK(level(4, false) == Approx(0.01));
}

TEST_CASE("one replication has a difference and no verdict", "[analysis]") {
  const Comparison comparison =
      comparison_of({metric("utilisation", {0.1})}, {metric("utilisation", {0.2})});
  CHECK(comparison.metrics.front().verdict == Difference::NoVerdict);
  CHECK(comparison.metrics.front().difference.value == Approx(0.1));
  CHECK(headline(comparison) == "One replication cannot carry a verdict; at least 2 are needed.");
}

}  // namespace assay::analysis
