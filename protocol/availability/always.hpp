#pragma once

#include "protocol/availability/availability.hpp"
#include "protocol/scenario/fields.hpp"

namespace assay::protocol {

/// A machine that is never switched off.
class Always final : public Availability {
 public:
  static constexpr auto kKind = "always";
  static constexpr auto kSummary = "Switched on all the time.";
  struct Params {
    void describe(Fields&) {}
  };
  explicit Always(const Params&) {}
  [[nodiscard]] Interval interval(Chance, std::uint64_t, std::uint32_t k, int) const override {
    return {k % 2 == 0, sim::SimDuration::max()};
  }
};

}  // namespace assay::protocol
