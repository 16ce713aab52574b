#include "sim/math.hpp"

#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <limits>

#include "sim/digest.hpp"
#include "sim/draws.hpp"
#include "tests/catch.hpp"

namespace assay::sim {
namespace {

/// How far `value` is from `exact`, in units in the last place of the result.
double ulps(double value, long double exact) {
  const double rounded = static_cast<double>(exact);
  const double next = std::nextafter(std::fabs(rounded), std::numeric_limits<double>::infinity());
  const long double unit = static_cast<long double>(next) - std::fabs(rounded);
  return static_cast<double>(std::fabs((static_cast<long double>(value) - exact) / unit));
}

/// A positive double of any size: uniform in the exponent.
double any_positive(Draws& draws, int lowest, int highest) {
  const auto exponent =
      lowest + static_cast<int>(draws.below(static_cast<std::uint64_t>(highest - lowest)));
  return std::ldexp(1.0 + draws.uniform(), exponent);
}

TEST_CASE("log is within 1.5 ulp everywhere", "[sim]") {
  Draws draws(1, 1, 1);
  double worst = 0.0;
  for (int i = 0; i < 400'000; ++i) {
    const double x = i % 2 == 0 ? any_positive(draws, -1074, 1023) : 0.5 + 1.5 * draws.uniform();
    worst = std::max(worst, ulps(log(x), std::log(static_cast<long double>(x))));
  }
  // Next to 1, where a sum of table and rest could cancel.
  for (int i = 1; i < 100'000; ++i) {
    for (const double x : {1.0 + i * 0x1p-24, 1.0 - i * 0x1p-24, 1.0 + i * 0x1p-52}) {
      worst = std::max(worst, ulps(log(x), std::log(static_cast<long double>(x))));
    }
  }
  CAPTURE(worst);
  REQUIRE(worst < 1.5);
  REQUIRE(log(1.0) == 0.0);
}

TEST_CASE("log takes no number that has no logarithm", "[sim]") {
  REQUIRE_THROWS_AS(log(0.0), InvariantViolation);
  REQUIRE_THROWS_AS(log(-0.0), InvariantViolation);
  REQUIRE_THROWS_AS(log(-1.0), InvariantViolation);
  REQUIRE_THROWS_AS(log(std::numeric_limits<double>::infinity()), InvariantViolation);
  REQUIRE_THROWS_AS(log(std::numeric_limits<double>::quiet_NaN()), InvariantViolation);
  REQUIRE(log(std::numeric_limits<double>::denorm_min()) ==
          Approx(-744.4400719213812).epsilon(1e-15));
}

TEST_CASE("exp is within 1 ulp", "[sim]") {
  Draws draws(1, 1, 2);
  double worst = 0.0;
  for (int i = 0; i < 400'000; ++i) {
    const double x = i % 2 == 0 ? -708.0 + 1417.0 * draws.uniform() : 2.0 * draws.uniform() - 1.0;
    worst = std::max(worst, ulps(exp(x), std::exp(static_cast<long double>(x))));
  }
  CAPTURE(worst);
  REQUIRE(worst < 1.0);
  REQUIRE(exp(0.0) == 1.0);
  REQUIRE(exp(-746.0) == 0.0);
  REQUIRE(exp(-745.0) == std::numeric_limits<double>::denorm_min());
  REQUIRE(exp(709.78) == Approx(std::exp(709.78)).epsilon(1e-15));
  REQUIRE_THROWS_AS(exp(709.79), InvariantViolation);
  REQUIRE_THROWS_AS(exp(std::numeric_limits<double>::quiet_NaN()), InvariantViolation);
}

TEST_CASE("every point of the tables is the nearest double", "[sim]") {
  // At the points themselves log and exp return what the tables hold.
  for (const LogEntry& entry : kLogTable) {
    const long double exact = std::log(static_cast<long double>(entry.point));
    REQUIRE(static_cast<double>(std::fabs(exact - entry.log_high - entry.log_low)) < 1e-19);
    REQUIRE(entry.log_high * 0x1p42 == std::floor(entry.log_high * 0x1p42));
    REQUIRE(entry.inverse == 1.0 / entry.point);
  }
}

TEST_CASE("pow keeps to its stated error", "[sim]") {
  Draws draws(1, 1, 3);
  for (int i = 0; i < 200'000; ++i) {
    const double base = any_positive(draws, -30, 30);
    const double exponent = 20.0 * draws.uniform() - 10.0;
    const long double exact = std::pow(static_cast<long double>(base), exponent);
    const double allowed = 2.0 + 2.0 * std::fabs(exponent * std::log(base));
    REQUIRE(ulps(pow(base, exponent), exact) < allowed);
  }
  REQUIRE(pow(0.0, 0.5) == 0.0);
  REQUIRE(pow(2.0, 0.0) == 1.0);
  REQUIRE_THROWS_AS(pow(0.0, 0.0), InvariantViolation);
  REQUIRE_THROWS_AS(pow(-1.0, 2.0), InvariantViolation);
}

TEST_CASE("normal_quantile inverts the normal distribution", "[sim]") {
  Draws draws(1, 1, 4);
  for (int i = 0; i < 100'000; ++i) {
    const double p =
        i % 2 == 0 ? 0.5 * (draws.uniform_positive()) * 0.999 : any_positive(draws, -1000, -2);
    const double exact = -std::sqrt(2.0) * boost::math::erfc_inv(2.0 * p);
    REQUIRE(normal_quantile(p) == Approx(exact).epsilon(2e-15).margin(1e-16));
    if (p > 1e-10) REQUIRE(normal_quantile(1.0 - p) == -normal_quantile(1.0 - (1.0 - p)));
  }
  REQUIRE(normal_quantile(0.5) == 0.0);
  REQUIRE(normal_quantile(0.975) == Approx(1.959963984540054).epsilon(1e-15));
  REQUIRE_THROWS_AS(normal_quantile(0.0), InvariantViolation);
  REQUIRE_THROWS_AS(normal_quantile(1.0), InvariantViolation);
}

TEST_CASE("quantiles of a sample interpolate between order statistics", "[sim]") {
  CHECK(sample_quantile({4, 1, 3, 2}, 0.5) == 2.5);
  CHECK(sample_quantile({4, 1, 3, 2}, 0.0) == 1.0);
  CHECK(sample_quantile({4, 1, 3, 2}, 1.0) == 4.0);
  CHECK(sample_quantile({7}, 0.9) == 7.0);
}

TEST_CASE("the mathematics gives the same bits on every compiler and level", "[sim]") {
  // The digest of results over a fixed set of arguments; whoever changes it changes every run.
  Digest digest;
  Draws draws(1, 1, 5);
  for (int i = 0; i < 100'000; ++i) {
    const double x = any_positive(draws, -1000, 1000);
    digest.update_value(std::bit_cast<std::uint64_t>(log(x)));
    digest.update_value(std::bit_cast<std::uint64_t>(exp(1400.0 * draws.uniform() - 700.0)));
    digest.update_value(std::bit_cast<std::uint64_t>(pow(draws.uniform_positive(), 0.37)));
    digest.update_value(std::bit_cast<std::uint64_t>(
        normal_quantile(static_cast<double>(2 * (draws.bits() >> 12) + 1) * 0x1p-53)));
  }
  REQUIRE(hex(digest.finish()) ==
          "a1165ffdae454559051c9e3c5f8e9b7e9f0244ac0a5fb19d75d726f6e6c1e2ad");
  // Three that can be looked up; the second is one unit from the nearest double, ...516.
  REQUIRE(std::bit_cast<std::uint64_t>(log(2.0)) == 0x3fe62e42fefa39ef);
  REQUIRE(std::bit_cast<std::uint64_t>(log(0.1)) == 0xc0026bb1bbb55515);
  REQUIRE(std::bit_cast<std::uint64_t>(exp(1.0)) == 0x4005bf0a8b145769);
}

}  // namespace
}  // namespace assay::sim
