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

/// The log-normal law of `distances` that a market draws from. It has their median, and beyond
/// `tolerance` lies the share of them that was counted there. Where that is none or all, their
/// logarithms' standard deviation says how much is on the other side, and the law takes no more
/// than half a segment of one more than there were. Distances of zero only: no distance at all.
/// Requires at least one.
[[nodiscard]] protocol::ProfileFile::Distance law_of(const std::vector<double>& distances,
                                                     double tolerance);

/// The share beyond `tolerance` under that law.
[[nodiscard]] double rejected_by(const protocol::ProfileFile::Distance& law, double tolerance);

}  // namespace assay::backend
