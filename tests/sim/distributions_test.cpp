#include "sim/distributions.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "sim/digest.hpp"
#include "tests/catch.hpp"

namespace assay::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kCount = 200'000;

std::vector<double> sample(const std::function<double(Draws&)>& variable) {
  Draws draws(2026, 9, 1);
  std::vector<double> values(kCount);
  for (double& value : values) value = variable(draws);
  return values;
}

/// The largest distance between the sample's and the exact distribution, times sqrt(n). The chance
/// of 2.3 or more is 2 exp(-2 * 2.3^2) = 5e-5 if the distribution is right (Kolmogorov).
double kolmogorov(std::vector<double> values, const std::function<double(double)>& distribution) {
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  double largest = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double exact = distribution(values[i]);
    largest = std::max({largest, std::fabs(exact - static_cast<double>(i) / n),
                        std::fabs(exact - static_cast<double>(i + 1) / n)});
  }
  return largest * std::sqrt(n);
}
constexpr double kKolmogorovBound = 2.3;

/// How many standard errors the sample's mean is from `mean`, given the variable's exact sd.
double mean_error(const std::vector<double>& values, double mean, double sd) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  const auto n = static_cast<double>(values.size());
  return std::fabs(sum / n - mean) / (sd / std::sqrt(n));
}
constexpr double kErrorBound = 4.0;  // exceeded by 6 seeds in 100,000

