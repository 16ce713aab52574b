#pragma once

#include <cstdint>
#include <vector>

#include "analysis/statistics.hpp"
#include "analysis/validation/validation.hpp"
#include "sim/draws.hpp"

namespace assay::analysis {

inline constexpr int kBatches = 24;

/// The mean of `trial(key)` over batches of `trials`, each with a key of its own; a trial that says
/// true or false counts as one or zero.
template <class Trial>
[[nodiscard]] Measured mean_of(std::int64_t trials, std::uint64_t seed, Trial trial) {
  std::vector<double> batches;
  for (std::uint64_t batch = 0; batch < kBatches; ++batch) {
    double sum = 0.0;
    for (std::int64_t t = 0; t < trials; ++t) {
      sum += static_cast<double>(trial(sim::mix(seed, batch, static_cast<std::uint64_t>(t))));
    }
    batches.push_back(sum / static_cast<double>(trials));
  }
  return {mean(batches), standard_error(batches), kBatches};
}

}  // namespace assay::analysis
