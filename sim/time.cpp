#include "sim/time.hpp"

#include <cmath>

#include "sim/check.hpp"

namespace assay::sim {

SimDuration duration_up(double seconds) {
  SIM_CHECK(seconds >= 0.0 && seconds < 9.15e9);
  return SimDuration{static_cast<std::int64_t>(std::ceil(seconds * 1e9))};
}

}  // namespace assay::sim
