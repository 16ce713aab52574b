#include "analysis/recorded_run.hpp"

#include <sys/wait.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "analysis/experiment.hpp"
#include "analysis/results.hpp"
#include "analysis/story.hpp"
#include "protocol/scenario/load.hpp"
#include "protocol/scenario/rules_from.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::analysis {
namespace {

namespace fs = std::filesystem;

std::string read_text(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// A result of two replications with twins, of a scenario that names its catalogue by a relative
/// path.
class Recorded {
 public:
  Recorded() {
    std::string text = protocol::kSmallMarket;
    const std::string catalogue = ASSAY_SOURCE_DIR "/scenarios/data/gpus.csv";
    text.replace(text.find(catalogue), catalogue.size(), "gpus.csv");
    fs::copy_file(catalogue, folder_.path() / "gpus.csv");
    const std::vector<std::string> sets{"horizon=6 h", "warm_up=1 h", "replications=2"};
    const fs::path scenario = folder_.write("small.yaml", text);
    const protocol::LoadedScenario loaded = protocol::load_scenario(scenario, sets);
    Experiment experiment;
    experiment.rules = loaded.rules;
    experiment.twin = protocol::honest_twin(*loaded.rules);
    experiment.seed = 3;
    experiment.replications = 2;
    const std::atomic<bool> stop{false};
    result_ = run_experiment(experiment, stop, [](const Progress&) {});
    write_results(RunRecord{scenario, loaded, result_, 3, 2, 1, "assay run small.yaml"}, out(),
                  std::nullopt);
  }
  [[nodiscard]] fs::path folder() const { return folder_.path(); }
  [[nodiscard]] fs::path out() const { return folder_.path() / "result"; }
  [[nodiscard]] const ExperimentResult& result() const { return result_; }

 private:
  protocol::ScratchFolder folder_;
  ExperimentResult result_;
};

/// The exit code of the program, called in `folder`.
int exit_code(const fs::path& folder, const std::string& arguments) {
  const std::string command =
      "cd '" + folder.string() + "' && '" ASSAY_PROGRAM "' " + arguments + " > said.txt 2>&1";
  return WEXITSTATUS(std::system(command.c_str()));
}

TEST_CASE("a recorded run is repeated with its digest, as are its twin and its other replications",
          "[analysis]") {
  const Recorded recorded;
  // What the scenario's own file says now does not matter: the effective one stands in for it.
  std::ofstream(recorded.folder() / "small.yaml", std::ios::app) << "# edited\n";
  for (const int replication : {0, 1}) {
    const Replication& was = recorded.result().replications[static_cast<std::size_t>(replication)];
    for (const bool twin : {false, true}) {
      const RecordedRun run = open_recorded_run(recorded.out(), replication, twin);
      const Story story = tell(run.rules, run.seed, {SubjectKind::Job, 0});
      CHECK(story.digest == (twin ? was.twin->digest : was.run.digest));
      CHECK_NOTHROW(check_repeated(run, story.digest));
    }
  }
}

TEST_CASE("a run is not repeated when an input has changed, and the file is named", "[analysis]") {
  const Recorded recorded;
  SECTION("changed") {
    std::ofstream(recorded.folder() / "gpus.csv", std::ios::app) << "\n";
    CHECK_THROWS_AS(open_recorded_run(recorded.out(), 0, false), ResultError);
    CHECK_THROWS_WITH(open_recorded_run(recorded.out(), 0, false),
                      "the run cannot be repeated:\n  " +
                          fs::canonical(recorded.folder() / "gpus.csv").string() +
                          " has changed since the run");
    CHECK(exit_code(recorded.folder(), "why result job 0") == 1);
  }
  SECTION("removed") {
    fs::remove(recorded.folder() / "gpus.csv");
    CHECK_THROWS_AS(open_recorded_run(recorded.out(), 0, false), ResultError);
    CHECK(exit_code(recorded.folder(), "why result job 0") == 1);
  }
  SECTION("the effective scenario was edited") {
    std::string text = read_text(recorded.out() / "effective.yaml");
    const std::string rate = "rate: 5 %";
    REQUIRE(text.find(rate) != std::string::npos);
    text.replace(text.find(rate), rate.size(), "rate: 50 %");
    std::ofstream(recorded.out() / "effective.yaml", std::ios::trunc) << text;
    CHECK(exit_code(recorded.folder(), "why result job 0") == 1);
    CHECK(read_text(recorded.folder() / "said.txt").find("effective.yaml was edited") !=
          std::string::npos);
  }
}

TEST_CASE("what a result does not hold is wrong input", "[analysis]") {
  const Recorded recorded;
  CHECK_THROWS_AS(open_recorded_run(recorded.folder(), 0, false), protocol::ConfigError);
  CHECK_THROWS_AS(open_recorded_run(recorded.out(), 2, false), protocol::ConfigError);
  CHECK(exit_code(recorded.folder(), "why . job 0") == 2);
  CHECK(exit_code(recorded.folder(), "why result job 0 --replication 2") == 2);
  CHECK(exit_code(recorded.folder(), "why result job 1000000") == 2);
  CHECK(exit_code(recorded.folder(), "why result principal 55") == 2);
  CHECK(exit_code(recorded.folder(), "why result verifier 0") == 2);
  CHECK(exit_code(recorded.folder(), "why result job 0 --from soon") == 2);
  CHECK(exit_code(recorded.folder(), "why result principal 40 --last 3") == 0);
  CHECK(exit_code(recorded.out(), "why . job 0 --json --twin --replication 1") == 0);
}

}  // namespace
}  // namespace assay::analysis
