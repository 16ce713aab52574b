#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

#include "analysis/campaign/export.hpp"
#include "analysis/campaign/runner.hpp"
#include "analysis/results.hpp"
#include "protocol/scenario/printer.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::analysis {
namespace {

using protocol::ScratchFolder;

/// The small market with an audit rate of its own.
PointSpec point(const ScratchFolder& folder, const std::string& rate = "30 %") {
  const std::vector<std::string> sets = {"verification.rate=" + rate};
  PointSpec spec;
  spec.label = "verification.rate = " + rate;
  spec.loaded = protocol::load_scenario(folder.write("small.yaml", protocol::kSmallMarket), sets);
  return spec;
}

/// A run that costs nothing: its one metric says which it was.
std::optional<RunResult> pretend(const PointSpec&, std::uint64_t seed, int replication,
                                 const std::atomic<bool>&) {
  RunResult result;
  result.metrics = {{"number", "Number", "", "Which run it was.",
                     1000.0 * static_cast<double>(seed) + replication}};
  result.digest = std::to_string(replication);
  return result;
}

/// The same, counting how often it was called.
RunFunction counted(std::atomic<int>& calls) {
  return [&calls](const PointSpec& spec, std::uint64_t seed, int replication,
                  const std::atomic<bool>& stop) {
    ++calls;
    return pretend(spec, seed, replication, stop);
  };
}

CampaignOptions with(RunFunction run, int jobs = 1) {
  CampaignOptions options;
  options.jobs = jobs;
  options.run = std::move(run);
  return options;
}

TEST_CASE("a campaign's samples are those of the experiment", "[analysis]") {
  const ScratchFolder folder;
  const PointSpec spec = point(folder);
  Experiment experiment;
  experiment.rules = spec.loaded.rules;
  experiment.twin = twin_of(spec.loaded);
  experiment.seed = static_cast<std::uint64_t>(spec.loaded.scenario.seed);
  experiment.replications = 3;
  const std::atomic<bool> stop{false};
  const auto expected =
      summarise(*spec.loaded.rules, run_experiment(experiment, stop, [](const Progress&) {}));

  CampaignOptions options;
  options.jobs = 2;
  Campaign campaign(options);
  const SampleTable table = campaign.samples(spec, 3);
  CHECK(table.replications == std::vector<int>{0, 1, 2});
  REQUIRE(table.columns.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(table.columns[i].metric.name == expected[i].metric.name);
    CHECK(table.columns[i].metric.unit == expected[i].metric.unit);
    // One that is not a number equals nothing, not even itself.
    CHECK(table.columns[i].values.size() == expected[i].samples.size());
    CHECK(defined(table.columns[i].values) == defined(expected[i].samples));
  }
}

TEST_CASE("an executor that fails ends the campaign and is no failed run", "[analysis]") {
  const ScratchFolder folder;
  const PointSpec spec = point(folder);
  bool broken = true;
  Campaign campaign(with([&broken](const PointSpec& of, std::uint64_t seed, int replication,
                                   const std::atomic<bool>& stop) {
    if (broken) throw protocol::ExecutionError("no device");
    return pretend(of, seed, replication, stop);
  }));
  CHECK_THROWS_AS(campaign.samples(spec, 2), protocol::ExecutionError);
  broken = false;
  CHECK(campaign.samples(spec, 2).failed == 0);
}

TEST_CASE("only what is missing is computed", "[analysis]") {
  const ScratchFolder folder;
  const PointSpec spec = point(folder);
  const std::filesystem::path store = folder.path() / "campaign";
  std::atomic<int> calls{0};
  {
    Campaign campaign(store, with(counted(calls), 2));
    CHECK(campaign.samples(spec, 4).find("number")->values ==
          std::vector<double>{7000, 7001, 7002, 7003});
    CHECK(calls == 4);
    (void)campaign.samples(spec, 4);
    CHECK(calls == 4);
  }
  Campaign campaign(store, with(counted(calls)));
  CHECK(campaign.samples(spec, 6).replications.size() == 6);
  CHECK(calls == 6);
  // Fewer are a prefix.
  CHECK(campaign.samples(spec, 2).find("number")->values == std::vector<double>{7000, 7001});
  // Another value, another seed and another file are other runs; another number of replications is
  // not, nor is another place of the same files.
  (void)campaign.samples(point(folder, "31 %"), 1);
  CHECK(calls == 7);
  PointSpec other = spec;
  other.loaded.scenario.seed = 8;
  CHECK(campaign.samples(other, 1).find("number")->values == std::vector<double>{8000});
  CHECK(calls == 8);
  other = spec;
  other.loaded.scenario.replications = 9;
  (void)campaign.samples(other, 1);
  CHECK(calls == 8);
  other = spec;
  other.loaded.inputs.back().sha256.front() ^= 1;
  (void)campaign.samples(other, 1);
  CHECK(calls == 9);
}

TEST_CASE("a failed run is recorded with its command and does not stop the rest", "[analysis]") {
  const ScratchFolder folder;
  PointSpec spec = point(folder);
  spec.command = "assay run small.yaml";
  const std::filesystem::path store = folder.path() / "campaign";
  std::atomic<bool> broken{true};
  const auto second_breaks = [&broken](const PointSpec& of, std::uint64_t seed, int replication,
                                       const std::atomic<bool>& stop) {
    if (replication == 1 && broken) throw std::runtime_error("a purse went below zero");
    return pretend(of, seed, replication, stop);
  };
  {
    Campaign campaign(store, with(second_breaks));
    const SampleTable table = campaign.samples(spec, 3);
    CHECK(table.replications == std::vector<int>{0, 2});
    CHECK(table.failed == 1);
    const auto failed = [&campaign](const PointSpec& of) {
      const std::int64_t id = *campaign.store().find_point(point_key(of.loaded));
      return campaign.store().failures(id, 7, 3);
    };
    const std::vector<FailedRun> failures = failed(spec);
    REQUIRE(failures.size() == 1);
    CHECK(failures[0].error == "a purse went below zero");
    CHECK(failures[0].command == "assay run small.yaml --seed 7 --only 1");
    CHECK(failures[0].label == spec.label);
    // A point that no command line makes leaves its scenario.
    PointSpec changed = point(folder, "40 %");
    CHECK(campaign.samples(changed, 2).failed == 1);
    const std::string command = failed(changed).back().command;
    const std::size_t begin = command.find('/');
    const auto again = protocol::load_scenario(command.substr(begin, command.find(" --") - begin));
    CHECK(again.effective_yaml == changed.loaded.effective_yaml);
  }
  // It fails again when it is repeated, so it is not, unless asked for.
  broken = false;
  CHECK(Campaign(store, with(second_breaks)).samples(spec, 3).failed == 1);
  CampaignOptions retrying = with(second_breaks);
  retrying.retry_failed = true;
  CHECK(Campaign(store, retrying).samples(spec, 3).replications.size() == 3);
}

TEST_CASE("a failed run's scenario that cannot be written ends the campaign", "[analysis]") {
  const ScratchFolder folder;
  const std::filesystem::path store = folder.path() / "campaign";
  const auto breaks = [](const PointSpec&, std::uint64_t, int,
                         const std::atomic<bool>&) -> std::optional<RunResult> {
    throw std::runtime_error("a purse went below zero");
  };
  const PointSpec spec = point(folder);
  Campaign campaign(store, with(breaks));
  // A folder stands where the file is to be.
  std::filesystem::create_directory(
      store / ("failed-" + point_key(spec.loaded).substr(0, kShortKey) + ".yaml"));
  CHECK_THROWS_AS(campaign.samples(spec, 1), ResultError);
}

TEST_CASE("a campaign that is told to stop keeps what is finished", "[analysis]") {
  const ScratchFolder folder;
  const PointSpec spec = point(folder);
  std::atomic<bool> stop{false};
  CampaignOptions options = with([&stop](const PointSpec& of, std::uint64_t seed, int replication,
                                         const std::atomic<bool>& told) {
    if (replication == 2) stop = true;
    return stop ? std::nullopt : pretend(of, seed, replication, told);
  });
  options.stop = &stop;
  const std::filesystem::path store = folder.path() / "campaign";
  {
    Campaign campaign(store, options);
    CHECK_THROWS_AS(campaign.samples(spec, 5), Interrupted);
  }
  std::atomic<int> calls{0};
  CHECK(Campaign(store, with(counted(calls))).samples(spec, 5).replications.size() == 5);
  CHECK(calls == 3);
}

TEST_CASE("the claim of a dead process is taken over, that of a living one is not", "[analysis]") {
  const ScratchFolder folder;
  const PointSpec spec = point(folder);
  const std::filesystem::path file = folder.path() / "campaign";
  int ready[2];
  REQUIRE(pipe(ready) == 0);
  const pid_t child = fork();
  if (child == 0) {
    // Claims the second run and stays silent until it is killed.
    Campaign campaign(file, with([&ready](const PointSpec& of, std::uint64_t seed, int replication,
                                          const std::atomic<bool>& stop) {
                        if (replication == 1) {
                          (void)!write(ready[1], "x", 1);
                          while (true) pause();
                        }
                        return pretend(of, seed, replication, stop);
                      }));
    (void)campaign.samples(spec, 3);
    _exit(0);
  }
  char byte = 0;
  REQUIRE(read(ready[0], &byte, 1) == 1);
  Store store(file);
  const std::string key = point_key(spec.loaded);
  const RunId first{*store.find_point(key), key, 7, 0};
  RunId second = first;
  second.replication = 1;
  CHECK(store.claim(first, false) == Store::Claim::Done);
  CHECK(store.claim(second, false) == Store::Claim::Elsewhere);
  CHECK(kill(child, SIGKILL) == 0);
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(store.claim(second, false) == Store::Claim::Mine);
  // Now it is this process that has it, and another of its threads has to wait.
  CHECK(store.claim(second, false) == Store::Claim::Elsewhere);
  store.release();
  CHECK(store.claim(second, false) == Store::Claim::Mine);
}

TEST_CASE("a folder with something else, or from another version, is refused", "[analysis]") {
  const ScratchFolder folder;
  folder.write("notes.txt", "keep me");
  CHECK_THROWS_AS(Store(folder.path()), StoreError);
  CHECK_THROWS_AS(Store(folder.path() / "notes.txt"), StoreError);
  const ScratchFolder other;
  other.write("campaign.sqlite", "this is not a database, however long one looks at it");
  CHECK_THROWS_AS(Store(other.path()), StoreError);
}

TEST_CASE("a changed scenario is checked like a file", "[analysis]") {
  const ScratchFolder folder;
  protocol::LoadedScenario loaded = point(folder).loaded;
  CHECK(protocol::reload(loaded.scenario).effective_yaml == loaded.effective_yaml);
  CHECK(point_key(protocol::reload(loaded.scenario)) == point_key(loaded));
  loaded.scenario.actors[1].count = 5;
  CHECK(protocol::reload(loaded.scenario).rules->groups[1].count == 5);
  loaded.scenario.actors[1].count = -1;
  CHECK_THROWS_AS(protocol::reload(loaded.scenario), protocol::ConfigError);
}

}  // namespace
}  // namespace assay::analysis
