#include "analysis/campaign/plan.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>

#include "analysis/campaign/point_table.hpp"
#include "analysis/campaign/run_plan.hpp"
#include "analysis/campaign/study_file.hpp"
#include "analysis/swept.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::analysis {
namespace {

using protocol::ScratchFolder;
using Texts = std::vector<std::string>;

Texts texts(const Axis& axis) {
  Texts all;
  for (const AxisValue& value : axis.values) all.push_back(value.text);
  return all;
}

/// The values of an axis, or the complaint about it.
Texts values(const std::string& text, bool whole = false) {
  protocol::Complaints complaints;
  const auto spec = parse_axis("--vary", text, complaints);
  std::optional<Axis> axis;
  if (spec) axis = grid(*spec, whole, complaints);
  if (axis) return texts(*axis);
  try {
    complaints.throw_if_any();
  } catch (const protocol::ConfigError& error) {
    return {error.what()};
  }
  return {"nothing was said"};
}

PlanSpec plan_spec(const ScratchFolder& folder, const Texts& axes) {
  PlanSpec spec;
  spec.scenario = folder.write("small.yaml", protocol::kSmallMarket);
  protocol::Complaints complaints;
  for (const std::string& axis : axes) spec.axes.push_back(*parse_axis("--vary", axis, complaints));
  complaints.throw_if_any();
  return spec;
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

Texts labels(const Plan& plan) {
  Texts all;
  for (std::size_t i = 0; i < plan.size(); ++i) all.push_back(plan.label(i));
  return all;
}

TEST_CASE("spans keep their unit and their ends", "[analysis]") {
  CHECK(values("k=0..1:lin:5") == Texts{"0", "0.25", "0.5", "0.75", "1"});
  CHECK(values("k=1 %..50 %:lin:3") == Texts{"1 %", "25.5 %", "50 %"});
  CHECK(values("k=1..50 %:lin:2") == Texts{"1 %", "50 %"});
  CHECK(values("k=0.10 USD/h..0.40 USD/h:lin:4") ==
        Texts{"0.10 USD/h", "0.2 USD/h", "0.3 USD/h", "0.40 USD/h"});
  CHECK(values("k=-1..1:lin:3") == Texts{"-1", "0", "1"});
  // 0.01 x 50^(1/2) = 0.0707.
  CHECK(values("k=0.01..0.5:log:3") == Texts{"0.01", "0.07071", "0.5"});
  CHECK(values("k=10 tok..1000 tok:log:3") == Texts{"10 tok", "100 tok", "1000 tok"});
  CHECK(values("k=1..100:log:5", true) == Texts{"1", "3", "10", "32", "100"});
}

TEST_CASE("lists are split where YAML is not", "[analysis]") {
  CHECK(values("k=5 %, 10%") == Texts{"5 %", "10%"});
  CHECK(values("k={kind: partial, share: 30 %},lazy") ==
        Texts{"{kind: partial, share: 30 %}", "lazy"});
  CHECK(values("k=\"a, b\",c") == Texts{"\"a, b\"", "c"});
  CHECK(values("k=../a.json") == Texts{"../a.json"});
}

TEST_CASE("an axis that makes no sense is refused where it stands", "[analysis]") {
  const auto refused = [](const std::string& text, const std::string& said) {
    const Texts all = values(text);
    REQUIRE(all.size() == 1);
    CHECK(all.front() == "--vary " + text + said);
  };
  refused("k=2 d,3 h", ":7: k: found 3 h, expected the unit of the first value, 2 d");
  refused("k=1,2,1", ":7: k: found 1 twice, expected every value once");
  refused("k=2..1:lin:3", ":3: k: found 2..1, expected the lower end first");
  refused("k=0..1:log:3",
          ":3: k: found 0 as the lower end, expected more than 0 where steps are "
          "factors");
  refused("k=1 h..2 d:lin:3", ":3: k: found h and d, expected both ends in one unit");
  refused("k=0..1:lin:1", ":3: k: found 1 values, expected 2 to 10000");
  refused("seed=1,2",
          ":1: seed: found an axis that leaves the market as it is: every replication "
          "draws anew, --replications says how many");
  refused("a..b=1", ":1: found no key, expected path.to.key and its values");
  const std::string expected =
      "values a,b,c or a span lo..hi:lin:n or lo..hi:log:n, such as 1 %..50 %:log:8";
  refused("k", ":2: found no '=', expected key=" + expected);
  refused("k=1,,2", ":5: k: found nothing, expected " + expected);
  refused("k=0..1", ":3: k: found no number of values, expected " + expected);
  refused("k=0..1:sin:3", ":3: k: found 0..1:sin:3, expected " + expected);
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

TEST_CASE("a study is read with every mistake at its place", "[analysis]") {
  const ScratchFolder folder;
  folder.write("small.yaml", protocol::kSmallMarket);
  const std::string head = "study: 1\nname: kept\nscenario: small.yaml\n";
  const Study study = load_study(folder.write(
      "study.yaml", head + "set: {horizon: 1 d}\nvary:\n  verification.rate: 1 %..10 %:log:2\n"
                           "  reputation: [none, {kind: exponential-average}]\nzip: "
                           "[verification.rate, reputation]\n"
                           "precision: 5 %\nmetrics: [jobs]\n"));
  const Plan plan(study.plan);
  CHECK(labels(plan) ==
        Texts{"verification.rate = 1 %, reputation = none",
              "verification.rate = 10 %, reputation = {kind: exponential-average}"});
  CHECK(plan.load(1).loaded.scenario.horizon == std::chrono::hours(24));
  CHECK(study.plan.precision->half_width == Approx(0.05));
  CHECK(study.plan.precision->metric == "jobs");

  const auto said = [&](const std::string& text) -> std::string {
    const auto file = folder.write("wrong.yaml", head + text);
    try {
      (void)Plan(load_study(file).plan).check(1);
    } catch (const protocol::ConfigError& error) {
      std::string all = error.what();
      const std::string prefix = file.string();
      for (std::size_t at = all.find(prefix); at != std::string::npos; at = all.find(prefix)) {
        all.erase(at, prefix.size());
      }
      return all;
    }
    return "";
  };
  CHECK(said("replication: 3\n").find(":4:1: replication: found an unknown key") == 0);
  CHECK(said("sample: grid:3\n") ==
        ":4:9: sample: found grid:3, expected lhs:n or sobol:n, such as lhs:64");
  CHECK(said("precision: 5 %\n") ==
        ":4:12: precision: found no metric that it could mean, expected `metrics`");
  CHECK(said("vary: 3\n") ==
        ":4:7: vary: found 3, expected a map of keys and values, such as "
        "{verification.rate: 1 %..50 %:log:8}");
  CHECK(said("vary:\n  verification.rate: 1 %, 200 %\n") ==
        ":5:27: verification.rate: found 200 %, expected 0 % to 100 %");
  CHECK(said("vary:\n  verification.rte: [1 %]\nset: {horizn: 1 d}\n")
            .find(":5:16: verification.rte: found an unknown key") != std::string::npos);
}

TEST_CASE("a precision asks for the same replications whatever was there", "[analysis]") {
  const ScratchFolder folder;
  const Plan plan(plan_spec(folder, {"verification.rate=10 %,40 %"}));
  const auto keys = plan.check(1);
  // A mean of 10 with a spread that the rate decides.
  const auto noisy = [](const PointSpec& point, std::uint64_t, int replication,
                        const std::atomic<bool>&) -> std::optional<RunResult> {
    const double swing = *point.coordinates[0].value * 10.0;
    RunResult result;
    result.metrics = {{"number", "", "", "", 10.0 + (replication % 2 == 0 ? swing : -swing)}};
    return result;
  };
  const auto reached = [&](int before, int jobs) {
    CampaignOptions options;
    options.run = noisy;
    options.jobs = jobs;
    Campaign campaign(options);
    auto points = plan.enter(campaign, keys, 7, before);
    CHECK(campaign.compute(points));
    for (PlannedPoint& point : points) point.replications = 4;
    CHECK(run_plan(campaign, Precision{0.1, "number", 50}, points));
    return std::vector<int>{points[0].replications, points[1].replications};
  };
  // A swing of 1 has a spread of about 1, so t s / sqrt(n) <= 1 from n = 7 on: 4 ask for 8, which
  // is twice as many. A swing of 4 needs over 60, and is given up at 50.
  const std::vector<int> alone = reached(1, 1);
  CHECK(alone == std::vector<int>{8, 50});
  CHECK(reached(20, 2) == alone);
}

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

TEST_CASE("the metrics of a scenario are known before it runs", "[analysis]") {
  const ScratchFolder folder;
  const auto loaded = protocol::load_scenario(folder.write("small.yaml", protocol::kSmallMarket));
  PointSpec spec;
  spec.loaded = loaded;
  const std::atomic<bool> stop{false};
  const auto run = run_market(spec, 7, 0, stop);
  const std::vector<Metric> known = metrics_of(loaded);
  REQUIRE(known.size() == run->metrics.size());
  for (std::size_t i = 0; i < known.size(); ++i) CHECK(known[i].name == run->metrics[i].name);
  const auto last = known.end() - 3;  // what the twin adds
  CHECK(last[0].name == "gain_lazy_usd");
  CHECK(last[1].name == "task_cost_lazy_usd");
  CHECK(last[2].name == "task_reward_lazy_usd");
}

}  // namespace
}  // namespace assay::analysis
