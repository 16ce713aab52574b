#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/ids.hpp"
#include "protocol/result.hpp"
#include "protocol/setting.hpp"

namespace assay::protocol {

/// The hardware catalogue: what the devices that a scenario names can do. A CSV file with the
/// columns name, aliases (separated by `;`), architecture, fp32_tflops, matrix_tflops (dense bf16
/// or fp16 with fp32 sums), bandwidth_gb_s, memory_gib and power_w; further columns are notes.
class Catalogue {
 public:
  /// Throws ConfigError, with file, line and column.
  explicit Catalogue(const std::string& path);

  /// By DeviceId: rows keep the order of the file.
  [[nodiscard]] const std::vector<Device>& devices() const { return devices_; }
  /// The device of this name or alias, or the text of the complaint, with the nearest name.
  [[nodiscard]] Result<DeviceId, std::string> find(std::string_view name) const;

 private:
  std::vector<Device> devices_;
  std::map<std::string, DeviceId, std::less<>> by_name_;
};

/// The tables that mechanisms are built from: the catalogue's devices, with those in `named` (any
/// of their names, repeats allowed) marked as the scenario's. Throws ConfigError with every
/// unknown name at once.
[[nodiscard]] Setting make_setting(const Catalogue& catalogue, std::string_view reference,
                                   std::span<const std::string> named,
                                   std::vector<Workload> workloads, std::uint64_t requesters);

}  // namespace assay::protocol
