#pragma once

#include <string>
#include <vector>

#include "protocol/data/catalogue.hpp"
#include "protocol/execution/execution.hpp"
#include "protocol/scenario/fields.hpp"

namespace assay::protocol {

/// A device that a requester can rent outside the network.
struct CloudOffer {
  DeviceId device{};
  Usd per_hour;
  std::string provider;
};

/// The outside option. Each requester knows one offer, drawn once for all from those of a list of
/// real prices that can hold every workload; an offer never runs out.
class Cloud {
 public:
  struct Params {
    FilePath prices;
    UsdPerHour price;
    void describe(Fields& field);
  };
  /// `reference` is the device behind a single `price`. Throws ConfigError for a broken file, where
  /// no offer can hold every workload, and unless exactly one of the two keys is given.
  Cloud(const Params& params, const Catalogue& catalogue, DeviceId reference,
        const std::vector<Workload>& workloads);

  [[nodiscard]] const std::vector<CloudOffer>& offers() const { return offers_; }

 private:
  std::vector<CloudOffer> offers_;
};

/// What an hour of reference work costs at the offer, rounded up: plain training, neither
/// checkpoints nor bitwise arithmetic.
[[nodiscard]] Usd cloud_rate(const CloudOffer& offer, const TrainingExecutor& executor,
                             WorkloadId workload);

}  // namespace assay::protocol
