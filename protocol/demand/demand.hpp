#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "protocol/chance.hpp"
#include "protocol/ids.hpp"
#include "sim/time.hpp"

namespace assay::protocol {

/// One job as the outside world brings it; its terms come from the workload mix.
struct Arrival {
  std::uint64_t ordinal = 0;  ///< 0, 1, 2, ... in the order of arrival, whatever was skipped
  sim::SimTime at;
  std::uint32_t gpus = 1;              ///< independent chains of one-GPU tasks
  sim::SimDuration work{};             ///< per GPU, on the reference device; above zero
  std::uint32_t tenant = kNoTenant;    ///< dense index of the tenant, or none
  std::optional<WorkloadId> workload;  ///< where the demand itself states the job's kind
  static constexpr std::uint32_t kNoTenant = 0xFFFFFFFFu;
};

/// Arrivals in the order of time. A position in a demand, not state of the world: it is reopened
/// at any ordinal.
class ArrivalStream {
 public:
  virtual ~ArrivalStream() = default;
  /// The next arrival, or none when the demand has ended.
  [[nodiscard]] virtual std::optional<Arrival> next() = 0;
};

/// Where jobs come from.
class Demand {
 public:
  static constexpr auto kFamily = "demand";
  virtual ~Demand() = default;
  /// The arrivals from the given ordinal on.
  [[nodiscard]] virtual std::unique_ptr<ArrivalStream> open(Chance chance,
                                                            std::uint64_t first_ordinal) const = 0;
  /// How many tenants the demand names (0: it knows none), and the share of each in the jobs whose
  /// tenant is known, for those whose tenant is not.
  [[nodiscard]] virtual std::uint32_t tenants() const { return 0; }
  [[nodiscard]] virtual double tenant_share(std::uint32_t /*tenant*/) const { return 0.0; }
  /// Rows that were left out because the scenario says so (zero duration).
  [[nodiscard]] virtual std::uint64_t skipped() const { return 0; }
  /// How many arrivals there are in all; none where the demand never ends.
  [[nodiscard]] virtual std::optional<std::uint64_t> arrivals() const { return std::nullopt; }
};

}  // namespace assay::protocol
