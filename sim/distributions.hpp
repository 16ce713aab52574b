#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/check.hpp"
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
[[nodiscard]] inline bool chance(Draws& draws, std::int64_t ppb) {
  constexpr std::int64_t kWhole = 1'000'000'000;
  SIM_CHECK(ppb >= 0 && ppb <= kWhole);
  return draws.below(kWhole) < static_cast<std::uint64_t>(ppb);
}

/// k of the numbers 0 ... n - 1, each subset equally likely, in rising order; k <= n. k draws; time
/// and memory in k only, with O(k^2) moves of numbers at worst. Source: Floyd in Bentley,
/// "Programming pearls: a sample of brilliance", CACM 1987.
template <std::unsigned_integral Index>
[[nodiscard]] std::vector<Index> floyd_sample(Draws& draws, Index n, Index k) {
  SIM_CHECK(k <= n);
  std::vector<Index> chosen;
  chosen.reserve(static_cast<std::size_t>(k));
  for (Index last = n - k; last < n; ++last) {
    const auto drawn = static_cast<Index>(draws.below(std::uint64_t{last} + 1));
    const auto place = std::lower_bound(chosen.begin(), chosen.end(), drawn);
    if (place == chosen.end() || *place != drawn) {
      chosen.insert(place, drawn);
    } else {
      chosen.push_back(last);  // larger than everything so far
    }
  }
  return chosen;
}

}  // namespace assay::sim
