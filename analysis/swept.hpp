#pragma once

#include <optional>
#include <vector>

#include "analysis/campaign/point_table.hpp"
#include "analysis/sweep.hpp"

namespace assay::analysis {

/// What a campaign found, with the samples of the metrics shown and what theory says of them. None
/// where there are not one or two crossed axes. Call it after `read_points`.
///
/// Theory is held against gains along one axis of numbers, and only where its formula is about
/// what is swept: a strategy that skips work, behind stakes in a token of fixed price, and between
/// two points of the axis a change of the formula's sign at what honest tasks cost and paid there.
[[nodiscard]] std::optional<Sweep> sweep_of(Campaign& campaign, const Plan& plan,
                                            const std::vector<PlannedPoint>& points,
                                            const PointTable& table);

}  // namespace assay::analysis
