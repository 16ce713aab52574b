#include "analysis/statistics.hpp"

#include <cmath>

#include "sim/check.hpp"
#include "tests/catch.hpp"

using namespace assay::analysis;

namespace {
// Student's own example (1908): additional hours of sleep of ten patients under a drug against
// another. Published: mean 1.58, t = 4.0621, p = 0.00283, interval [0.70, 2.46].
const std::vector<double> kSleep = {1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4};
}  // namespace

TEST_CASE("Student's interval and test repeat his own example", "[analysis]") {
  const auto estimate = mean_estimate(kSleep);
  CHECK(estimate.value == Approx(1.58));
  CHECK(estimate.interval->low == Approx(0.7001142));
  CHECK(estimate.interval->high == Approx(2.4598858));
  CHECK(t_test_p(kSleep) == Approx(0.00283289).epsilon(1e-5));
}

TEST_CASE("one observation has no interval and none is an error", "[analysis]") {
  const std::vector<double> one = {3.0};
  CHECK(mean_estimate(one).value == 3.0);
  CHECK_FALSE(mean_estimate(one).interval.has_value());
  CHECK_THROWS_AS(mean(std::vector<double>{}), assay::sim::InvariantViolation);
  CHECK_THROWS_AS(standard_error(one), assay::sim::InvariantViolation);
}

TEST_CASE("a sample without spread is certain of its mean", "[analysis]") {
  const std::vector<double> same = {2.0, 2.0, 2.0};
  CHECK(t_test_p(same) == 0.0);
  CHECK(mean_estimate(same).interval->low == 2.0);
  CHECK(t_test_p(std::vector<double>{0.0, 0.0}) == 1.0);
}

TEST_CASE("a paired difference keeps the order of the replications", "[analysis]") {
  const std::vector<double> a = {5.0, 1.0};
  const std::vector<double> b = {2.0, 3.0};
  CHECK(paired_difference(a, b) == std::vector<double>{3.0, -2.0});
  CHECK_THROWS_AS(paired_difference(a, std::vector<double>{1.0}), assay::sim::InvariantViolation);
}

TEST_CASE("Wilson's interval repeats a published table", "[analysis]") {
  // Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17
  // (1998), table I, method 3.
  const auto check = [](std::int64_t r, std::int64_t n, double low, double high) {
    const auto estimate = proportion(r, n);
    CHECK(estimate.value == Approx(static_cast<double>(r) / static_cast<double>(n)));
    CHECK(estimate.interval->low == Approx(low).margin(5e-5));
    CHECK(estimate.interval->high == Approx(high).margin(5e-5));
  };
  check(81, 263, 0.2553, 0.3662);
  check(15, 148, 0.0624, 0.1605);
  check(0, 20, 0.0, 0.1611);
  check(1, 29, 0.0061, 0.1718);
}

TEST_CASE("MSER-5 cuts the start that differs and nothing else", "[analysis]") {
  // Sixty observations that alternate about 2, the first fifteen of them five higher.
  std::vector<double> series;
  for (int i = 0; i < 60; ++i) series.push_back(2.0 + (i % 2 == 0 ? 0.1 : -0.1));
  CHECK(mser5(series).settled);
  CHECK(mser5(series).observations == 0);
  for (std::size_t i = 0; i < 15; ++i) series[i] += 5.0;
  CHECK(mser5(series).settled);
  CHECK(mser5(series).observations == 15);
  // The level it stands at does not matter.
  for (double& value : series) value += 1e9;
  CHECK(mser5(series).observations == 15);
}

TEST_CASE("MSER-5 says when a series never settles", "[analysis]") {
  std::vector<double> rising;
  for (int i = 0; i < 60; ++i) rising.push_back(i);
  CHECK_FALSE(mser5(rising).settled);
  CHECK_FALSE(mser5(std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9}).settled);
}

