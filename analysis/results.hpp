#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "analysis/experiment.hpp"
#include "analysis/statistics.hpp"
#include "protocol/scenario/load.hpp"

namespace assay::analysis {

/// A metric over all finished replications.
struct SummaryMetric {
  Metric metric;                ///< its value is the mean
  std::vector<double> samples;  ///< one a replication
  Estimate estimate;            ///< with an interval from two replications on
};

/// The metrics of an experiment. Where replications have twins, each attacking group also has its
/// paired gain, `gain_<group>_usd`: profit per member minus that of its honest twin.
[[nodiscard]] std::vector<SummaryMetric> summarise(const protocol::Rules& rules,
                                                   const ExperimentResult& result);
/// The paired gain per member of a group, one a replication; empty without twins.
[[nodiscard]] std::vector<double> paired_gains_usd(const protocol::Rules& rules,
                                                   const ExperimentResult& result,
                                                   std::size_t group);

/// What was run, and how: all that the result folder says beside the numbers.
struct RunRecord {
  std::filesystem::path scenario_path;
  const protocol::LoadedScenario& loaded;
  const ExperimentResult& result;
  std::uint64_t seed = 0;
  int replications = 0;  ///< asked for
  int jobs = 1;
  std::string command;  ///< that repeats it
};

/// `{digest, seed, replications, wall_s, events, metrics: {name: {mean, low, high, unit}}}`; low
/// and high are null with one replication.
[[nodiscard]] std::string summary_json(const RunRecord& record);

/// A result folder cannot be written; its text is for people.
class ResultError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// `out/<name>-<first 8 digits of the digest>`.
[[nodiscard]] std::filesystem::path default_folder(const RunRecord& record);
/// Refuses, with a ResultError, a folder that holds something else than an earlier result.
void check_replaceable(const std::filesystem::path& folder);
/// Writes run.json, effective.yaml, summary.json, series.csv, principals.csv and, where it is
/// given, report.html into a folder beside the target, and renames it when it is complete.
void write_results(const RunRecord& record, const std::filesystem::path& folder,
                   const std::optional<std::string>& report_html);

}  // namespace assay::analysis
