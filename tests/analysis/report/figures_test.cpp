#include "analysis/report/figures.hpp"

#include <optional>
#include <string>
#include <vector>

#include "analysis/numbers.hpp"
#include "tests/analysis/report_fixtures.hpp"
#include "tests/catch.hpp"
#include "tests/contains.hpp"

namespace assay::analysis {
namespace {

using Draw = std::optional<Figure> (*)(const PageContext&);

std::optional<Figure> drawn(Draw draw, const ReportData& data) { return draw(PageContext(data)); }

/// The rows that the first panel's layer draws.
const Json& rows_of(const Figure& figure, std::size_t layer) {
  return figure.panels.at(0).spec.at("layer").at(layer).at("data").at("values");
}

/// How many marks of this kind the first panel has, at any depth.
int marks_of(const Json& spec, const std::string& type) {
  int count = spec.contains("mark") && spec["mark"]["type"] == type ? 1 : 0;
  if (spec.contains("layer")) {
    for (const Json& layer : spec["layer"]) count += marks_of(layer, type);
  }
  return count;
}

TEST_CASE("each figure is left out where the run lacks its quantity", "[analysis]") {
  for (const Draw draw :
       {gain_figure, break_even_figure, profit_figure, bad_work_figure, stages_figure, delay_figure,
        price_figure, supply_figure, overhead_figure, cost_figure}) {
    const auto figure = drawn(draw, fixtures::mixed());
    REQUIRE(figure);
    CAPTURE(figure->id);
    CHECK_FALSE(figure->panels.empty());
    CHECK_FALSE(figure->table.rows.empty());
    for (const auto& row : figure->table.rows) CHECK(row.size() == figure->table.columns.size());
    CHECK_FALSE(drawn(draw, ReportData{}));
  }
}

TEST_CASE("the figure of prices says how long its cells are", "[analysis]") {
  // One in ninety of the horizon.
  ReportData data = fixtures::mixed();
  data.price_p95_per_p5 = {1.2, 1.3, 1.25, 1.2};
  data.price_utilisation_rank_correlation = {0.5, 0.6, 0.55, 0.5};
  CHECK_THAT(drawn(price_figure, data)->note, contains("over cells of 1\u00a0day: "));
  data.horizon_d = 31.0;
  const auto month = drawn(price_figure, data);
  CHECK_THAT(month->note, contains("price and utilisation over cells of 8.3\u00a0h: ") &&
                              contains("p95/p5 of the price over cells of 8.3\u00a0h: "));
  CHECK_THAT(month->subtitle, contains("in cells of 8.3\u00a0h."));
}

TEST_CASE("the figure of gains counts what became of the attacks, and needs their twins",
          "[analysis]") {
  ReportData data = fixtures::mixed();
  const auto figure = drawn(gain_figure, data);
  REQUIRE(figure);
  CHECK(figure->title == "Two attacks lose, one gains");
  REQUIRE(figure->table.rows.size() == 3);
  CHECK(figure->table.rows[0][0] == "lazy");
  CHECK(figure->table.rows[0][1] == fixed(-17.2, 2));
  CHECK(figure->table.rows[2][1] == fixed(9.1, 2));
  for (ReportAttack& attack : data.attacks) attack.evidence.gains_usd.clear();
  CHECK_FALSE(drawn(gain_figure, data));
}

TEST_CASE("a line has a point for each time, and a band where there are replications",
          "[analysis]") {
  const ReportData data = fixtures::mixed();
  const auto many = drawn(profit_figure, data);
  const auto one = drawn(profit_figure, fixtures::mixed(1));
  REQUIRE(many);
  REQUIRE(one);
  // Day 14 to day 90; the first series is the honest one's.
  const Json& line = rows_of(*many, 0);
  REQUIRE(line.size() == 77);
  CHECK(line.front()["t"] == 14);
  CHECK(line.back()["t"] == 90);
  CHECK(line.back()["m"] == short_number(data.profit_usd[0].mean.back()));
  CHECK(line.back()["l"] == short_number(data.profit_usd[0].low.back()));
  CHECK(marks_of(many->panels[0].spec, "line") == 4);
  CHECK(marks_of(many->panels[0].spec, "area") == 4);
  CHECK(marks_of(one->panels[0].spec, "line") == 4);
  CHECK(marks_of(one->panels[0].spec, "area") == 0);
  // The day, and of each of four series its mean and two bounds.
  CHECK(many->table.columns.size() == 13);
  CHECK(one->table.columns.size() == 5);
  CHECK(many->subtitle.find("Band: ") != std::string::npos);
  CHECK(one->subtitle.find("Band: ") == std::string::npos);
}

TEST_CASE("a run of one measured day is one point", "[analysis]") {
  ReportData data = fixtures::mixed();
  data.grid_d = {20.0};
  data.profit_usd = {{"honest", {-3.5}, {-4.0}, {-3.0}}};
  const auto figure = drawn(profit_figure, data);
  REQUIRE(figure);
  REQUIRE(rows_of(*figure, 0).size() == 1);
  CHECK(rows_of(*figure, 0)[0] == Json{{"t", 20.0}, {"m", -3.5}, {"l", -4.0}, {"h", -3.0}});
  CHECK(figure->title.find("Honesty loses 3.5") == 0);
  REQUIRE(figure->table.rows.size() == 1);
  CHECK(figure->table.rows[0][0] == "20.00");
}

TEST_CASE("bad work has moved only where the intervals of its ends lie apart", "[analysis]") {
  ReportData data = fixtures::mixed();
  data.grid_d = {20.0, 30.0};
  const auto title = [&data](const BandSeries& all) {
    data.bad_share = {all};
    return drawn(bad_work_figure, data)->title;
  };
  CHECK(title({"all", {0.5, 0.3}, {0.45, 0.25}, {0.55, 0.35}}).find("Bad work falls to 30") == 0);
  CHECK(title({"all", {0.3, 0.5}, {0.25, 0.45}, {0.35, 0.55}}).find("Bad work rises to 50") == 0);
  CHECK(title({"all", {0.3, 0.4}, {0.25, 0.35}, {0.35, 0.45}}) == "Accepted bad work by strategy");
  CHECK(title({"all", {0.3, 0.5}, {}, {}}) == "Accepted bad work by strategy");
}

TEST_CASE("a stage that nobody reached is an open circle beside the logarithms", "[analysis]") {
  ReportData data = fixtures::mixed();
  data.stages = {{"lazy", {1000.0}, {100.0}, {10.0}, {0.0}}};
  const auto figure = drawn(stages_figure, data);
  REQUIRE(figure);
  const Json& line = rows_of(*figure, 0);
  REQUIRE(line.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(line[i]["n"] == 3.0 - static_cast<double>(i));
  const Json& empty = rows_of(*figure, 2);
  REQUIRE(empty.size() == 1);
  CHECK(empty[0]["stage"] == "slashed");
  CHECK(empty[0]["n"].get<double>() < 1.0);  // left of the ten that were flagged
  CHECK(figure->subtitle.find("Open circle: none.") != std::string::npos);
  CHECK(figure->note.find("Flagged of audited: lazy 10") == 0);
  data.stages = {{"lazy", {0.0}, {0.0}, {0.0}, {0.0}}};
  CHECK_FALSE(drawn(stages_figure, data));
}

TEST_CASE("the caught rise by steps, and who is not caught is not left out", "[analysis]") {
  ReportData data = fixtures::mixed();
  data.detection = {{"lazy", {{2.0, true}, {4.0, true}, {8.0, false}, {8.0, false}}, {}, {}, {}}};
  const auto figure = drawn(delay_figure, data);
  REQUIRE(figure);
  // Behind the rule at one half, and the band; a quarter after two days, half after four.
  const Json& line = rows_of(*figure, 2);
  REQUIRE(line.size() >= 3);
  CHECK(line[0]["m"] == 0);
  CHECK(line[1]["t"] == 2.0);
  CHECK(line[1]["m"] == 0.25);
  CHECK(line[2]["t"] == 4.0);
  CHECK(line[2]["m"] == 0.5);
  CHECK(figure->panels[0].aria == "Cheating identities caught. lazy: 2 of 4 caught.");
  data.detection = {{"lazy", {{8.0, false}}, {}, {}, {}}};
  CHECK_FALSE(drawn(delay_figure, data));
}

TEST_CASE("the parts of a group's hours stand end to end", "[analysis]") {
  ReportData data = fixtures::mixed();
  data.supply = {{"one", 1, {0.25}, {0.5}, {0.25}}, {"many", 3, {0.5}, {0.25}, {0.25}}};
  const auto figure = drawn(supply_figure, data);
  REQUIRE(figure);
  const Json& rows = rows_of(*figure, 0);
  REQUIRE(rows.size() == 6);
  CHECK(rows[0]["g"] == "one|1 GPU");
  CHECK(rows[3]["g"] == "many|3 GPUs");
  for (const std::size_t group : {0u, 3u}) {
    CHECK(rows[group]["x"] == 0);
    CHECK(rows[group + 1]["x"] == rows[group]["x2"]);
    CHECK(rows[group + 2]["x"] == rows[group + 1]["x2"]);
    CHECK(rows[group + 2]["x2"] == 1);
  }
  CHECK(figure->title.find("Many: 75") == 0);
}

TEST_CASE("causes of overhead have lines only where there are intervals", "[analysis]") {
  ReportData data = fixtures::mixed();
  const auto many = drawn(overhead_figure, data);
  data.overhead = {{"audits", "work done again", {0.01}}};
  const auto one = drawn(overhead_figure, data);
  REQUIRE(many);
  REQUIRE(one);
  CHECK(rows_of(*many, 0).size() == 4);
  CHECK(marks_of(many->panels[0].spec, "rule") == 1);
  REQUIRE(rows_of(*one, 0).size() == 1);
  CHECK(rows_of(*one, 0)[0]["m"] == 0.01);
  CHECK(marks_of(one->panels[0].spec, "rule") == 0);
}

}  // namespace
}  // namespace assay::analysis