TEST_CASE("Holm rejects by rank and stops at the first that stands", "[analysis]") {
  // p = .01, .04, .03, .005 at .05: .005 < .05/4 and .01 < .05/3 are rejected, .03 > .05/2 stands,
  // and .04 with it although it is below .05.
  const std::vector<double> p = {0.01, 0.04, 0.03, 0.005};
  const auto steps = holm(p);
  CHECK(steps[3].level == Approx(0.0125));
  CHECK(steps[0].level == Approx(0.05 / 3));
  CHECK(steps[2].level == Approx(0.025));
  CHECK(steps[1].level == Approx(0.025));
  CHECK(steps[3].rejected);
  CHECK(steps[0].rejected);
  CHECK_FALSE(steps[2].rejected);
  CHECK_FALSE(steps[1].rejected);
}

TEST_CASE("Holm's intervals lie off zero exactly where it rejects", "[analysis]") {
  // One spread, means moved in steps of 0.01 over both sides of every threshold.
  const std::vector<double> noise = {-1.0, 1.0, -0.5, 0.5, 0.2, -0.2};
  const auto moved = [&](double by) {
    auto sample = noise;
    for (auto& value : sample) value += by;
    return sample;
  };
  int rejected = 0;
  int standing = 0;
  for (int step = 0; step < 150; ++step) {
    const double by = 0.01 * step;
    const std::vector<std::vector<double>> samples = {moved(by), moved(-0.7 * by), moved(0.9)};
    std::vector<double> p;
    for (const auto& sample : samples) p.push_back(t_test_p(sample));
    const auto steps = holm(p);
    const auto drawn = holm_estimates(samples);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      CHECK(drawn[i].level == steps[i].level);
      CHECK(drawn[i].estimate.interval->holds(0.0) == !steps[i].rejected);
      ++(steps[i].rejected ? rejected : standing);
    }
  }
  CHECK(rejected > 50);
  CHECK(standing > 50);
}

TEST_CASE("the bound for none of N is one minus the Nth root of 0.05", "[analysis]") {
  for (const std::int64_t n : {1, 7, 84'296}) {
    CHECK(binomial_upper(0, n) ==
          Approx(1.0 - std::pow(0.05, 1.0 / static_cast<double>(n))).epsilon(1e-9));
  }
  CHECK(binomial_upper(5, 5) == 1.0);
  CHECK_THROWS_AS(binomial_upper(6, 5), assay::sim::InvariantViolation);
  CHECK_THROWS_AS(binomial_upper(0, 0), assay::sim::InvariantViolation);
}

TEST_CASE("Clopper and Pearson's interval repeats published values", "[analysis]") {
  // 10 of 100: [0.0490, 0.1762]; 0 of 10: [0, 0.3085]; all of 10 is its mirror image.
  const auto tenth = clopper_pearson(10, 100);
  CHECK(tenth.low == Approx(0.0490047).epsilon(1e-5));
  CHECK(tenth.high == Approx(0.1762226).epsilon(1e-5));
  CHECK(clopper_pearson(0, 10).low == 0.0);
  CHECK(clopper_pearson(0, 10).high == Approx(0.3084971).epsilon(1e-5));
  CHECK(clopper_pearson(10, 10).low == Approx(1 - 0.3084971).epsilon(1e-5));
}

TEST_CASE("Fieller's bounds are the ratios that a t-test just rejects", "[analysis]") {
  const std::vector<double> a = {2.1, 3.9, 6.2, 7.8, 10.1};
  const std::vector<double> b = {1.2, 1.9, 3.3, 3.7, 5.1};
  const auto ratio = ratio_of_means(a, b);
  CHECK(ratio.value == Approx(30.1 / 15.2));
  for (const double bound : {ratio.interval->low, ratio.interval->high}) {
    std::vector<double> scaled = b;
    for (auto& value : scaled) value *= bound;
    CHECK(t_test_p(paired_difference(a, scaled)) == Approx(0.05));
  }
  CHECK(ratio.interval->holds(ratio.value));
  // A denominator that may be zero bounds no ratio.
  CHECK_FALSE(ratio_of_means(a, std::vector<double>{-1, 1, -1, 1, 0.5}).interval.has_value());
}

TEST_CASE("Kaplan and Meier's estimate repeats the remission times of 1963", "[analysis]") {
  // Freireich et al.: weeks to relapse under 6-MP, 21 patients. Published survival: .857 at 6, .807
  // at 7, .753 at 10, .690 at 13, .627 at 16, .538 at 22, .448 at 23; median 23; at 6 weeks the
  // log-log interval is [.620, .952].
  std::vector<Observation> weeks;
  for (const double t : {6, 6, 6, 7, 10, 13, 16, 22, 23}) weeks.push_back({t, true});
  for (const double t : {6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35}) weeks.push_back({t, false});
  const auto steps = kaplan_meier(weeks);
  const std::vector<double> survival = {.857, .807, .753, .690, .627, .538, .448};
  REQUIRE(steps.size() == survival.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    CHECK(1.0 - steps[i].share == Approx(survival[i]).margin(5e-4));
  }
  CHECK(1.0 - steps[0].interval.high == Approx(.620).margin(5e-4));
  CHECK(1.0 - steps[0].interval.low == Approx(.952).margin(5e-4));
  CHECK(time_until(steps, 0.5) == 23.0);
  CHECK_FALSE(time_until(steps, 0.9).has_value());
}

TEST_CASE("when nobody is left, all have been caught", "[analysis]") {
  const auto steps = kaplan_meier({{1.0, true}, {2.0, true}});
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].share == Approx(0.5));
  CHECK(steps[1].share == 1.0);
  CHECK(steps[1].interval.high == 1.0);
  CHECK(time_until(steps, 0.5) == 1.0);
  CHECK(kaplan_meier({{3.0, false}}).empty());
}

