#pragma once

#include "protocol/network/network.hpp"
#include "protocol/scenario/fields.hpp"

namespace assay::protocol {

/// No network: everything is everywhere at once.
class Instant final : public Network {
 public:
  static constexpr auto kKind = "none";
  static constexpr auto kSummary = "One region; messages and data take no time.";
  struct Params {
    void describe(Fields&) {}
  };
  explicit Instant(const Params&) : regions_{{"everywhere", 0, 1.0}} {}
  [[nodiscard]] const std::vector<Region>& regions() const override { return regions_; }
  [[nodiscard]] sim::SimDuration move(RegionId, RegionId, Bytes) const override { return {}; }

 private:
  std::vector<Region> regions_;
};

}  // namespace assay::protocol
