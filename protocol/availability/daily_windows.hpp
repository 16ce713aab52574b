#pragma once

#include "protocol/availability/availability.hpp"
#include "protocol/scenario/fields.hpp"

namespace assay::protocol {

/// A machine that is up between two local times of every day. Time zero is midnight UTC. Each
/// machine's window is shifted by its own constant, uniform within the jitter, so that a group
/// does not come and go in one instant.
class DailyWindows final : public Availability {
 public:
  static constexpr auto kKind = "daily-windows";
  static constexpr auto kSummary =
      "Up between two local times of day, each member a little shifted.";
  struct Params {
    sim::SimDuration from = std::chrono::hours(18);
    sim::SimDuration to = std::chrono::hours(24);
    sim::SimDuration jitter = std::chrono::hours(1);
    void describe(Fields& field);
  };
  /// Throws ConfigError for an empty window.
  explicit DailyWindows(const Params& params);

  [[nodiscard]] Interval interval(Chance chance, std::uint64_t machine_key, std::uint32_t k,
                                  int utc_offset_hours) const override;

 private:
  Params params_;
  sim::SimDuration up_;  // length of the window
};

}  // namespace assay::protocol
