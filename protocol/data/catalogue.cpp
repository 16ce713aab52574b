#include "protocol/data/catalogue.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocol/data/csv.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/nearest.hpp"

namespace assay::protocol {

Catalogue::Catalogue(const std::string& path) {
  CsvReader csv(path);
  const std::size_t name = csv.column("name");
  const std::size_t aliases = csv.column("aliases");
  const std::size_t architecture = csv.column("architecture");
  const std::size_t fp32 = csv.column("fp32_tflops");
  const std::size_t matrix = csv.column("matrix_tflops");
  const std::size_t bandwidth = csv.column("bandwidth_gb_s");
  const std::size_t memory = csv.column("memory_gib");
  const std::size_t power = csv.column("power_w");
  constexpr double kGib = 1024.0 * 1024.0 * 1024.0;
  constexpr std::size_t kMostDevices = 10'000;
  while (csv.next()) {
    if (devices_.size() == kMostDevices) {
      csv.fail(fmt::format("found more than {} devices", kMostDevices));
    }
    const auto id = static_cast<DeviceId>(devices_.size());
    Device device;
    device.name = csv.text(name);
    device.architecture = csv.text(architecture);
    device.fp32_flops = csv.number(fp32, 1e-3, 1e6) * 1e12;
    device.matrix_flops = csv.number(matrix, 1e-3, 1e6) * 1e12;
    device.bytes_per_second = csv.number(bandwidth, 1e-3, 1e6) * 1e9;
    device.memory = Bytes{static_cast<std::int64_t>(csv.number(memory, 0.1, 1e5) * kGib)};
    device.power = Watts{csv.number(power, 1.0, 1e5)};
    const auto know = [&](std::string_view known, std::size_t column) {
      if (!by_name_.emplace(std::string(known), id).second) {
        csv.fail(column,
                 fmt::format("a name that no other device has, not '{}' again", shown(known)));
      }
    };
    know(device.name, name);
    std::string_view rest = csv.cell(aliases);
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      if (end == 0) csv.fail(aliases, "names separated by ';'");
      know(rest.substr(0, end), aliases);
      device.aliases.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    devices_.push_back(std::move(device));
  }
  if (devices_.empty()) csv.fail("found no device, expected at least one row");
}

Result<DeviceId, std::string> Catalogue::find(std::string_view name) const {
  if (const auto found = by_name_.find(name); found != by_name_.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& entry : by_name_) names.push_back(entry.first);
  return refuse(fmt::format("found device '{}', expected a name of the catalogue{}", shown(name),
                            did_you_mean(name, names)));
}

Setting make_setting(const Catalogue& catalogue, std::string_view reference,
                     std::span<const std::string> named, std::vector<Workload> workloads,
                     std::uint64_t requesters) {
  Setting setting;
  setting.devices = catalogue.devices();
  setting.workloads = std::move(workloads);
  setting.requesters = requesters;
  std::vector<Complaint> complaints;
  const auto resolve = [&](std::string_view name) {
    const auto device = catalogue.find(name);
    if (!device) complaints.push_back(Complaint{"", 0, 0, device.error()});
    return device.value_or(DeviceId{});
  };
  setting.reference = resolve(reference);
  setting.named.push_back(setting.reference);
  for (const std::string& name : named) setting.named.push_back(resolve(name));
  if (!complaints.empty()) throw ConfigError(std::move(complaints));
  std::sort(setting.named.begin(), setting.named.end());
  setting.named.erase(std::unique(setting.named.begin(), setting.named.end()), setting.named.end());
  return setting;
}

}  // namespace assay::protocol
