#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/campaign/sql.hpp"
#include "analysis/outcome.hpp"

/// The memory of a campaign: one SQLite file with a row for every run, so that repeating or
/// extending a campaign computes only what is missing. Several processes may share it; a run is
/// claimed before it is computed, and a claim whose process died is taken over.
namespace assay::analysis {

/// Where a point lies on one axis of a sweep.
struct Coordinate {
  std::string key;              ///< `verification.rate`
  std::string text;             ///< as it was written: `5 %`
  std::optional<double> value;  ///< 0.05; none for a word
  std::string unit;             ///< `share`, `h`, `tok`; empty for a pure number or a word
};

/// One effective scenario.
struct PointRow {
  std::string key;  ///< SHA-256 of what its runs depend on beside their seed
  std::string label;
  std::string effective_yaml;
  std::string version;  ///< of the program
  std::vector<Coordinate> coordinates;
  std::int64_t ordinal = 0;  ///< its place in the plan that last asked for it
};

/// One replication of a point in a store.
struct RunId {
  std::int64_t point = 0;  ///< as `put_points` numbered it
  std::string point_key;
  std::uint64_t seed = 1;
  int replication = 0;
  /// SHA-256 over point, seed and replication.
  [[nodiscard]] std::string key() const;
};

/// What is kept of a finished run.
struct RunResult {
  std::vector<Metric> metrics;
  std::string digest;        ///< of the run, or of both digests where it has a twin
  std::uint64_t events = 0;  ///< twin included
  double wall_s = 0.0;
};

struct FailedRun {
  std::string label;  ///< of its point
  std::uint64_t seed = 0;
  int replication = 0;
  std::string error;
  std::string command;  ///< that repeats it
};

/// One metric over the finished replications of a point.
struct SampleColumn {
  Metric metric;               ///< its value is not used
  std::vector<double> values;  ///< one a replication; not a number without
};

struct SampleTable {
  std::vector<int> replications;  ///< the finished ones, rising
  std::vector<SampleColumn> columns;
  int failed = 0;
  /// Null where no finished run has the metric.
  [[nodiscard]] const SampleColumn* find(std::string_view metric) const;
};

class Store {
 public:
  static constexpr std::string_view kFile = "campaign.sqlite";

  /// Opens `folder`/campaign.sqlite, making both where they are missing. Throws StoreError where
  /// the folder holds something else or cannot be written.
  explicit Store(const std::filesystem::path& folder);
  /// A store that is gone with the process.
  Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  /// Gives up the claims of this process.
  ~Store();

  /// The store in a folder that has one; throws ConfigError where it has none.
  [[nodiscard]] static std::filesystem::path file_in(const std::filesystem::path& folder);

  /// Adds points or finds them by their keys, and returns their numbers; labels, coordinates and
  /// places become the given ones. A scenario may come later.
  std::vector<std::int64_t> put_points(std::span<const PointRow> points);
  /// Gives a point the scenario that it was noted without.
  void describe_point(std::int64_t point, const std::string& effective_yaml);

  enum class Claim {
    Mine,  ///< missing until now: the caller computes it, then calls `finish` or `fail`
    Done,
    Failed,
    Elsewhere  ///< being computed, by another thread or another living process
  };
  /// Claims a run. One that failed before is claimed again only where `retry_failed`.
  Claim claim(const RunId& run, bool retry_failed);
  void finish(const RunId& run, const RunResult& result);
  void fail(const RunId& run, double wall_s, const std::string& error, const std::string& command);
  /// Gives up claims that will not be computed.
  void release();
  /// Says that this process is alive; to be called every few seconds while it holds claims.
  void beat();

  struct Counts {
    std::int64_t done = 0;
    std::int64_t failed = 0;
    double wall_s = 0.0;  ///< of the finished ones
  };
  /// Of replications [begin, end) of a point.
  [[nodiscard]] Counts counts(std::int64_t point, std::uint64_t seed, int begin, int end);
  /// The finished replications below `end` of a point, one point at a time.
  [[nodiscard]] SampleTable samples(std::int64_t point, std::uint64_t seed, int end);
  /// The failed ones of them.
  [[nodiscard]] std::vector<FailedRun> failures(std::int64_t point, std::uint64_t seed, int end);
  /// Takes over the points and the finished and failed runs of another store; how many runs were
  /// new. Throws StoreError where a run has another digest there: then one of the two machines
  /// computed something else.
  std::int64_t absorb(const std::filesystem::path& folder);
  /// The number of a point; none where the store does not have it.
  [[nodiscard]] std::optional<std::int64_t> find_point(const std::string& key);

 private:
  void set_up();
  void enrol();
  [[nodiscard]] bool is_alive(std::int64_t worker);

  Database database_;
  std::mutex mutex_;
  std::int64_t worker_ = 0;  ///< this process in the store
};

}  // namespace assay::analysis
