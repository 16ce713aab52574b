#include "protocol/claim.hpp"

#include <algorithm>
#include <cmath>

#include "sim/check.hpp"
#include "tests/catch.hpp"

namespace assay::protocol {
namespace {

using namespace std::chrono_literals;

constexpr Chance kChance{42};

LeaseRow lease_of(std::uint64_t key, std::uint32_t segments, std::uint32_t bad) {
  LeaseRow lease;
  lease.key = key;
  lease.segments = segments;
  lease.bad = bad;
  return lease;
}

std::vector<std::uint32_t> bad_segments(const LeaseRow& lease) {
  std::vector<std::uint32_t> bad;
  for (std::uint32_t s = 0; s < lease.segments; ++s) {
    if (is_bad(kChance, lease, s)) bad.push_back(s);
  }
  return bad;
}

/// Whether `count` of `trials` is within five standard errors of probability `p`: a false alarm has
/// a chance of 6e-7, and the seeds are fixed.
bool near(std::int64_t count, std::int64_t trials, double p) {
  const double mean = static_cast<double>(trials) * p;
  return std::abs(static_cast<double>(count) - mean) <= 5.0 * std::sqrt(mean * (1.0 - p));
}

TEST_CASE("a share of the segments is rounded to the nearest, halves up", "[protocol]") {
  CHECK(cheated_segments(Share{0}, 24) == 0);
  CHECK(cheated_segments(kWhole, 24) == 24);
  CHECK(cheated_segments(percent(30), 24) == 7);        // 7.2
  CHECK(cheated_segments(percent(50), 5) == 3);         // 2.5
  CHECK(cheated_segments(percent(10), 4) == 0);         // 0.4
  CHECK(cheated_segments(Share{125'000'000}, 4) == 1);  // 0.5
  CHECK(cheated_segments(Share{124'999'999}, 4) == 0);
  CHECK(cheated_segments(kWhole, 4'000'000'000u) == 4'000'000'000u);
}

TEST_CASE("exactly as many segments are bad as the plan says, in any order of asking",
          "[protocol]") {
  for (std::uint64_t key = 0; key < 100; ++key) {
    const auto n = static_cast<std::uint32_t>(1 + key % 29);
    for (std::uint32_t b = 0; b <= n; ++b) {
      CAPTURE(key, n, b);
      const LeaseRow lease = lease_of(key, n, b);
      const std::vector<std::uint32_t> bad = bad_segments(lease);
      REQUIRE(bad.size() == b);
      // Backwards, and each end of a partial claim.
      std::uint32_t below = n;
      for (std::uint32_t end = n; end > 0; --end) {
        const auto expected =
            static_cast<std::uint32_t>(std::lower_bound(bad.begin(), bad.end(), end) - bad.begin());
        REQUIRE(count_bad(kChance, lease, end) == expected);
        REQUIRE(is_bad(kChance, lease, end - 1) ==
                std::binary_search(bad.begin(), bad.end(), end - 1));
        below = std::min(below, expected);
      }
      REQUIRE(count_bad(kChance, lease, 0) == 0);
    }
  }
}

TEST_CASE("every pair of segments is bad equally often", "[protocol]") {
  // Floyd's method takes every b-subset alike: a pair of n = 10 with probability
  // b (b - 1) / (n (n - 1)), here 4 x 3 / 90; also through the complement (b = 7: 42 / 90).
  constexpr std::int64_t kTrials = 20'000;
  for (const std::uint32_t b : {4u, 7u}) {
    std::int64_t pairs[10][10] = {};
    for (std::uint64_t key = 0; key < static_cast<std::uint64_t>(kTrials); ++key) {
      const std::vector<std::uint32_t> bad = bad_segments(lease_of(sim::mix(key, b), 10, b));
      for (const std::uint32_t i : bad) {
        for (const std::uint32_t j : bad) ++pairs[i][j];
      }
    }
    for (int i = 0; i < 10; ++i) {
      CAPTURE(b, i);
      CHECK(near(pairs[i][i], kTrials, b / 10.0));
      for (int j = 0; j < i; ++j) {
        CAPTURE(j);
        CHECK(near(pairs[i][j], kTrials, b * (b - 1.0) / 90.0));
      }
    }
  }
}

TEST_CASE("an audit draws distinct segments of what is committed, each equally often",
          "[protocol]") {
  constexpr std::int64_t kTrials = 20'000;
  std::int64_t drawn[12] = {};
  for (std::uint64_t key = 0; key < static_cast<std::uint64_t>(kTrials); ++key) {
    LeaseRow lease = lease_of(key, 24, 5);
    lease.done = 12;
    lease.sampled = 3;
    const std::vector<std::uint32_t> samples = sampled_segments(kChance, lease);
    REQUIRE(samples.size() == 3);
    REQUIRE(std::is_sorted(samples.begin(), samples.end()));
    REQUIRE(std::adjacent_find(samples.begin(), samples.end()) == samples.end());
    for (const std::uint32_t s : samples) {
      REQUIRE(s < 12);
      ++drawn[s];
    }
    REQUIRE(samples == sampled_segments(kChance, lease));
  }
  for (const std::int64_t count : drawn) CHECK(near(count, kTrials, 3.0 / 12.0));
}

TEST_CASE("samples are independent of where the cheat has cheated", "[protocol]") {
  // k = 3 of n = 12 miss b = 4 bad ones with probability C(8,3) / C(12,3) = 56 / 220.
  constexpr std::int64_t kTrials = 20'000;
  std::int64_t missed = 0;
  for (std::uint64_t key = 0; key < static_cast<std::uint64_t>(kTrials); ++key) {
    LeaseRow lease = lease_of(key, 12, 4);
    lease.done = 12;
    lease.sampled = 3;
    const auto samples = sampled_segments(kChance, lease);
    missed += std::none_of(samples.begin(), samples.end(),
                           [&](std::uint32_t s) { return is_bad(kChance, lease, s); });
  }
  CHECK(near(missed, kTrials, 56.0 / 220.0));
}

TEST_CASE("independent cheating follows the binomial law", "[protocol]") {
  // n = 8, x = 0.3: P(none) = 0.7^8, mean 2.4 bad of 8.
  constexpr std::int64_t kTrials = 20'000;
  std::int64_t none = 0;
  std::int64_t all = 0;
  for (std::uint64_t key = 0; key < static_cast<std::uint64_t>(kTrials); ++key) {
    LeaseRow lease = lease_of(key, 8, 8);
    lease.independent = 1;
    lease.chance_bad = percent(30);
    const std::uint32_t bad = count_bad(kChance, lease, 8);
    lease.bad = bad;  // as the start of a lease notes it
    REQUIRE(bad_segments(lease).size() == bad);
    REQUIRE(count_bad(kChance, lease, 4) + 4 >= bad);
    none += bad == 0 ? 1 : 0;
    all += bad;
  }
  CHECK(near(none, kTrials, std::pow(0.7, 8)));
  CHECK(near(all, kTrials * 8, 0.3));
}

TEST_CASE("progress is exact at every checkpoint's boundary", "[protocol]") {
  LeaseRow lease = lease_of(1, 3, 0);
  lease.start = sim::SimTime{10h};
  lease.length = 3h;
  const auto at = [&](sim::SimDuration since) { return progress(lease, sim::SimTime{since}); };
  CHECK(at(9h) == 0);
  CHECK(at(10h) == 0);
  CHECK(at(11h - 1ns) == 0);
  CHECK(at(11h) == 1);
  CHECK(at(13h - 1ns) == 2);
  CHECK(at(13h) == 3);
  CHECK(at(100h) == 3);
  // A length that the segments do not divide: a segment counts only once it is wholly done.
  lease.length = 10ns;
  CHECK(at(10h + 3ns) == 0);
  CHECK(at(10h + 4ns) == 1);
  CHECK(at(10h + 6ns) == 1);
  CHECK(at(10h + 7ns) == 2);
}

}  // namespace
}  // namespace assay::protocol
