#pragma once

#include <cstdint>
#include <vector>

#include "sim/draws.hpp"
#include "sim/math.hpp"
#include "sim/time.hpp"

// Random variables from a stream of uniform bits. The standard library's distributions give other
// numbers with every library, so these are our own. Parameters outside the stated range fail a
// check: whoever loads a scenario reports them first.
namespace assay::sim {

/// Exponential with the given mean >= 0. Takes one draw (inversion, so that it falls as the draw
/// rises).
[[nodiscard]] inline double exponential(Draws& draws, double mean) {
  return -mean * log(draws.uniform_positive());
}

/// Exponential time with the given mean >= 0, to the nearest nanosecond. The largest possible
/// value is 36.8 means, which must stay below 292 years.
[[nodiscard]] inline SimDuration exponential_time(Draws& draws, SimDuration mean) {
  const double nanoseconds = exponential(draws, static_cast<double>(mean.count()));
  SIM_CHECK(nanoseconds >= 0.0 && nanoseconds < 0x1.0p63);
  return SimDuration{static_cast<std::int64_t>(nanoseconds + 0.5)};
}

/// Weibull, P(X > x) = exp(-(x / scale)^shape); shape, scale > 0. One draw.
[[nodiscard]] double weibull(Draws& draws, double shape, double scale);

/// Standard normal, by inversion: one draw, rising with it.
[[nodiscard]] double normal(Draws& draws);

/// exp(mu + sigma Z): its median is exp(mu). One draw.
[[nodiscard]] double lognormal(Draws& draws, double mu, double sigma);

/// Pareto, P(X > x) = (minimum / x)^alpha for x >= minimum; alpha, minimum > 0. One draw. The
/// tail beyond 2^1023 fails a check (alpha < 0.052 can reach it).
[[nodiscard]] double pareto(Draws& draws, double alpha, double minimum);

/// Gamma with mean shape * scale; shape, scale > 0. A varying number of draws.
/// Source: Marsaglia and Tsang, "A simple method for generating gamma variables", ACM TOMS 2000.
[[nodiscard]] double gamma(Draws& draws, double shape, double scale);

/// True with probability ppb / 10^9 exactly, 0 <= ppb <= 10^9. One draw, even for 0 and 10^9.
[[nodiscard]] bool chance(Draws& draws, std::int64_t ppb);

/// k of the numbers 0 ... n - 1, each subset equally likely, in rising order; k <= n. k draws, time
/// and memory in k only. Source: Floyd in Bentley, "Programming pearls: a sample of brilliance",
/// CACM 1987.
[[nodiscard]] std::vector<std::uint64_t> floyd_sample(Draws& draws, std::uint64_t n,
                                                      std::uint64_t k);
/// The same into a vector of the caller's, which is overwritten.
void floyd_sample(Draws& draws, std::uint64_t n, std::uint64_t k, std::vector<std::uint64_t>& out);

}  // namespace assay::sim
