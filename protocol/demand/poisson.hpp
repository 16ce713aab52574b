#pragma once

#include <memory>

#include "protocol/demand/demand.hpp"
#include "protocol/scenario/fields.hpp"

namespace assay::protocol {

/// Jobs at random, at one rate for ever. Arrival k has its own draws, keyed by its ordinal: its
/// distance from arrival k - 1 and its work are the same whatever else the scenario changes.
class Poisson final : public Demand {
 public:
  static constexpr auto kKind = "poisson";
  static constexpr auto kSummary = "Independent arrivals at a constant rate, all alike in law.";
  struct Params {
    double rate = 60.0;
    int gpus = 1;
    sim::SimDuration work = std::chrono::hours(1);
    std::string distribution = "exponential";
    void describe(Fields& field);
  };
  explicit Poisson(const Params& params) : params_(params) {}

  [[nodiscard]] std::unique_ptr<ArrivalStream> open(Chance chance,
                                                    std::uint64_t first_ordinal) const override;

 private:
  Params params_;
};

}  // namespace assay::protocol
