#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "analysis/experiment.hpp"
#include "analysis/validation/validation.hpp"

namespace assay::analysis {

/// The game of one cheated task, as the textbooks play it: the work costs `cost`, pays `reward`,
/// `stake` stands behind it alone, and with probability `rate` `segments` of its 20 segments are
/// re-executed. One task at a time, honest duration, full slash, re-staked at once. Dollars, at one
/// dollar a token.
struct CheatingGame {
  double cost = 1.0;
  double reward = 1.2;
  double stake = 5.0;
  double rate = 0.1;
  int segments = 3;
  double cheated = 1.0;      ///< share of the segments that is skipped
  bool independent = false;  ///< each alone with that chance, instead of exactly that share
};
inline constexpr int kSegmentsOfGame = 20;

/// Plays the game in a whole market: profit per lease of cheating providers minus that of their
/// honest twins under the same draws. 20 times `scale` replications of some 6,000 cheated leases
/// each. Throws ConfigError for parameters that no scenario can have.
[[nodiscard]] Measured measure_gain(const CheatingGame& game, std::uint64_t seed, int scale);

/// The audit rate at which the gain is zero: measured at 0.8 and 1.25 times `near`, interpolated.
[[nodiscard]] Measured measure_break_even(CheatingGame game, double near, std::uint64_t seed,
                                          int scale);

/// Providers who withdraw their stake right after each bad claim, all of which are audited, an
/// exponential time with mean `delay_d` later: the share of the penalties due that the stake, which
/// unbonds for `unbonding_d` and is not held, still covers. Days.
[[nodiscard]] Measured measure_slash_lands(double unbonding_d, double delay_d, std::uint64_t seed,
                                           int scale);

/// 20 times `scale` replications of a market on all processors, each with its twin where there is
/// one.
[[nodiscard]] ExperimentResult replicate(std::shared_ptr<const protocol::Rules> rules,
                                         std::shared_ptr<const protocol::Rules> twin,
                                         std::uint64_t seed, int scale);
/// A number as scenarios write it: decimal, with so many places.
[[nodiscard]] std::string decimal_text(double value, int places);

/// Where a line through two measured points is zero, and how the errors of both move it.
struct Point {
  double at = 0.0;
  Measured value;
};
[[nodiscard]] Measured zero_between(const Point& low, const Point& high);

/// Audits everything that a ring hands in, by `verifiers` each, of whom a share `ring` of 10,000
/// belongs to it: the share of its claims that nobody rejects.
[[nodiscard]] Measured measure_undetected(double ring, int verifiers, std::uint64_t seed,
                                          int scale);

}  // namespace assay::analysis