TEST_CASE("Spearman's correlation repeats a textbook table", "[analysis]") {
  // Ten people, intelligence against hours of television: rho = -29/165.
  const std::vector<double> iq = {106, 100, 86, 101, 99, 103, 97, 113, 112, 110};
  const std::vector<double> hours = {7, 27, 2, 50, 28, 29, 20, 12, 6, 17};
  CHECK(spearman(iq, hours) == Approx(-29.0 / 165.0));
  CHECK_FALSE(spearman(iq, std::vector<double>(10, 1.0)).has_value());
  // Ties share a rank: 1, 2.5, 2.5, 4 against 1..4 gives 4.5 / sqrt(4.5 * 5).
  CHECK(spearman(std::vector<double>{1, 2, 2, 3}, std::vector<double>{1, 2, 3, 4}) ==
        Approx(4.5 / std::sqrt(22.5)));
}

TEST_CASE("the interval of a median lies between the tabulated ranks", "[analysis]") {
  // Two-sided 95 %: ranks 1 and 6 of 6, 2 and 9 of 10, 6 and 15 of 20; no ranks of 5.
  const auto first = [](int n) {
    std::vector<double> sample;
    for (int i = n; i > 0; --i) sample.push_back(i);
    return sample;
  };
  CHECK_FALSE(quantile_estimate(first(5), 0.5).interval.has_value());
  CHECK(quantile_estimate(first(6), 0.5).interval->low == 1.0);
  CHECK(quantile_estimate(first(6), 0.5).interval->high == 6.0);
  CHECK(quantile_estimate(first(10), 0.5).value == 5.5);
  CHECK(quantile_estimate(first(10), 0.5).interval->low == 2.0);
  CHECK(quantile_estimate(first(10), 0.5).interval->high == 9.0);
  CHECK(quantile_estimate(first(20), 0.5).interval->low == 6.0);
  CHECK(quantile_estimate(first(20), 0.5).interval->high == 15.0);
}
