#pragma once

#include <cstdint>

#include "protocol/chance.hpp"
#include "sim/time.hpp"

namespace assay::protocol {

/// When a machine is switched on: a function of its key, never a chain of events.
/// Interval k = 0 begins at time zero in equilibrium (or at the phase of the day that time zero
/// has), intervals alternate up and down.
class Availability {
 public:
  static constexpr auto kFamily = "availability";
  struct Interval {
    bool up = true;
    sim::SimDuration length{};  ///< above zero; SimDuration::max() for over a century: for ever
  };
  virtual ~Availability() = default;
  /// `utc_offset_hours`: of the machine's region, for windows of local time.
  [[nodiscard]] virtual Interval interval(Chance chance, std::uint64_t machine_key, std::uint32_t k,
                                          int utc_offset_hours) const = 0;
};

}  // namespace assay::protocol
