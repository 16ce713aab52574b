#include "gpu_backend/calibration/tolerance.hpp"

#include <cmath>
#include <limits>

#include "sim/distributions.hpp"
#include "sim/draws.hpp"
#include "tests/catch.hpp"

namespace assay::backend {
namespace {

std::vector<double> log_normal(double median, double spread, int count, std::uint64_t seed) {
  sim::Draws draws(seed, 0, 0);
  std::vector<double> sample;
  for (int i = 0; i < count; ++i) sample.push_back(sim::lognormal(draws, std::log(median), spread));
  return sample;
}

}  // namespace

TEST_CASE("a distance is relative to the movement", "[gpu_backend]") {
  const std::vector<float> start{1, 1, 1}, check{1, 4, 5}, claim{1, 4, 5.5};
  CHECK(share_of_movement(start, check, check) == 0.0);
  CHECK(share_of_movement(start, check, claim) == Approx(0.1));  // 0.5 of 5
  CHECK(share_of_movement(start, check, start) == 1.0);          // nothing was done
  const std::vector<float> broken{1, std::numeric_limits<float>::quiet_NaN(), 1};
  CHECK(share_of_movement(start, check, broken) == std::numeric_limits<double>::infinity());
  CHECK_THROWS_AS(share_of_movement(start, start, claim), std::invalid_argument);
  CHECK_THROWS_AS(share_of_movement(start, check, std::vector<float>{1}), std::invalid_argument);
}

TEST_CASE("a tolerance is a multiple of a percentile of honest distances", "[gpu_backend]") {
  std::vector<double> honest;
  for (int i = 0; i <= 100; ++i) honest.push_back(0.01 * i);
  CHECK(tolerance_of(honest, {0.99, 2.0, 1e-7}) == Approx(1.98));
  CHECK(tolerance_of(honest, {0.5, 3.0, 1e-7}) == Approx(1.5));
  CHECK(tolerance_of({0.0, 0.0}, {}) == 1e-7);
}

TEST_CASE("the law of distances has their median and their spread", "[gpu_backend]") {
  const auto sample = log_normal(0.02, 0.4, 4000, 7);
  const auto law = law_of(sample, 0.1);
  // Standard errors: of a median 1.25 x 0.4 / sqrt(n) = 0.8 %, of a spread 0.4 / sqrt(2 n) =
  // 0.0045.
  CHECK(law.median_share_of_movement == Approx(0.02).epsilon(0.032));
  CHECK(law.spread == Approx(0.4).margin(0.018));
  REQUIRE(law.held_out);
  CHECK(law.held_out->of == 4000);
  // 0.1 lies ln 5 = 1.609 above the median, 4.02 spreads: 0.1 of 4000 segments.
  CHECK(law.held_out->rejected < 4);
  CHECK(rejected_by(law, 0.1) < 1e-3);
  CHECK(rejected_by(law, law.median_share_of_movement) == Approx(0.5));
}

TEST_CASE("where some are rejected the law rejects as many", "[gpu_backend]") {
  // 90 of 100 lie close together, 10 far beyond: a log-normal law of their spread would reject 23 %
  // of all, which 10 of 100 speak against.
  std::vector<double> sample(90, 0.01);
  for (std::size_t i = 0; i < sample.size(); ++i) sample[i] *= 1.0 + 1e-3 * static_cast<double>(i);
  sample.insert(sample.end(), 10, 10.0);
  const auto law = law_of(sample, 0.05);
  CHECK(law.held_out->rejected == 10);
  CHECK(rejected_by(law, 0.05) == Approx(0.10).epsilon(1e-6));
}

TEST_CASE("where none is rejected the law rejects less than one more segment would be",
          "[gpu_backend]") {
  for (const double spread : {0.1, 0.5, 0.8, 1.2, 3.0}) {
    std::vector<double> sample;
    for (int i = 1; i < 72; ++i) {
      const double z = (i - 36) / 36.0;  // uniform, with nothing just beyond 1
      sample.push_back(0.01 * std::exp(spread * z));
    }
    const double tolerance = 0.01 * std::exp(spread * 1.01);
    const auto law = law_of(sample, tolerance);
    CAPTURE(spread);
    CHECK(law.held_out->rejected == 0);
    CHECK(rejected_by(law, tolerance) <= 0.5 / 72.0 * (1.0 + 1e-9));
    // And so for a cheat of which none is accepted.
    const double narrow = 0.01 * std::exp(-spread * 1.01);
    CHECK(1.0 - rejected_by(law_of(sample, narrow), narrow) <= 0.5 / 72.0 * (1.0 + 1e-9));
  }
  // What lies far beyond any doubt keeps its own spread.
  const auto far = law_of({1.0, 1.001, 0.999, 1.0}, 1e-6);
  CHECK(rejected_by(far, 1e-6) == 1.0);
  CHECK(far.spread == Approx(0.000816).epsilon(0.01));
}

TEST_CASE("equal results have no distance, and what is broken has a large one", "[gpu_backend]") {
  const auto equal = law_of({0.0, 0.0, 0.0}, 1e-7);
  CHECK(equal.median_share_of_movement == 0.0);
  CHECK(equal.held_out->rejected == 0);
  CHECK(rejected_by(equal, 1e-7) == 0.0);
  const double infinite = std::numeric_limits<double>::infinity();
  const auto broken = law_of({infinite, infinite, infinite, infinite}, 0.1);
  CHECK(broken.held_out->rejected == 4);
  CHECK(rejected_by(broken, 0.1) == 1.0);
}

TEST_CASE("where some results are equal and others are not, the spread is one that a profile holds",
          "[gpu_backend]") {
  // Logarithms of 1e-12 and of 0.01 are 23 apart, so that the standard deviation of these is 12.6.
  const auto law = law_of({0.0, 0.0, 0.0, 0.01, 0.01}, 0.05);
  CHECK(law.spread == 10.0);
  CHECK(law.median_share_of_movement == Approx(1e-12));
}

}  // namespace assay::backend
