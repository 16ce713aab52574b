#include <cmath>

#include "analysis/tuning/tune.hpp"
#include "tests/analysis/tuning/invented_market.hpp"
#include "tests/catch.hpp"

namespace assay::analysis {
namespace {

using fixtures::Invented;
using fixtures::InventedPoint;

constexpr double kAsked = 0.05;
constexpr int kLook = 16;

/// Partial work, of which 4.1 % audits take the gain; one look of sixteen replications a test.
Tuning tuned(const fixtures::Invention& invention) {
  Campaign campaign = fixtures::invented_campaign(invention);
  MarketUnderStudy market = fixtures::invented_market(campaign);
  TuneQuestion question;
  question.minimise = "verification_overhead";
  question.constraints = {parse_constraint("attack_gain < 0")};
  question.vary = {parse_varied("verification.rate=0..20%")};
  question.against = {"partial"};
  question.alpha = kAsked;
  question.looks = {kLook, kLook};
  return tune(market, question, [](const std::string&) {});
}

/// The upper end of the interval of a gain that was tested with this chance of error.
double upper_end(double gain, double error) {
  std::vector<double> sample;
  for (int i = 0; i < kLook; ++i) sample.push_back(gain + fixtures::noise(i));
  return mean_estimate(sample, 2 * error).interval->high;
}

}  // namespace

TEST_CASE("the rounds of a search share the chance of error that was stated", "[analysis]") {
  // Bent, so that a line through two of its points does not hit the root.
  const auto falling = [](const InventedPoint& at) {
    return 20.0 * (1.0 - std::pow(at.rate / 0.041, 1.5));
  };
  SECTION("the first at the precision asked for has three quarters of it") {
    const Tuning tuning = tuned([&](const InventedPoint& at) { return Invented{falling(at)}; });
    CAPTURE(tuning.headline);
    REQUIRE(tuning.verdict == TuneVerdict::Found);
    REQUIRE(tuning.attacks.size() == 1);
    const Estimate& decided = tuning.constraints.front().estimate;
    // Half of it for the search, half for the test at the answer.
    CHECK(decided.interval->high == Approx(upper_end(decided.value, 0.75 * kAsked / 2)));
  }
  SECTION("the second has three quarters of what is left") {
    // Near the answer, and nowhere that the rough search ends, little work skipped gains more.
    const Tuning tuning = tuned([&](const InventedPoint& at) {
      const bool little = at.share < 0.1;
      return Invented{falling(at) + (little && at.rate < 0.0425 ? 0.05 : little ? -0.05 : 0.0)};
    });
    CAPTURE(tuning.headline);
    REQUIRE(tuning.verdict == TuneVerdict::Found);
    REQUIRE(tuning.attacks.size() == 2);
    const Estimate& decided = tuning.constraints.front().estimate;
    CHECK(decided.interval->high == Approx(upper_end(decided.value, 0.75 * 0.25 * kAsked / 2)));
  }
}

}  // namespace assay::analysis
