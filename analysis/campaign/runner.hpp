#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/campaign/store.hpp"
#include "analysis/experiment.hpp"
#include "protocol/scenario/load.hpp"

namespace assay::analysis {

/// One effective scenario that a campaign runs.
struct PointSpec {
  std::string label;  ///< as tables show it: `verification.rate = 5 %`
  protocol::LoadedScenario loaded;
  std::vector<Coordinate> coordinates;  ///< where it lies on the axes of a sweep, if it does
  std::string command;       ///< `assay run ...` that runs it; empty where no command line does
  std::int64_t ordinal = 0;  ///< its place in the plan
};

/// A point that is loaded when a thread needs it, and not kept: what a plan of thousands holds.
struct PlannedPoint {
  std::int64_t id = 0;  ///< in the store
  std::string key;
  std::uint64_t seed = 1;
  int replications = 0;  ///< wanted are those from zero to here
  std::function<std::shared_ptr<const PointSpec>()> load;
};

struct CampaignProgress {
  std::int64_t all = 0;     ///< runs asked for
  std::int64_t known = 0;   ///< of them, those that were in the store already
  std::int64_t done = 0;    ///< finished since, here or by another process
  std::int64_t failed = 0;  ///< of all
  double wall_s = 0.0;
  double left_s = 0.0;  ///< an estimate; zero while nothing is known
};

/// Computes one replication; nothing where `stop` became true before its end. What it throws is
/// recorded as a failed run, but for protocol::ExecutionError, which ends the campaign.
using RunFunction = std::function<std::optional<RunResult>(
    const PointSpec& point, std::uint64_t seed, int replication, const std::atomic<bool>& stop)>;

/// The market, with its honest twin where the scenario asks for one: all its metrics, and a digest
/// over both.
[[nodiscard]] std::optional<RunResult> run_market(const PointSpec& point, std::uint64_t seed,
                                                  int replication, const std::atomic<bool>& stop);

/// A campaign was told to stop; what is finished is in the store.
class Interrupted : public std::runtime_error {
 public:
  Interrupted() : std::runtime_error("interrupted; what is finished is kept") {}
};

inline constexpr const char* kMarketRuns = "market";

/// SHA-256 of what the runs of a scenario depend on beside seed and replication: its effective
/// text, with the files it names replaced by their content's hashes, the program, and the kind of
/// runs.
[[nodiscard]] std::string point_key(const protocol::LoadedScenario& loaded,
                                    std::string_view kind = kMarketRuns);

struct CampaignOptions {
  int jobs = 1;  ///< threads
  bool retry_failed = false;
  const std::atomic<bool>* stop = nullptr;  ///< looked at between events, such as for Ctrl-C
  std::function<void(const CampaignProgress&)> report;  ///< called a few times a second
  RunFunction run = run_market;
  std::string kind = kMarketRuns;  ///< what `run` measures: runs of two kinds are not the same runs
  /// Of all runs of a plan in order, only every `shards`-th, from `shard` on.
  int shard = 0;
  int shards = 1;
};

/// Runs of many scenarios, kept in a store: what it holds already is not computed again. The
/// numbers do not depend on the number of threads or processes.
///
///     Campaign campaign("out/tuning", {.jobs = 2});
///     SampleTable table = campaign.samples({"rate 5 %", load_scenario(path, sets)}, 16);
///     Estimate gain = mean_estimate(table.find("gain_lazy_usd")->values);
class Campaign {
 public:
  /// In a folder, which is made where it is missing. Throws StoreError.
  Campaign(const std::filesystem::path& folder, CampaignOptions options);
  /// In memory.
  explicit Campaign(CampaignOptions options);

  /// Every metric of replications [0, n) of a point, computed where they are missing. Failed runs
  /// are counted and left out. Throws StoreError, and Interrupted.
  [[nodiscard]] SampleTable samples(const PointSpec& point, int replications);
  /// The same for several points, whose runs share the threads.
  [[nodiscard]] std::vector<SampleTable> samples(std::span<const PointSpec> points,
                                                 int replications);

  /// Notes a point in the store; it can be computed from then on.
  [[nodiscard]] PlannedPoint plan(const PointSpec& point, int replications,
                                  std::function<std::shared_ptr<const PointSpec>()> load);
  /// Computes what is missing; false where it was told to stop. Throws StoreError.
  [[nodiscard]] bool compute(std::span<const PlannedPoint> points);

  /// Under which the store holds a scenario's runs.
  [[nodiscard]] std::string key_of(const protocol::LoadedScenario& loaded) const {
    return point_key(loaded, options_.kind);
  }
  /// Runs that this campaign has finished itself; the others were there already.
  [[nodiscard]] std::int64_t computed() const { return computed_; }
  [[nodiscard]] Store& store() { return *store_; }

 private:
  std::string repeating_command(const PointSpec& point, std::uint64_t seed, int replication) const;

  std::filesystem::path folder_;  ///< empty: in memory
  std::unique_ptr<Store> store_;
  CampaignOptions options_;
  std::int64_t computed_ = 0;
  friend class Work;
};

}  // namespace assay::analysis
