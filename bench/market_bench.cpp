// What a market of bench/market.yaml costs: jobs a second at three sizes, equally busy, and memory.
// Started in the root of the source tree, as `bench/run` does.
#include <fmt/format.h>
#include <malloc.h>

#include <memory>
#include <string>
#include <vector>

#include "bench/rows.hpp"
#include "protocol/model.hpp"
#include "protocol/scenario/load.hpp"

namespace assay::bench {
namespace {

/// The scenario with `providers` instead of its 5,000; arrivals and verifiers grow along, so that
/// every market is equally busy. Requesters stay 10,000.
std::shared_ptr<const protocol::Rules> rules_for(int providers) {
  const int lazy = providers / 20;
  const std::vector<std::string> sets{
      fmt::format("actors.providers.count={}", providers - lazy),
      fmt::format("actors.lazy.count={}", lazy),
      fmt::format("actors.verifiers.count={}", providers / 10),
      fmt::format("demand.rate={}", providers / 2),
  };
  return protocol::load_scenario("bench/market.yaml", sets).rules;
}

/// Jobs whose whole life is over, measured in steps of so many events. The market is built when it
/// is first needed, and warmed up until as many jobs end as begin and its tables have their size.
auto jobs_done(int providers) {
  auto shared = std::make_shared<std::unique_ptr<protocol::Model>>();
  return [providers, shared](benchmark::State& state) {
    if (*shared == nullptr) {
      *shared = std::make_unique<protocol::Model>(rules_for(providers), 1);
      // Deadlines lie more than a day ahead; the largest market has no time for that.
      const auto warm_up = std::chrono::hours(providers > 100'000 ? 6 : 30);
      (*shared)->run(sim::SimTime{warm_up});
    }
    protocol::Model& model = **shared;
    const auto done = [&model] { return model.world().metrics.market.jobs_done; };
    const std::int64_t before = done();
    for (auto _ : state) model.step(sim::kNever);
    state.SetItemsProcessed(done() - before);
  };
}

/// How many providers of a market without jobs fit a GiB, its requesters and verifiers included.
void idle_providers(benchmark::State& state) {
  constexpr int kProviders = 50'000;
  const auto allocated = [] {
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
  };
  for (auto _ : state) {
    const auto rules = rules_for(kProviders);
    const std::size_t before = allocated();
    const protocol::Model model(rules, 1);
    const std::size_t bytes = allocated() - before;
    state.counters["items_per_second"] =  // of memory here; the table shows rates
        static_cast<double>(kProviders) * 0x1.0p30 / static_cast<double>(bytes);
  }
}

}  // namespace
}  // namespace assay::bench

int main(int argc, char** argv) {
  using namespace assay::bench;
  constexpr benchmark::IterationCount kEvents = 200'000;
  const std::string small = "jobs of a market, 5 k providers";
  const std::string large = "the same, 50 k providers, against 5 k";
  const std::string huge = "the same, 1 M providers, against 5 k";
  const std::string memory = "idle providers in a GiB";
  add_measurement(small, kEvents, jobs_done(5'000));
  add_measurement(large, kEvents, jobs_done(50'000));
  add_measurement(huge, kEvents, jobs_done(1'000'000));
  add_measurement(memory, 1, idle_providers);
  // The closest published simulator lives through 504 jobs a second. A provider may take 512 bytes.
  return run_rows(argc, argv,
                  {{small, small, "", 504.0, 100'000.0 / 504.0, 400'000.0 / 504.0},
                   {large, large, small, 0.0, 1.0 / 1.25, 0.9},
                   {huge, huge, small, 0.0, 1.0 / 2.0, 0.6},
                   {memory, memory, "", 0x1.0p30 / 512.0, 1.0, 1.5}});
}