double normal_distribution(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

TEST_CASE("exponential variables have their distribution", "[sim]") {
  const auto values = sample([](Draws& d) { return exponential(d, 2.0); });
  REQUIRE(kolmogorov(values, [](double x) { return 1.0 - std::exp(-x / 2.0); }) < kKolmogorovBound);
  REQUIRE(mean_error(values, 2.0, 2.0) < kErrorBound);
  Draws draws(1, 1, 1);
  REQUIRE(exponential(draws, 0.0) == 0.0);
}

TEST_CASE("exponential times are whole nanoseconds, and short means round to nearest", "[sim]") {
  const auto values =
      sample([](Draws& d) { return static_cast<double>(exponential_time(d, 1h).count()); });
  REQUIRE(mean_error(values, 3.6e12, 3.6e12) < kErrorBound);
  // With a mean of 1 ns, P(0) = P(X < 1/2) = 1 - exp(-1/2) = 0.3935; its sd is 0.489 / sqrt(n).
  const auto shorts = sample([](Draws& d) { return exponential_time(d, 1ns) == 0ns ? 1.0 : 0.0; });
  REQUIRE(mean_error(shorts, 1.0 - std::exp(-0.5), 0.4885) < kErrorBound);
  Draws draws(1, 1, 1);
  REQUIRE(exponential_time(draws, 0ns) == 0ns);
  REQUIRE_THROWS_AS(exponential_time(draws, -1s), InvariantViolation);
}

TEST_CASE("Weibull variables have their distribution", "[sim]") {
  for (const double shape : {0.5, 1.0, 3.0}) {
    const auto values = sample([=](Draws& d) { return weibull(d, shape, 10.0); });
    const auto distribution = [=](double x) { return 1.0 - std::exp(-std::pow(x / 10.0, shape)); };
    REQUIRE(kolmogorov(values, distribution) < kKolmogorovBound);
  }
  Draws draws(1, 1, 1);
  REQUIRE_THROWS_AS(weibull(draws, 0.0, 1.0), InvariantViolation);
  REQUIRE_THROWS_AS(weibull(draws, 1.0, 0.0), InvariantViolation);
}

TEST_CASE("normal and lognormal variables have their distributions", "[sim]") {
  const auto values = sample([](Draws& d) { return normal(d); });
  REQUIRE(kolmogorov(values, normal_distribution) < kKolmogorovBound);
  REQUIRE(mean_error(values, 0.0, 1.0) < kErrorBound);
  const auto logs = sample([](Draws& d) { return lognormal(d, 1.0, 0.5); });
  REQUIRE(kolmogorov(logs, [](double x) {
            return normal_distribution((std::log(x) - 1.0) / 0.5);
          }) < kKolmogorovBound);
  // Mean exp(1 + 0.125), variance (exp(0.25) - 1) mean^2.
  const double mean = std::exp(1.125);
  REQUIRE(mean_error(logs, mean, mean * std::sqrt(std::exp(0.25) - 1.0)) < kErrorBound);
}

TEST_CASE("Pareto variables have their distribution", "[sim]") {
  const auto values = sample([](Draws& d) { return pareto(d, 1.2, 3.0); });
  REQUIRE(*std::min_element(values.begin(), values.end()) >= 3.0);
  REQUIRE(kolmogorov(values, [](double x) { return 1.0 - std::pow(3.0 / x, 1.2); }) <
          kKolmogorovBound);
  Draws draws(1, 1, 1);
  REQUIRE_THROWS_AS(pareto(draws, 0.0, 1.0), InvariantViolation);
}

TEST_CASE("gamma variables have their distribution", "[sim]") {
  // With shape 2 the distribution is 1 - exp(-x)(1 + x); with 1/2 it is erf(sqrt(x)).
  const auto two = sample([](Draws& d) { return gamma(d, 2.0, 1.0); });
  REQUIRE(kolmogorov(two, [](double x) { return 1.0 - std::exp(-x) * (1.0 + x); }) <
          kKolmogorovBound);
  const auto half = sample([](Draws& d) { return gamma(d, 0.5, 1.0); });
  REQUIRE(kolmogorov(half, [](double x) { return std::erf(std::sqrt(x)); }) < kKolmogorovBound);
  const auto many = sample([](Draws& d) { return gamma(d, 50.0, 0.1); });
  REQUIRE(mean_error(many, 5.0, std::sqrt(50.0) * 0.1) < kErrorBound);
}

TEST_CASE("chance is exact at its ends and has its share between", "[sim]") {
  Draws draws(3, 1, 0);
  int hits = 0;
  for (std::size_t i = 0; i < kCount; ++i) {
    REQUIRE_FALSE(chance(draws, 0));
    REQUIRE(chance(draws, 1'000'000'000));
    hits += chance(draws, 50'000'000) ? 1 : 0;
  }
  // Binomial: mean 10,000, sd sqrt(200000 * 0.05 * 0.95) = 97.
  REQUIRE(std::abs(hits - 10'000) < 4 * 97);
  REQUIRE_THROWS_AS(chance(draws, -1), InvariantViolation);
  REQUIRE_THROWS_AS(chance(draws, 1'000'000'001), InvariantViolation);
}

TEST_CASE("a Floyd sample is sorted, without repetition, and every subset is as likely", "[sim]") {
  Draws draws(4, 1, 0);
  // The ten subsets of two out of five, as bits.
  std::array<int, 32> seen{};
  for (int i = 0; i < 100'000; ++i) {
    const std::vector<std::uint64_t> picked = floyd_sample<std::uint64_t>(draws, 5, 2);
    REQUIRE(picked.size() == 2);
    REQUIRE(picked[0] < picked[1]);
    REQUIRE(picked[1] < 5);
    ++seen[(std::size_t{1} << picked[0]) | (std::size_t{1} << picked[1])];
  }
  int subsets = 0;
  for (const int count : seen) {
    if (count == 0) continue;
    ++subsets;
    REQUIRE(std::abs(count - 10'000) < 4 * 95);  // sd sqrt(100000 * 0.1 * 0.9) = 95
  }
  REQUIRE(subsets == 10);
  REQUIRE(floyd_sample(draws, 7U, 0U).empty());
  REQUIRE(floyd_sample(draws, 0U, 0U).empty());
  REQUIRE(floyd_sample(draws, 3U, 3U) == std::vector<unsigned>{0, 1, 2});
  REQUIRE_THROWS_AS(floyd_sample(draws, 2U, 3U), InvariantViolation);
}

TEST_CASE("variables have the same bits on every compiler and level", "[sim]") {
  Digest digest;
  Draws draws(5, 1, 0);
  const auto add = [&](double value) { digest.update_value(std::bit_cast<std::uint64_t>(value)); };
  for (int i = 0; i < 20'000; ++i) {
    add(exponential(draws, 3.0));
    digest.update_value(exponential_time(draws, 1h).count());
    add(weibull(draws, 0.7, 2.0));
    add(lognormal(draws, 1.0, 1.5));
    add(pareto(draws, 1.2, 1.0));
    add(gamma(draws, 0.4, 2.0));
    add(gamma(draws, 4.0, 2.0));
  }
  REQUIRE(hex(digest.finish()) ==
          "e34635876a879b1cb5fb33dbd4ecb72f1375e860d5d3529e14ef687f107d1462");
}

}  // namespace
}  // namespace assay::sim
