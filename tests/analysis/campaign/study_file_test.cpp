#include "analysis/campaign/study_file.hpp"

#include <chrono>

#include "protocol/scenario/error.hpp"
#include "tests/analysis/campaign/plan_fixture.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::analysis {
namespace {

using fixtures::labels;
using fixtures::ScratchFolder;
using fixtures::Texts;

const std::string kHead = "study: 1\nname: kept\nscenario: small.yaml\n";

TEST_CASE("a study is read with every mistake at its place", "[analysis]") {
  const ScratchFolder folder;
  folder.write("small.yaml", protocol::kSmallMarket);
  const Study study = load_study(folder.write(
      "study.yaml", kHead + "set: {horizon: 1 d}\nvary:\n  verification.rate: 1 %..10 %:log:2\n"
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
    const auto file = folder.write("wrong.yaml", kHead + text);
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

TEST_CASE("what a study leaves out is left to the scenario", "[analysis]") {
  const ScratchFolder folder;
  folder.write("small.yaml", protocol::kSmallMarket);
  const Study study =
      load_study(folder.write("study.yaml", "study: 1\nname: least\nscenario: small.yaml\n"));
  CHECK(study.name == "least");
  CHECK(study.question.empty());
  CHECK(study.metrics.empty());
  CHECK_FALSE(study.plan.replications);
  CHECK_FALSE(study.plan.precision);
  CHECK_FALSE(study.plan.sampling);
  CHECK(Plan(study.plan).size() == 1);
  CHECK(study.plan.scenario == folder.path() / "small.yaml");
}

TEST_CASE("a study samples, zips several groups, and shows one metric or more", "[analysis]") {
  const ScratchFolder folder;
  folder.write("small.yaml", protocol::kSmallMarket);
  const Study zipped = load_study(folder.write(
      "zipped.yaml", kHead + "vary: {verification.rate: [1 %, 2 %], slashing.share: [10 %, 20 %],\n"
                             "  verification.segments: [1, 2], demand.rate: [3, 4]}\n"
                             "zip: [[verification.rate, slashing.share], [verification.segments, "
                             "demand.rate]]\nmetrics: jobs\nreplications: 3\n"));
  CHECK(Plan(zipped.plan).size() == 4);
  CHECK(zipped.metrics == Texts{"jobs"});
  CHECK(zipped.plan.replications == 3);
  const Study sampled = load_study(folder.write(
      "sampled.yaml", kHead + "vary: {verification.rate: 1 %..9 %}\nsample: sobol:8\n"));
  CHECK(Plan(sampled.plan).size() == 8);
}

TEST_CASE("a study that is none is refused with all its mistakes", "[analysis]") {
  const ScratchFolder folder;
  const auto refusals = [&](const std::string& text) -> std::size_t {
    try {
      (void)load_study(folder.write("wrong.yaml", text));
    } catch (const protocol::ConfigError& error) {
      return error.complaints().size();
    }
    return 0;
  };
  CHECK(refusals("study: 1\n") == 2);  // neither a name nor a scenario
  CHECK(refusals("study: 2\nname: n\nscenario: s.yaml\nreplications: -1\n") >= 2);
  CHECK(refusals("study: 1\nname: n\nscenario: s.yaml\nmetrics: [{a: b}]\nzip: [[1, {}]]\n") >= 2);
  CHECK(refusals("[not, a, map]\n") >= 1);
  CHECK_THROWS_AS(load_study(folder.path() / "missing.yaml"), protocol::ConfigError);
}

}  // namespace
}  // namespace assay::analysis
