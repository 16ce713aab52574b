#pragma once

#include <string>
#include <vector>

#include "protocol/ids.hpp"
#include "protocol/scenario/quantities.hpp"
#include "sim/time.hpp"

namespace assay::protocol {

/// Latency and bandwidth between regions.
class Network {
 public:
  static constexpr auto kFamily = "network";
  struct Region {
    std::string name;
    int utc_offset_hours = 0;
    double share = 0.0;  ///< of the members of a group that does not state its own regions
  };
  virtual ~Network() = default;
  [[nodiscard]] virtual const std::vector<Region>& regions() const = 0;
  /// How long `bytes` take from one region to another, latency included.
  [[nodiscard]] virtual sim::SimDuration move(RegionId from, RegionId to, Bytes bytes) const = 0;
};

}  // namespace assay::protocol
