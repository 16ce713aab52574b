#include <cmath>
#include <limits>
#include <stdexcept>

#include "analysis/report/json_fields.hpp"
#include "analysis/report/report_data.hpp"

namespace assay::analysis {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ExecutedDispute, lease, segment, behaviour, loser, reason, step,
                                   op, op_name, rounds, bytes, referee_mflop, seconds)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Executed, mode, backend, device, workload, steps, operators,
                                   segments, differing, segment_s, disputes)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Theory, formulas, break_even_rate, gain_usd)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AttackEvidence, noun, subject, gains_usd, bad_leases, theory)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AuditSetting, rate, honest_profit_usd)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Observation, time, happened)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(BandSeries, strategy, mean, low, high)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ReportAttack, strategy, evidence, turns_known)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Stages, strategy, done_tasks, audited_tasks, flagged_tasks,
                                   slashed_tasks)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CurvePoint, time_d, share)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Detection, strategy, delays_d, median_d, theory, theory_median_d)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SupplyGroup, name, gpus, sold_share, idle_share, away_share)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(OverheadCause, cause, detail, share)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ReportMetric, name, title, unit, meaning, samples)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ReportCostError, name, title, unit, chance, both)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(
    ReportData, question, scenario_name, scenario_path, providers, jobs, horizon_d, warm_up_d,
    reference_device, setting, rate_can_be_set, audited_segments, segments_per_task, attacks,
    honest_profit_usd, accepted_bad_share, offered_bad_share, price_usd_per_hour, won_share,
    honest_profit_usd_per_gpu_hour, honest_cost_usd_per_gpu_hour, overhead_share, honest_slashes,
    honest_audits, grid_d, profit_usd, bad_share, stages, detection, executed,
    price_by_day_usd_per_hour, utilisation_by_day_share, cloud_p10_usd_per_hour,
    cloud_median_usd_per_hour, cloud_p90_usd_per_hour, price_utilisation_rank_correlation,
    price_p95_per_p5, supply, overhead, metrics, costs, cost_errors, scenario, inputs, seed,
    replications, replications_asked, digest, replication_digests, version, events, wall_s, threads,
    books_balance, commands, not_modelled, glossary)

std::string to_json(const ReportData& data) { return nlohmann::json(data).dump(1) + "\n"; }

ReportData report_data_from_json(std::string_view text) {
  try {
    return nlohmann::json::parse(text).get<ReportData>();
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(std::string("not the data of a report: ") + error.what());
  }
}

}  // namespace assay::analysis
