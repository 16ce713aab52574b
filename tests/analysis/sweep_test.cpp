#include "analysis/sweep.hpp"

#include "tests/analysis/study_fixtures.hpp"
#include "tests/catch.hpp"

namespace assay::analysis {

using fixtures::around;

TEST_CASE("a sweep's headline names the range where every attack is deterred", "[analysis]") {
  // Lazy breaks even at 5 %, partial at 2.4 %: both are deterred from 8 % on.
  Sweep sweep = fixtures::sweep_of_rates();
  CHECK(headline(sweep) == "Every attack is deterred with verification.rate from 8 % to 16 %.");
  sweep.metrics.erase(sweep.metrics.begin());
  CHECK(headline(sweep) == "Every attack is deterred with verification.rate from 4 % to 16 %.");
  for (auto& sample : sweep.metrics.front().samples) sample = around(5.0, 1.0);
  CHECK(headline(sweep) == "No value of verification.rate tried deters every attack.");
  for (auto& sample : sweep.metrics.front().samples) sample = around(-5.0, 1.0);
  CHECK(headline(sweep) == "Every value of verification.rate tried deters every attack.");
}

TEST_CASE("without a gain a sweep says how its first metric moves", "[analysis]") {
  Sweep sweep = fixtures::sweep_of_rates();
  sweep.metrics.erase(sweep.metrics.begin(), sweep.metrics.begin() + 2);
  CHECK(headline(sweep).rfind("Verification overhead rises from 0.16", 0) == 0);
  sweep.metrics.front().samples.back() = sweep.metrics.front().samples.front();
  CHECK(headline(sweep).rfind("Verification overhead cannot be said to move", 0) == 0);
}

TEST_CASE("all gains at all points are judged as one family", "[analysis]") {
  Sweep sweep = fixtures::sweep_of_rates();
  const double alone = [&] {
    Sweep one = sweep;
    one.metrics = {sweep.metrics.front()};
    return estimates(one, one.metrics.front()).front().interval->half_width();
  }();
  CHECK(estimates(sweep, sweep.metrics.front()).front().interval->half_width() > alone);
  // A metric that nobody judges keeps its own interval.
  const SweptMetric& overhead = sweep.metrics.back();
  CHECK(estimates(sweep, overhead)[1].interval->half_width() ==
        mean_estimate(overhead.samples[1]).interval->half_width());
}

TEST_CASE("points that failed and too few replications give no verdict", "[analysis]") {
  Sweep sweep = fixtures::sweep_of_rates();
  sweep.metrics.front().samples[3].clear();
  sweep.metrics.front().samples[4] = {-60.0, -61.0, -62.0};
  const auto found = verdicts(sweep, sweep.metrics.front());
  CHECK(found[0] == Verdict::Pays);
  CHECK(found[3] == Verdict::NoVerdict);
  CHECK(found[4] == Verdict::NoVerdict);
  CHECK(all_deterred(sweep) == std::vector<bool>(5, false));
}

TEST_CASE("a headline does not speak of points that nobody could judge", "[analysis]") {
  Sweep sweep = fixtures::sweep_of_rates();
  sweep.metrics.front().samples[3] = {-60.0, -61.0, -62.0};
  CHECK(headline(sweep) == "Only 4 of 5 points have the 4 replications that a verdict needs.");
  for (auto& sample : sweep.metrics.front().samples) sample.resize(3);
  CHECK(headline(sweep) == "Too few replications for a verdict; at least 4 are needed.");
  // What moves can be said without a verdict.
  sweep.metrics.erase(sweep.metrics.begin(), sweep.metrics.begin() + 2);
  for (auto& sample : sweep.metrics.front().samples) sample.resize(3);
  CHECK(headline(sweep).rfind("Verification overhead rises", 0) == 0);
}

TEST_CASE("theory's break-evens are written in the axis's unit", "[analysis]") {
  Sweep sweep = fixtures::sweep_of_rates();
  CHECK(theory_text(sweep) == "lazy 5.0\u00a0% (V2) and partial 2.4\u00a0% (V3)");
  sweep.axes.front() = {"slashing.unbonding", "h", "linear", {"1 h", "9 h"}, {1.0, 9.0}};
  sweep.theory = {{"gain_lazy_usd", "lazy", "V2", 3.14159}};
  CHECK(theory_text(sweep) == "lazy 3.1\u00a0h (V2)");
  sweep.theory.clear();
  CHECK(theory_text(sweep).empty());
}

TEST_CASE("points of two axes are counted with the last one fastest", "[analysis]") {
  const Sweep sweep = fixtures::sweep_of_rates_and_shares();
  CHECK(points(sweep) == 15);
  CHECK(point_text(sweep, 4) == "verification.rate = 2 %, slashing.share = 50 %");
  // The gain is below zero where rate x share is above 1/30: 4 % x 100 %, 8 % x 50 %, ...
  CHECK(headline(sweep) ==
        "Every attack is deterred at 5 of 15 points of verification.rate and slashing.share.");
}

TEST_CASE("a sweep reads back as it was written", "[analysis]") {
  const std::string json = to_json(fixtures::sweep_of_rates_and_shares());
  CHECK(to_json(sweep_from_json(json)) == json);
  CHECK_THROWS_AS(sweep_from_json("{}"), std::runtime_error);
}

}  // namespace assay::analysis
