#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "protocol/execution/profile_file.hpp"

// From recorded distances to a tolerance, and to what that tolerance tells apart.
namespace assay::backend {

/// How far `claim` lies from `check`, relative to how far `check` moved from `start`: L2 norms over
/// all parameters. A claim that is not a number lies infinitely far. Requires equal sizes and a
/// check that moved.
[[nodiscard]] double share_of_movement(std::span<const float> start, std::span<const float> check,
                                       std::span<const float> claim);

/// How a tolerance follows from distances of honest results.
struct TolerancePolicy {
  double percentile = 0.99;
  double margin = 2.0;  ///< times that percentile
  /// Where honest results do not differ at all: about what one rounding in fp32 leaves.
  double least = 1e-7;
};
[[nodiscard]] double tolerance_of(std::vector<double> honest, const TolerancePolicy& policy);

/// The log-normal law of `distances` that a market draws from: their median, and the standard
/// deviation of their logarithms, unless the share beyond `tolerance` that it implies is one that
/// the distances speak against (two-sided binomial test at 5 %): then the spread that gives exactly
/// their share, half a segment where that is none or all of them. Distances of zero only: no
/// distance at all. Requires at least one.
[[nodiscard]] protocol::ProfileFile::Distance law_of(const std::vector<double>& distances,
                                                     double tolerance);

/// The share beyond `tolerance` under that law.
[[nodiscard]] double rejected_by(const protocol::ProfileFile::Distance& law, double tolerance);

}  // namespace assay::backend
