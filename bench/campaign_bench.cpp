// How many runs a second a campaign gets through, its store included: on two cores against one.
// Started in the root of the source tree, as `bench/run` does.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "analysis/campaign/plan.hpp"
#include "bench/rows.hpp"

namespace assay::bench {
namespace {

/// A sweep of the quickstart, shortened to ten days, over two rates; each time into a new store.
auto runs_of_a_sweep(int jobs) {
  return [jobs](benchmark::State& state) {
    constexpr int kReplications = 8;
    analysis::PlanSpec spec;
    spec.scenario = "scenarios/quickstart.yaml";
    protocol::Complaints complaints;
    for (const char* set : {"horizon=10 d", "warm_up=2 d"}) {
      spec.sets.push_back(*protocol::parse_overlay("--set", set, complaints));
    }
    spec.axes.push_back(*analysis::parse_axis("--vary", "verification.rate=2 %,20 %", complaints));
    const analysis::Plan plan(spec);
    const std::vector<std::string> keys = plan.check(jobs);
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / fmt::format("assay-bench-{}", ::getpid());
    for (auto _ : state) {
      analysis::CampaignOptions options;
      options.jobs = jobs;
      // The clock on the wall: the work is done by other threads than this one.
      const auto begun = std::chrono::steady_clock::now();
      {
        analysis::Campaign campaign(folder, options);
        const auto points = plan.enter(campaign, keys, 1, kReplications);
        if (!campaign.compute(points)) state.SkipWithError("interrupted");
      }
      const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begun;
      state.counters["items_per_second"] =
          static_cast<double>(plan.size()) * kReplications / wall.count();
      std::filesystem::remove_all(folder);
    }
  };
}

}  // namespace
}  // namespace assay::bench

int main(int argc, char** argv) {
  using namespace assay::bench;
  const std::string one = "runs of a sweep, one thread";
  const std::string two = "runs of a sweep, two threads, against one";
  add_measurement(one, 1, runs_of_a_sweep(1));
  add_measurement(two, 1, runs_of_a_sweep(2));
  return run_rows(argc, argv, {{two, two, one, 0.0, 1.9, 1.95}});
}
