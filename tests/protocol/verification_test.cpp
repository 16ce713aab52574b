#include "protocol/verification/verification.hpp"

#include <cmath>

#include "tests/catch.hpp"

namespace assay::protocol {
namespace {

SpotCheck spot_check(Share rate, int segments, int verifiers = 1) {
  SpotCheck::Params params;
  params.rate = rate;
  params.segments = segments;
  params.verifiers = verifiers;
  return SpotCheck(params);
}

TEST_CASE("without verification nothing is drawn", "[protocol]") {
  const NoVerification none{{}};
  CHECK(none.plan(Chance{1}, 1, 24).segments == 0);
  CHECK(none.audit_rate() == Share{0});
  CHECK(none.most_reexecutions() == 0);
}

TEST_CASE("claims are audited as often as the rate says, each by its own draw", "[protocol]") {
  constexpr int kTrials = 100'000;
  for (const std::int64_t rate : {0, 5, 50, 100}) {
    const SpotCheck scheme = spot_check(percent(rate), 3);
    CHECK(scheme.audit_rate() == percent(rate));
    int audited = 0;
    int after_audited = 0;
    bool previous = false;
    for (std::uint64_t key = 0; key < kTrials; ++key) {
      const bool drawn = scheme.plan(Chance{7}, key, 24).segments > 0;
      audited += drawn ? 1 : 0;
      after_audited += drawn && previous ? 1 : 0;
      previous = drawn;
      REQUIRE(drawn == (scheme.plan(Chance{7}, key, 24).segments > 0));
    }
    CAPTURE(rate);
    // Five standard errors; the pairs check that neighbouring keys are independent.
    const double p = static_cast<double>(rate) / 100.0;
    CHECK(std::abs(audited - kTrials * p) <= 5.0 * std::sqrt(kTrials * p * (1.0 - p)));
    CHECK(std::abs(after_audited - kTrials * p * p) <= 5.0 * std::sqrt(2.0 * kTrials * p * p));
  }
}

TEST_CASE("never more segments are drawn than the claim has", "[protocol]") {
  const SpotCheck scheme = spot_check(percent(100), 3, 2);
  for (const std::uint32_t segments : {1u, 2u, 3u, 4u, 24u}) {
    const AuditPlan plan = scheme.plan(Chance{7}, 1, segments);
    CHECK(plan.segments == std::min(3u, segments));
    CHECK(plan.verifiers == 2);
  }
  CHECK(scheme.most_reexecutions() == 6);
}

TEST_CASE("an audit's delay is exponential, and none unless it is asked for", "[protocol]") {
  CHECK(spot_check(percent(100), 1).delay(Chance{7}, 1) == sim::SimDuration{});
  SpotCheck::Params params;
  params.delay = std::chrono::hours(72);
  const SpotCheck scheme(params);
  constexpr int kTrials = 20'000;
  double sum_h = 0.0;
  int beyond_mean = 0;
  for (std::uint64_t key = 0; key < kTrials; ++key) {
    const sim::SimDuration delay = scheme.delay(Chance{7}, key);
    REQUIRE(delay == scheme.delay(Chance{7}, key));
    sum_h += sim::to_seconds(delay) / 3600.0;
    beyond_mean += delay > params.delay ? 1 : 0;
  }
  // Five standard errors: the law's deviation is its mean, and 1/e of it lies beyond that.
  CHECK(std::abs(sum_h / kTrials - 72.0) < 5.0 * 72.0 / std::sqrt(kTrials));
  const double e = std::exp(-1.0);
  CHECK(std::abs(beyond_mean - kTrials * e) < 5.0 * std::sqrt(kTrials * e * (1.0 - e)));
}

}  // namespace
}  // namespace assay::protocol
