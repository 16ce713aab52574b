#pragma once

#include <vector>

#include "protocol/network/network.hpp"
#include "protocol/scenario/fields.hpp"

namespace assay::protocol {

/// Latency and bandwidth from two files. A region is a place with a kind of access (home, lab):
/// the round trip between two is that of their places plus the access of both, and data moves at
/// the smaller of the sender's upload and the receiver's download. Transfers do not share links.
class Regions final : public Network {
 public:
  static constexpr auto kKind = "regions";
  static constexpr auto kSummary = "Latency between places, bandwidth by kind of access.";
  struct Params {
    FilePath regions;
    FilePath latency;
    void describe(Fields& field);
  };
  /// Reads both files; throws ConfigError for a pair of places that has no latency.
  explicit Regions(const Params& params);

  [[nodiscard]] const std::vector<Region>& regions() const override { return regions_; }
  [[nodiscard]] sim::SimDuration move(RegionId from, RegionId to, Bytes bytes) const override;

 private:
  struct Path {
    sim::SimDuration round_trip{};
    double nanoseconds_a_byte = 0.0;
  };
  [[nodiscard]] const Path& path(RegionId from, RegionId to) const {
    return paths_[index(from) * regions_.size() + index(to)];
  }
  std::vector<Region> regions_;
  std::vector<Path> paths_;  // by sender, then receiver
};

}  // namespace assay::protocol
