#include "analysis/report/interval_bars.hpp"

#include "tests/catch.hpp"

namespace assay::analysis {
namespace {

IntervalBar bar(double value, double half) {
  IntervalBar one{"a row", value, Interval{value - half, value + half}};
  one.role = "series";
  one.head = "deterred";
  one.text = "a number";
  return one;
}

/// The rows of the layer that draws the mark at the value.
Json drawn_rows(const Json& spec) {
  for (const Json& layer : spec["layer"]) {
    const Json& encoding = layer["encoding"];
    if (encoding.contains("shape")) return layer["data"]["values"];
  }
  return {};
}

}  // namespace

TEST_CASE("an axis leaves out only what lies five times as far out as the rest", "[analysis]") {
  // 50 is five times 10, and stays; 50.1 is more.
  CHECK(reach_of({bar(49, 1), bar(-9, 1), bar(2, 1)}) == 50.0);
  CHECK(reach_of({bar(49.1, 1), bar(-9, 1), bar(2, 1)}) == 10.0);
  // Beside nothing but zeros it is all there is to see.
  CHECK(reach_of({bar(100, 1), bar(0, 0), bar(0, 0)}) == 101.0);
  // Half of the rows stay inside, however far the others lie.
  CHECK(reach_of({bar(1e6, 0), bar(1e3, 0), bar(1, 0), bar(0.5, 0)}) == 1.0);
  CHECK(reach_of({bar(1e6, 0), bar(1e5, 0), bar(1e4, 0), bar(1, 0)}) == 1e4);
  CHECK(reach_of({bar(7, 1)}) == 8.0);
  // Theory's value counts like the run's.
  IntervalBar predicted = bar(1, 0);
  predicted.theory = -30.0;
  CHECK(reach_of({predicted, bar(2, 0)}) == 2.0);
}

TEST_CASE("a row beyond the axis is an arrow at its edge", "[analysis]") {
  const std::vector<IntervalBar> bars = {bar(-800, 100), bar(2, 1), bar(-3, 1)};
  const double reach = reach_of(bars);
  REQUIRE(reach == 4.0);
  const Json spec = interval_bars(bars, TickText::Signed, reach);
  const Json rows = drawn_rows(spec);
  REQUIRE(rows.size() == 3);
  CHECK(rows[0]["s"] == "triangle-left");
  CHECK(rows[0]["g"].get<double>() == Approx(-3.8));  // a little inside of -4
  CHECK(rows[0]["l"] == rows[0]["h"]);                // its whole bar lies outside
  CHECK(rows[0]["n"] == "a number");
  CHECK(rows[1]["s"] == "circle");
  CHECK(rows[1]["g"].get<double>() == 2.0);
  CHECK(rows[1]["h"].get<double>() == 3.0);
  CHECK(beyond_note(bars, reach) == " ◂ ▸ lie beyond the axis.");
  CHECK(beyond_note({bars[1], bars[2]}, reach).empty());
}

TEST_CASE("without an interval a row is a mark alone", "[analysis]") {
  IntervalBar one{"a row", 3.0, std::nullopt};
  one.role = "series";
  const Json spec = interval_bars({one}, TickText::Number);
  for (const Json& layer : spec["layer"]) CHECK_FALSE(layer["encoding"].contains("x2"));
  CHECK(drawn_rows(spec)[0]["g"].get<double>() == 3.0);
}

}  // namespace assay::analysis
