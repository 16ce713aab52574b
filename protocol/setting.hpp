#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/ids.hpp"
#include "protocol/scenario/quantities.hpp"
#include "sim/time.hpp"

namespace assay::protocol {

/// A device of the hardware catalogue. Rates are dense peak rates.
struct Device {
  std::string name;
  std::string architecture;
  double fp32_flops = 0.0;        ///< a second
  double matrix_flops = 0.0;      ///< bf16/fp16 matrix rate with fp32 sums, a second
  double bytes_per_second = 0.0;  ///< memory bandwidth
  Bytes memory;
  Watts power;                            ///< board power
  std::vector<std::string> aliases = {};  ///< other names of it
};

/// A kind of job: one entry of `workloads:`.
struct Workload {
  std::string name;
  std::string model;             ///< a row of the execution profile
  Share share;                   ///< of the jobs
  Bytes memory;                  ///< a device needs at least this much
  Bytes input;                   ///< data and model that reach the provider before it starts
  Share limit_low, limit_high;   ///< limit price as a share of the requester's cloud price
  double deadline_factor = 0.0;  ///< deadline = posted + factor x reference work + slack
  sim::SimDuration deadline_slack{};
};

/// What mechanisms may look up while they are built: the resolved tables of a scenario.
struct Setting {
  /// By DeviceId: every row of the catalogue, so that a device keeps its id, and with it its draws,
  /// whatever else the scenario names.
  std::vector<Device> devices;
  std::vector<DeviceId> named;  ///< the devices that the scenario names, in the catalogue's order
  std::vector<Workload> workloads;  ///< by WorkloadId
  DeviceId reference{};             ///< the device that work is measured on
  std::uint64_t requesters = 0;     ///< how many identities of role requester
};

}  // namespace assay::protocol
