#include "analysis/sweep.hpp"

#include "analysis/report/sweep_page.hpp"
#include "tests/analysis/study_fixtures.hpp"
#include "tests/catch.hpp"

namespace assay::analysis {

using fixtures::around;

TEST_CASE("a sweep's headline names the range where every attack is deterred", "[analysis]") {
  // Lazy breaks even at 5 %, partial at 2.4 %: both are deterred from 8 % on.
  Sweep sweep = fixtures::sweep_of_rates();
  CHECK(headline(sweep) ==
        "With verification.rate from 8 % to 16 %, lazy and partial are deterred.");
  sweep.metrics.erase(sweep.metrics.begin());
  // Only what is shown is judged, and it is named.
  CHECK(headline(sweep) == "With verification.rate from 4 % to 16 %, partial is deterred.");
  for (auto& sample : sweep.metrics.front().samples) sample = around(5.0, 1.0);
  CHECK(headline(sweep) == "No value of verification.rate tried deters partial.");
  for (auto& sample : sweep.metrics.front().samples) sample = around(-5.0, 1.0);
  CHECK(headline(sweep) == "With every value of verification.rate tried, partial is deterred.");
  // What cannot be told is not what deters nothing.
  for (auto& sample : sweep.metrics.front().samples) sample = around(0.1, 5.0);
  CHECK(
      headline(sweep) ==
      "No value of verification.rate tried is known to deter partial; from 1 % to 16 % this sweep "
      "cannot tell.");
  sweep.metrics.front().samples[4] = around(-50.0, 1.0);
  sweep.metrics.front().samples[0] = around(50.0, 1.0);
  CHECK(headline(sweep) ==
        "With verification.rate at 16 %, partial is deterred; from 2 % to 8 % this sweep cannot "
        "tell.");
}

TEST_CASE("a range is one of numbers, whatever order they were typed in", "[analysis]") {
  Sweep sweep = fixtures::sweep_of_rates();
  // 16 %, 2 %, 4 %, 8 %, 1 %: typed so, it is deterred at the first and the fourth.
  std::swap(sweep.axes.front().texts[0], sweep.axes.front().texts[4]);
  std::swap(sweep.axes.front().values[0], sweep.axes.front().values[4]);
  for (auto& metric : sweep.metrics) std::swap(metric.samples[0], metric.samples[4]);
  CHECK(headline(sweep) ==
        "With verification.rate from 8 % to 16 %, lazy and partial are deterred.");
  sweep.axes.front() = {"market", "", "words", {"a", "b", "c", "d", "e"}, {{}, {}, {}, {}, {}}};
  std::swap(sweep.metrics[0].samples[1], sweep.metrics[0].samples[3]);
  std::swap(sweep.metrics[1].samples[1], sweep.metrics[1].samples[3]);
  CHECK(headline(sweep) == "With market at a and at b, lazy and partial are deterred.");
}

TEST_CASE("a page says how many replications each point has", "[analysis]") {
  Sweep sweep = fixtures::sweep_of_rates();
  const PageAssets assets{""};
  CHECK(render(sweep, assets).find("5 points, 6 replications each") != std::string::npos);
  for (auto& metric : sweep.metrics) metric.samples[2].resize(5);
  CHECK(render(sweep, assets).find("5 points, 5 to 6 replications each") != std::string::npos);
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
        "At 5 of 15 points of verification.rate and slashing.share, lazy is deterred.");
}

TEST_CASE("a sweep reads back as it was written", "[analysis]") {
  const std::string json = to_json(fixtures::sweep_of_rates_and_shares());
  CHECK(to_json(sweep_from_json(json)) == json);
  CHECK_THROWS_AS(sweep_from_json("{}"), std::runtime_error);
}

}  // namespace assay::analysis
