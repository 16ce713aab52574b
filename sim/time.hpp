#pragma once

#include <chrono>
#include <cstdint>
#include <limits>

namespace assay::sim {

/// A span of simulated time in integer nanoseconds: 292 years fit, and sums never round.
using SimDuration = std::chrono::duration<std::int64_t, std::nano>;

/// The simulated clock. It has no `now()`: only an engine knows the time.
struct SimClock {
  using rep = SimDuration::rep;
  using period = SimDuration::period;
  using duration = SimDuration;
  using time_point = std::chrono::time_point<SimClock, SimDuration>;
  static constexpr bool is_steady = true;
};

/// A moment of simulated time; the start of a run is `SimTime{}`, and nothing happens before it.
using SimTime = SimClock::time_point;

/// Later than everything: what never happens, happens then.
inline constexpr SimTime kNever{SimDuration{std::numeric_limits<std::int64_t>::max()}};

/// `seconds` as a double, for statistics and output only.
[[nodiscard]] constexpr double to_seconds(SimDuration span) {
  return static_cast<double>(span.count()) * 1e-9;
}
[[nodiscard]] constexpr double to_seconds(SimTime at) { return to_seconds(at.time_since_epoch()); }

/// The one place where a double becomes simulated time: rounds up to a whole nanosecond, so that
/// no work takes less time than it should. Fails a check for NaN, below zero, or over 290 years.
[[nodiscard]] SimDuration duration_up(double seconds);

}  // namespace assay::sim
