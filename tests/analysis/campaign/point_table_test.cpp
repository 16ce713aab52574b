#include "analysis/campaign/point_table.hpp"

#include <algorithm>
#include <stdexcept>

#include "analysis/campaign/run_plan.hpp"
#include "analysis/swept.hpp"
#include "tests/analysis/campaign/plan_fixture.hpp"
#include "tests/contains.hpp"

namespace assay::analysis {
namespace {

using fixtures::plan_spec;
using fixtures::ScratchFolder;

TEST_CASE("a table of points is kept with all that it says", "[analysis]") {
  const ScratchFolder folder;
  const Plan plan(plan_spec(folder, {"verification.rate=10 %,40 %", "slashing.share=50 %,100 %"}));
  CampaignOptions options;
  options.run = [](const PointSpec& point, std::uint64_t, int replication,
                   const std::atomic<bool>&) -> std::optional<RunResult> {
    if (replication == 2 && point.ordinal == 3) throw std::runtime_error("broken");
    RunResult result;
    result.metrics = {{"gain", "Gain", "USD", "What is won.",
                       static_cast<double>(10 * point.ordinal + replication)}};
    return result;
  };
  Campaign campaign(options);
  auto points = plan.enter(campaign, plan.check(1), 7, 3);
  REQUIRE(run_plan(campaign, std::nullopt, points));
  PointTable table;
  table.facts = study_facts(plan.load(0).loaded);
  table.shown = {"gain"};
  read_points(campaign, plan, points, table);
  CHECK(*table.points[1].estimates.at("gain").value == Approx(11.0));
  // Three values with a spread of one: t(2) / sqrt(3) = 4.303 / 1.732 = 2.484.
  CHECK(*table.points[1].estimates.at("gain").low == Approx(11.0 - 2.484).epsilon(1e-3));
  CHECK(table.points[3].estimates.at("gain").n == 2);
  REQUIRE(table.failures.size() == 1);
  CHECK(table.failures[0].label == "verification.rate = 40 %, slashing.share = 100 %");
  CHECK(table.failures[0].command.find("--set 'slashing.share=100 %' --seed 7 --only 2") !=
        std::string::npos);
  const std::string json = to_json(table);
  CHECK(to_json(point_table_from_json(json)) == json);
  CHECK_THROWS(point_table_from_json("{}"));
  const std::string text = table_text(table);
  CHECK(text.find("Gain\n") == 0);
  CHECK(text.find("slashing.share") != std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 5);
  CHECK(table_csv(table).find(
            "verification.rate_share,slashing.share,metric,value,low,high,n,unit\n") !=
        std::string::npos);
  // The page is drawn from the samples themselves.
  const auto page = sweep_of(campaign, plan, points, table);
  REQUIRE(page);
  CHECK(page->metrics.at(0).samples.at(3) == std::vector<double>{30.0, 31.0});
  CHECK(page->axes.at(0).texts.at(1) == "40 %");
}

/// A table over one axis of two values, with one metric.
PointTable small_table() {
  PointTable table;
  table.axes = {{"verification.rate", "share", "linear", {"5 %", "10 %"}, {0.05, 0.1}}};
  table.metrics = {{"gain", "Gain", "USD", "What is won."}};
  table.shown = {"gain"};
  for (const double rate : {0.05, 0.1}) {
    TablePoint point;
    point.key = "0123456789abcdef0123456789abcdef";
    point.replications = 8;
    point.coordinates = {{"verification.rate", rate == 0.05 ? "5 %" : "10 %", rate, "share"}};
    point.estimates["gain"] = {10.0 * rate, 9.0 * rate, 11.0 * rate, 8};
    table.points.push_back(point);
  }
  return table;
}

TEST_CASE("a terminal's table says what was not reached and what did not run", "[analysis]") {
  PointTable table = small_table();
  // Numbers are held together by spaces that do not break.
  CHECK(table_text(table) ==
        "verification.rate                   Gain\n"
        "5 %                0.50\u00a0USD\u00a0[0.45,\u00a00.55]\n"
        "10 %               1.00\u00a0USD\u00a0[0.90,\u00a01.10]\n");
  table.points[0].reached = false;
  table.points[1].replications = 0;
  const std::string text = table_text(table);
  CHECK(text.find("0.55] *\n") != std::string::npos);
  CHECK(text.find("no run\n") != std::string::npos);
}

TEST_CASE("a table for programs has exact numbers and no word for a missing one", "[analysis]") {
  PointTable table = small_table();
  table.points[1].estimates["gain"] = {1.0, {}, {}, 1};  // one replication has no interval
  table.points[1].coordinates[0] = {"verification.rate", "a, \"b\"", {}, ""};
  const std::string csv = table_csv(table);
  CHECK(csv.find("verification.rate_share,metric,value,low,high,n,unit\n") != std::string::npos);
  CHECK(csv.find(",0.05,gain,0.5,0.45,0.55") != std::string::npos);
  CHECK(csv.find(",\"a, \"\"b\"\"\",gain,1,,,1,USD\n") != std::string::npos);
}

TEST_CASE("a table of points that lacks a field is refused by name", "[analysis]") {
  std::string json = to_json(small_table());
  const std::size_t at = json.find("\"crossed\"");
  REQUIRE(at != std::string::npos);
  json.replace(at, 9, "\"crosed\"");
  CHECK_THROWS_WITH(point_table_from_json(json),
                    contains("not a table of points") && contains("crossed"));
  CHECK_THROWS_AS(point_table_from_json("{"), std::runtime_error);
}

}  // namespace
}  // namespace assay::analysis
