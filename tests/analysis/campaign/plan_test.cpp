#include "analysis/campaign/plan.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>

#include "tests/analysis/campaign/plan_fixture.hpp"
#include "tests/catch.hpp"

namespace assay::analysis {
namespace {

using fixtures::labels;
using fixtures::plan_spec;
using fixtures::ScratchFolder;
using fixtures::Texts;

Texts texts(const Axis& axis) {
  Texts all;
  for (const AxisValue& value : axis.values) all.push_back(value.text);
  return all;
}

/// What a plan is refused with; empty where it is not.
std::string refusal(const PlanSpec& spec) {
  try {
    (void)Plan(spec);
    return "";
  } catch (const protocol::ConfigError& error) {
    return error.what();
  }
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("axes are crossed, the last one first, unless they are zipped", "[analysis]") {
  const ScratchFolder folder;
  PlanSpec spec = plan_spec(
      folder, {"verification.rate=2 %,5 %", "verification.segments=1,3", "slashing.share=0,1"});
  CHECK(Plan(spec).size() == 8);
  CHECK(Plan(spec).label(1) ==
        "verification.rate = 2 %, verification.segments = 1, slashing.share = 1");
  spec.zipped = {{"verification.rate", "slashing.share"}};
  CHECK(labels(Plan(spec)) ==
        Texts{"verification.rate = 2 %, verification.segments = 1, slashing.share = 0",
              "verification.rate = 2 %, verification.segments = 3, slashing.share = 0",
              "verification.rate = 5 %, verification.segments = 1, slashing.share = 1",
              "verification.rate = 5 %, verification.segments = 3, slashing.share = 1"});
  spec.zipped = {{"verification.rate", "slashing.shar"}};
  CHECK(has(refusal(spec), "did you mean 'slashing.share'?"));
  spec.zipped = {{"verification.rate", "verification.segments"},
                 {"verification.rate", "slashing.share"}};
  CHECK(has(refusal(spec), "zip: found verification.rate again, expected it in one group"));
  spec = plan_spec(folder, {"verification.rate=2 %,5 %", "slashing.share=0,50 %,1"});
  spec.zipped = {{"verification.rate", "slashing.share"}};
  CHECK(has(refusal(spec), "slashing.share: found 3 values, expected 2"));
  CHECK(has(refusal(plan_spec(folder, {"horizon=1 d", "horizon=2 d"})), "found this axis again"));
}

TEST_CASE("a percentage and a bare share are one unit, words have none", "[analysis]") {
  const ScratchFolder folder;
  const Plan plan(
      plan_spec(folder, {"verification.rate=0.02,5 %", "reputation=none,exponential-average"}));
  CHECK(plan.axes()[0].unit == "share");
  CHECK(*plan.coordinates(0)[0].value == Approx(0.02));
  CHECK(*plan.coordinates(2)[0].value == Approx(0.05));
  CHECK(plan.coordinates(2)[0].text == "5 %");
  CHECK(plan.axes()[1].scale == AxisScale::Words);
  CHECK_FALSE(plan.coordinates(0)[1].value.has_value());
}

TEST_CASE("a hypercube has one point in every part of every axis", "[analysis]") {
  const ScratchFolder folder;
  PlanSpec spec = plan_spec(folder, {"verification.rate=0..1", "slashing.share=0..1"});
  spec.sampling = Sampling{Sampling::Kind::LatinHypercube, 20};
  const Plan plan(spec);
  CHECK(plan.size() == 20);
  for (const std::size_t axis : {std::size_t{0}, std::size_t{1}}) {
    std::set<int> parts;
    for (std::size_t i = 0; i < 20; ++i) {
      parts.insert(static_cast<int>(std::floor(*plan.coordinates(i)[axis].value * 20.0)));
    }
    CHECK(parts.size() == 20);
  }
  // The axes are not in step, and an axis's values do not depend on what stands before it.
  CHECK(texts(plan.axes()[0]) != texts(plan.axes()[1]));
  PlanSpec alone = plan_spec(folder, {"slashing.share=0..1"});
  alone.sampling = spec.sampling;
  CHECK(texts(Plan(alone).axes()[0]) == texts(plan.axes()[1]));
}

TEST_CASE("sixteen points of Sobol's sequence lie one in each cell of a grid", "[analysis]") {
  const ScratchFolder folder;
  PlanSpec spec = plan_spec(folder, {"verification.rate=0..1", "slashing.share=0..1"});
  // The sequence is a net from its first point on, the origin, which Boost leaves out: the points
  // 17 to 32 are a net again.
  spec.sampling = Sampling{Sampling::Kind::Sobol, 31};
  const Plan plan(spec);
  std::set<std::pair<int, int>> cells;
  for (std::size_t i = 15; i < 31; ++i) {
    const std::vector<Coordinate> at = plan.coordinates(i);
    // Rounded to six digits, a point on a cell's edge stays on it.
    cells.emplace(static_cast<int>(*at[0].value * 4.0 + 1e-9),
                  static_cast<int>(*at[1].value * 4.0 + 1e-9));
  }
  CHECK(cells.size() == 16);
  CHECK(parse_sampling("lhs:64")->points == 64);
  CHECK(parse_sampling("sobol:256")->kind == Sampling::Kind::Sobol);
  for (const char* wrong : {"lhs", "lhs:", "lhs:0", "sobol:x", "grid:4", "lhs:4x"}) {
    CHECK_FALSE(parse_sampling(wrong).has_value());
  }
}

TEST_CASE("whole numbers are sampled whole and alike", "[analysis]") {
  const ScratchFolder folder;
  PlanSpec spec = plan_spec(folder, {"verification.segments=1..4"});
  spec.sampling = Sampling{Sampling::Kind::LatinHypercube, 40};
  std::map<std::string, int> count;
  const Plan plan(spec);
  for (const std::string& text : texts(plan.axes()[0])) ++count[text];
  CHECK(count == std::map<std::string, int>{{"1", 10}, {"2", 10}, {"3", 10}, {"4", 10}});
}

}  // namespace
}  // namespace assay::analysis
