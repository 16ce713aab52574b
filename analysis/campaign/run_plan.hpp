#pragma once

#include <optional>
#include <vector>

#include "analysis/campaign/plan.hpp"
#include "analysis/outcome.hpp"

/// Computing what a plan asks for.
namespace assay::analysis {

/// The metrics that the runs of a scenario will have, without running it.
[[nodiscard]] std::vector<Metric> metrics_of(const protocol::LoadedScenario& loaded);

/// Computes what is missing of a plan. With a precision it goes on point by point: at first the
/// plan's replications, then as many as the spread seen so far asks for, at most twice as many at
/// once; so the number does not depend on threads, processes or what the store held before. False
/// where it was told to stop. `points` come from `Plan::enter`.
[[nodiscard]] bool run_plan(Campaign& campaign, const std::optional<Precision>& precision,
                            std::vector<PlannedPoint>& points);

/// Whether the samples of a point are as precise as was asked.
[[nodiscard]] bool is_reached(const SampleTable& table, const Precision& precision);

}  // namespace assay::analysis
