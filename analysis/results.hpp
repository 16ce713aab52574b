#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/executed.hpp"
#include "analysis/experiment.hpp"
#include "analysis/result_folder.hpp"
#include "analysis/statistics.hpp"
#include "protocol/scenario/load.hpp"

namespace assay::analysis {

/// A metric over all finished replications.
struct SummaryMetric {
  Metric metric;                ///< its value is the mean
  std::vector<double> samples;  ///< one a replication; not a number where it has none
  Estimate estimate;            ///< over those that have one; an interval from two on
  [[nodiscard]] std::size_t having() const { return defined(samples).size(); }
};

/// The rules of the honest twin, where a scenario asks for twins and somebody is hostile; or null.
[[nodiscard]] std::shared_ptr<const protocol::Rules> twin_of(
    const protocol::LoadedScenario& loaded);

/// `gain_<group>_usd`: what a group gains by its attack.
[[nodiscard]] std::string gain_metric(const std::string& group);
/// `task_cost_<group>_usd`, `task_reward_<group>_usd`: of an honest task of a group that attacks.
[[nodiscard]] std::string task_cost_metric(const std::string& group);
[[nodiscard]] std::string task_reward_metric(const std::string& group);

/// The metrics of one replication. Where it has a twin, each attacking group also has its paired
/// gain, profit per member minus that of its honest twin, and where it skips work also what an
/// honest task costs it and pays.
[[nodiscard]] std::vector<Metric> metrics(const protocol::Rules& rules,
                                          const Replication& replication);

/// The metrics of an experiment. Where replications have twins, each attacking group also has its
/// paired gain, `gain_<group>_usd`: profit per member minus that of its honest twin.
[[nodiscard]] std::vector<SummaryMetric> summarise(const protocol::Rules& rules,
                                                   const ExperimentResult& result);
/// The paired gain per member of a group, one a replication; empty without twins.
[[nodiscard]] std::vector<double> paired_gains_usd(const protocol::Rules& rules,
                                                   const ExperimentResult& result,
                                                   std::size_t group);

/// The same experiment with all step times at the low, and at the high end of their error bands.
/// A band is an error that all replications share, so more of them never shrink it: it widens an
/// interval by what it does to both its ends, instead of being drawn anew in each replication.
struct CostErrors {
  ExperimentResult low, high;
};
/// Of a metric, from the least low to the greatest high end of its intervals at the middle and both
/// ends of the bands; none where one of the three has none.
[[nodiscard]] std::optional<Interval> with_cost_errors(const SummaryMetric& middle,
                                                       const SummaryMetric& low,
                                                       const SummaryMetric& high);

/// What was run, and how: all that the result folder says beside the numbers.
struct RunRecord {
  std::filesystem::path scenario_path;
  const protocol::LoadedScenario& loaded;
  const ExperimentResult& result;
  std::uint64_t seed = 0;
  int replications = 0;  ///< asked for
  int jobs = 1;
  std::string command;                                      ///< that repeats it
  std::optional<ExecutionRecord> execution = std::nullopt;  ///< where segments were executed
  std::optional<CostErrors> cost_errors = std::nullopt;     ///< where they were asked for

  /// Wall time and events of all that was run, the runs for cost errors included.
  [[nodiscard]] double wall_s() const;
  [[nodiscard]] std::uint64_t events() const;
};

/// The metrics of a run; the interval with cost errors of each, where those were asked for.
struct RunSummary {
  std::vector<SummaryMetric> metrics;
  std::vector<std::optional<Interval>> with_errors;  ///< as many as metrics, or none
};
[[nodiscard]] RunSummary summary_of(const RunRecord& record);

/// `{digest, seed, replications, wall_s, events, metrics: {name: {mean, low, high, n, unit}}}`: n
/// replications have the metric. Without any, mean is null; with fewer than two, low and high are.
/// With cost errors each has `low_with_cost_errors` and `high_with_cost_errors` too.
[[nodiscard]] std::string summary_json(const RunRecord& record);

/// `out/<name>-<first 8 digits of the digest>`.
[[nodiscard]] std::filesystem::path default_folder(const RunRecord& record);
/// The page of a run, and the data that it is drawn from.
struct ReportPage {
  std::string data;  ///< JSON; `assay report` draws the page again from it
  std::string html;
};
/// Writes run.json, effective.yaml, summary.json, series.csv, principals.csv and, where they are
/// given, report.json, report.html and tape.jsonl, as a whole. Throws ResultError.
void write_results(const RunRecord& record, const std::filesystem::path& folder,
                   const std::optional<ReportPage>& report);

}  // namespace assay::analysis
