#include "analysis/compare.hpp"

#include <cmath>

#include "analysis/verdict.hpp"
#include "tests/catch.hpp"

namespace assay::analysis {
namespace {

SummaryMetric metric(const std::string& name, std::vector<double> samples) {
  const Estimate estimate = defined_estimate(samples);
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
                                              {metric("utilisation", {0.13, 0.533, 0.928, 0.33})});
  const ComparedMetric& one = comparison.metrics.front();
  CHECK(one.difference.value == Approx(0.03).epsilon(0.1));
  CHECK(one.difference.interval->low > 0.02);
  CHECK(one.verdict == Difference::Higher);
  CHECK(one.better == Better::Higher);
  CHECK(one.tested);
  CHECK(headline(comparison) == "B is better in utilisation.");
}

TEST_CASE("one amount in every replication is certain only where there are many", "[analysis]") {
  const auto sides = [](std::size_t n) {
    std::vector<double> a;
    std::vector<double> b;
    for (std::size_t i = 0; i < n; ++i) {
      a.push_back(0.1 + 0.01 * static_cast<double>(i));
      b.push_back(a.back() + 0.03);
    }
    return comparison_of({metric("utilisation", a)}, {metric("utilisation", b)});
  };
  const Comparison few = sides(8);
  CHECK(few.metrics.front().verdict == Difference::NoSpread);
  CHECK(few.metrics.front().difference.value == Approx(0.03));
  CHECK_FALSE(few.metrics.front().variance_ratio);  // it would be that of rounding errors
  CHECK(headline(few) ==
        "This comparison cannot tell A and B apart; 1 of 1 metrics differs by one amount in each "
        "of 8 replications, too few to rely on: 32 would do.");
  CHECK(sides(kConstantFrom).metrics.front().verdict == Difference::Higher);
}

TEST_CASE("replications that lack a metric are left out, and a dead market wins nothing",
          "[analysis]") {
  const double none = std::nan("");
  const Comparison dead = comparison_of(
      {metric("price_usd_per_gpu_hour", {0.20, 0.21, 0.22, 0.23}), metric("jobs", {5, 6, 7, 8})},
      {metric("price_usd_per_gpu_hour", {none, none, none, none}), metric("jobs", {1, 2, 4, 3})});
  const ComparedMetric& price = dead.metrics.front();
  CHECK(price.verdict == Difference::NoVerdict);
  CHECK(price.left_out == 4);
  CHECK(price.mean_a.value == Approx(0.215));
  CHECK(std::isnan(price.mean_b.value));
  CHECK(headline(dead).find("better in") == std::string::npos);
  CHECK(headline(dead).find("1 of 2 metrics has a value on both sides in too few replications") !=
        std::string::npos);
  const std::string json = to_json(dead);
  CHECK(to_json(comparison_from_json(json)) == json);

  const Comparison some = comparison_of({metric("utilisation", {0.1, none, 0.3, 0.4, 0.5})},
                                        {metric("utilisation", {0.6, 0.7, 0.81, 0.9, 1.02})});
  CHECK(some.metrics.front().left_out == 1);
  CHECK(some.metrics.front().a == std::vector<double>{0.1, 0.3, 0.4, 0.5});
  CHECK(some.metrics.front().difference.value == Approx((0.5 + 0.51 + 0.5 + 0.52) / 4));
  CHECK(some.metrics.front().verdict == Difference::Higher);

  // Neither side ever has it: nothing differs.
  const Comparison never =
      comparison_of({metric("delay", {none, none})}, {metric("delay", {none, none})});
  CHECK(never.metrics.front().verdict == Difference::None);
}

TEST_CASE("the variance that pairing saved is a ratio of variances", "[analysis]") {
  const std::vector<double> a{1, 2, 3, 4};
  const std::vector<double> b{2, 2, 4, 4};
  const Comparison comparison = comparison_of({metric("jobs", a)}, {metric("jobs", b)});
  // Var(a) = 5/3, Var(b) = 4/3, Var(b - a) = Var(1, 0, 1, 0) = 1/3.
  CHECK(*comparison.metrics.front().variance_ratio == Approx((5.0 / 3 + 4.0 / 3) / (1.0 / 3)));
  const ComparedMetric& one = comparison.metrics.front();
  CHECK(one.unpaired->half_width() ==
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

TEST_CASE("three replications have a difference and no verdict", "[analysis]") {
  const Comparison three = comparison_of({metric("utilisation", {0.1, 0.2, 0.3})},
                                         {metric("utilisation", {0.6, 0.71, 0.8})});
  CHECK(three.metrics.front().verdict == Difference::NoVerdict);
  CHECK(three.metrics.front().difference.interval->low > 0.0);
  CHECK(headline(three) == "3 replications cannot carry a verdict; at least 4 are needed.");
}

TEST_CASE("one replication has a difference and no verdict", "[analysis]") {
  const Comparison comparison =
      comparison_of({metric("utilisation", {0.1})}, {metric("utilisation", {0.2})});
  CHECK(comparison.metrics.front().verdict == Difference::NoVerdict);
  CHECK(comparison.metrics.front().difference.value == Approx(0.1));
  CHECK(headline(comparison) == "1 replication cannot carry a verdict; at least 4 are needed.");
}

TEST_CASE("what requesters pay in all, and wrong results, are better low", "[analysis]") {
  for (const char* name : {"requester_cost_usd_per_gpu_hour", "requester_cost_of_cloud_share",
                           "wrong_result_share", "price_usd_per_gpu_hour", "gain_lazy_usd"}) {
    CAPTURE(name);
    CHECK(better_side(name) == Better::Lower);
  }
  CHECK(better_side("audited_share") == Better::Neither);
}

}  // namespace assay::analysis
