#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/executed.hpp"
#include "analysis/statistics.hpp"
#include "analysis/verdict.hpp"

/// Everything a report page shows, as plain values: the page is a function of this and of nothing
/// else. Shares are in [0, 1], times in days since the start of the run, and every name ends in its
/// unit. Where one number is expected from each replication, a list holds them in order.
namespace assay::analysis {

/// One number from each replication; empty where the scenario does not have the quantity.
using PerReplication = std::vector<double>;

/// Something followed through time over the report's grid: the mean over replications and its
/// interval. `low` and `high` are empty with one replication.
struct BandSeries {
  std::string strategy;
  std::vector<double> mean;
  std::vector<double> low;
  std::vector<double> high;
};

struct ReportAttack {
  std::string strategy;  ///< as the scenario's actors name it; the key into everything else
  AttackEvidence evidence;
  /// Whether `ReportCost::turns` was worked out for this attack; without, its verdict is neither
  /// firm nor resting on costs.
  bool turns_known = false;
};

struct Stages {
  std::string strategy;
  PerReplication done_tasks, audited_tasks, flagged_tasks, slashed_tasks;
};

struct CurvePoint {
  double time_d = 0.0;
  double share = 0.0;
};

/// How long identities of one strategy cheated before they were caught, from their first bad task.
struct Detection {
  std::string strategy;
  std::vector<Observation> delays_d;  ///< all replications together
  PerReplication median_d;            ///< Kaplan and Meier's median of each replication
  std::vector<CurvePoint> theory;     ///< share caught by closed form; may be empty
  std::optional<double> theory_median_d;
};

struct SupplyGroup {
  std::string name;
  std::int64_t gpus = 0;
  PerReplication sold_share, idle_share, away_share;  ///< of the GPU-hours owned; sum to one
};

struct OverheadCause {
  std::string cause;     ///< `audits`
  std::string detail;    ///< `work done again`
  PerReplication share;  ///< extra compute per useful compute
};

/// One more row of what every run reports.
struct ReportMetric {
  std::string name;        ///< as `summary.json` has it
  std::string title;       ///< as people read it
  std::string unit;        ///< `share`, `USD`, `h`; empty for a pure number
  std::string meaning;     ///< one sentence
  PerReplication samples;  ///< of the replications that have it
};

/// A metric whose interval also holds the errors of step times.
struct ReportCostError {
  std::string name;  ///< as `summary.json` has it
  std::string title;
  std::string unit;
  Estimate chance;  ///< as everywhere else on the page
  Interval both;    ///< with the error bands on top
};

/// A cost the result rests on.
struct ReportCost {
  CostBand band;
  std::string value;  ///< value used with its unit, as text: an input
  std::string kind;   ///< measured | published | transferred | analytic | chosen
  std::string source;
};

struct ScenarioLine {
  std::string text;
  std::string default_text;  ///< empty where the line keeps its default
};

struct InputFile {
  std::string path;
  std::string sha256;
};

/// A titled sentence: a glossary term, something that is not modelled.
struct Entry {
  std::string title;
  std::string text;
};

struct Command {
  std::string purpose;  ///< `repeats this run`
  std::string line;
};

struct ReportData {
  // What was asked.
  std::string question;
  std::string scenario_name;
  std::string scenario_path;
  std::int64_t providers = 0;
  std::int64_t jobs = 0;  ///< posted in one replication, mean over them
  double horizon_d = 0.0;
  double warm_up_d = 0.0;
  std::string reference_device;  ///< `RTX 3090`: prices are per hour of it

  // Does it pay?
  AuditSetting setting;
  bool rate_can_be_set = false;       ///< whether the scenario has `verification.rate`
  std::int64_t audited_segments = 0;  ///< k of an audit
  double segments_per_task = 0.0;     ///< mean over the tasks finished
  std::vector<ReportAttack> attacks;
  PerReplication honest_profit_usd;  ///< per honest provider over the time measured

  // At what price?
  PerReplication accepted_bad_share;  ///< of accepted work, by value
  PerReplication offered_bad_share;   ///< of leases handed in
  PerReplication price_usd_per_hour;  ///< of the reference device
  PerReplication won_share;           ///< of GPU-hours asked for that the network got
  PerReplication honest_profit_usd_per_gpu_hour;
  PerReplication honest_cost_usd_per_gpu_hour;  ///< power and wear
  PerReplication overhead_share;                ///< extra compute per useful compute
  std::int64_t honest_slashes = 0;              ///< all replications together
  std::int64_t honest_audits = 0;               ///< tasks of honest providers that were audited

  // Consequences. `grid_d` is the time axis of all that follows through time.
  std::vector<double> grid_d;
  std::vector<BandSeries> profit_usd;  ///< cumulative, per provider of each strategy
  std::vector<BandSeries> bad_share;   ///< of accepted tasks, by strategy; `all` is the sum
  std::vector<Stages> stages;
  std::vector<Detection> detection;

  std::optional<Executed> executed;  ///< where segments and disputes were executed

  // Viability. The grid divides the run into protocol::Metrics::kCells cells, whatever its length:
  // they are days where it has as many.
  BandSeries price_by_day_usd_per_hour;
  BandSeries utilisation_by_day_share;
  std::optional<double> cloud_p10_usd_per_hour, cloud_median_usd_per_hour, cloud_p90_usd_per_hour;
  PerReplication price_utilisation_rank_correlation;  ///< Spearman's, of the cells' means
  PerReplication price_p95_per_p5;                    ///< of the cells' means
  std::vector<SupplyGroup> supply;
  std::vector<OverheadCause> overhead;
  std::vector<ReportMetric> metrics;

  // What it rests on, and how to check it.
  std::vector<ReportCost> costs;
  std::vector<ReportCostError> cost_errors;  ///< empty where the run left them out
  std::vector<ScenarioLine> scenario;
  std::vector<InputFile> inputs;
  std::uint64_t seed = 0;
  std::int64_t replications = 0;  ///< finished
  std::int64_t replications_asked = 0;
  std::string digest;
  std::vector<std::string> replication_digests;
  std::string version;  ///< `assay 0.1.0 (0123456789ab, ...)`
  std::int64_t events = 0;
  double wall_s = 0.0;  ///< of the simulation, without the report
  std::int64_t threads = 0;
  bool books_balance = true;
  std::vector<Command> commands;
  std::vector<Entry> not_modelled;
  std::vector<Entry> glossary;
};

/// The same as JSON, one key for each field, and back; a missing or mistyped key throws
/// std::runtime_error with its name.
[[nodiscard]] std::string to_json(const ReportData& data);
[[nodiscard]] ReportData report_data_from_json(std::string_view text);

}  // namespace assay::analysis
