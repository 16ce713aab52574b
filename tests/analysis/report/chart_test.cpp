#include "analysis/report/chart.hpp"

#include "tests/catch.hpp"

namespace assay::analysis {

using Ticks = std::vector<double>;

TEST_CASE("an axis has round steps and holds its ends", "[analysis]") {
  const Scale scale = round_scale(-3.0, 17.0);
  CHECK(scale.ticks == Ticks{-5.0, 0.0, 5.0, 10.0, 15.0, 20.0});
  CHECK(scale.low == -5.0);
  CHECK(scale.high == 20.0);
  CHECK(scale.decimals == 0);
  // As many decimals as tell the ticks apart.
  CHECK(round_scale(0.0, 0.012).decimals == 3);
  // Nothing but one value is no axis of no length.
  CHECK(round_scale(0.0, 0.0).high == 1.0);
  CHECK(round_scale(5.0, 5.0).high == 10.0);
  // Decimals of percent.
  CHECK(share_scale(0.12).decimals == 0);
  CHECK(share_scale(0.004).decimals == 1);
}

TEST_CASE("an axis of logarithms begins at a power of ten and has room for two", "[analysis]") {
  const Scale scale = log_scale(3.0, 20'000.0);
  CHECK(scale.low == 0.0);
  CHECK(scale.ticks == Ticks{0.0, 1.0, 2.0, 3.0, 4.0});
  CHECK(scale.high > 4.3);  // lg 20,000
  CHECK(log_scale(10.0, 11.0).ticks.size() == 2);
}

TEST_CASE("the days of a run begin and end the axis, and no tick crowds them", "[analysis]") {
  std::vector<double> grid;
  for (int day = 15; day <= 90; ++day) grid.push_back(day);
  const Json axis = day_axis(grid, 14.0);
  const Ticks ticks = axis["axis"]["values"];
  CHECK(ticks.front() == 14.0);
  CHECK(ticks.back() == 90.0);
  for (std::size_t i = 1; i < ticks.size(); ++i) CHECK(ticks[i] - ticks[i - 1] > 5.0);
  CHECK(axis["axis"]["title"] == "day (14 d of warm-up left out)");
  CHECK(day_axis(grid, 0.0)["axis"]["title"] == "day of the run");
}

TEST_CASE("names at the ends of lines do not touch and stay on the plot", "[analysis]") {
  constexpr int kHeight = 150;
  const Json axis = analysis::axis(round_scale(0.0, 10.0), "", TickText::Number, false);
  Json spec = chart(kHeight, {});
  std::vector<EndLabel> labels;
  for (const char* name : {"a", "b", "c", "d"}) labels.push_back({9.9, name, "#000000"});
  labels.push_back({0.0, "e", "#000000"});
  add_end_labels(spec, labels, axis, kHeight);
  const Json& rows = spec["layer"][0]["data"]["values"];
  REQUIRE(rows.size() == 5);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    // Fifteen pixels of 150 are one of ten.
    CHECK(rows[i]["y"].get<double>() - rows[i - 1]["y"].get<double>() >= 0.999);
  }
  CHECK(rows[4]["y"].get<double>() <= 10.5);
  CHECK(rows[0]["y"] == 0.0);
  CHECK(rows[0]["s"] == "e");
}

TEST_CASE("thinned points are evenly spread and keep both ends", "[analysis]") {
  CHECK(thinned(3, 5) == std::vector<std::size_t>{0, 1, 2});
  CHECK(thinned(9, 5) == std::vector<std::size_t>{0, 2, 4, 6, 8});
  CHECK(thinned(1'000, 200).back() == 999);
  CHECK(thinned(1'000, 200).size() == 200);
}

TEST_CASE("text is as wide as its letters, not its bytes", "[analysis]") {
  CHECK(text_width("5\u00a0%") == text_width("5 %"));
  CHECK(short_number(1.0 / 3.0) == 0.33333);
  CHECK(short_number(123'456.0) == 123'460.0);
}

}  // namespace assay::analysis
