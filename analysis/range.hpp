#pragma once

#include <limits>
#include <string_view>

#include "analysis/statistics.hpp"

/// Intervals end where their quantities do.
namespace assay::analysis {

/// Where a quantity can lie at all.
inline constexpr Interval kAnywhere{-std::numeric_limits<double>::infinity(),
                                    std::numeric_limits<double>::infinity()};
inline constexpr Interval kNotNegative{0.0, std::numeric_limits<double>::infinity()};
inline constexpr Interval kPartOfWhole{0.0, 1.0};
/// The estimate with its interval cut to where the quantity can lie. Student's interval and
/// Fieller's know no bounds; what is cut off is no answer, so that the rest covers as often.
[[nodiscard]] Estimate within(const Interval& range, Estimate estimate);

/// Where a metric can lie: no count, price or time is negative, no part of a whole is more than it.
/// Anywhere for profits and gains.
[[nodiscard]] Interval range_of(std::string_view metric, std::string_view unit);

}  // namespace assay::analysis
