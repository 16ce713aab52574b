#include "protocol/execution/profile.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/execution/profile_file.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/nearest.hpp"

namespace assay::protocol {
namespace {

/// A row of the file for one model, with its device.
struct Measured {
  const ProfileFile::Step* row = nullptr;
  const Device* device = nullptr;
  StepTime step;
};

[[noreturn]] void fail(const std::string& file, const std::string& text) {
  throw ConfigError(Complaint{file, 0, 0, text});
}

const ProfileFile::Model& model_of(const ProfileFile& profile, const Workload& workload,
                                   const std::string& file) {
  std::vector<std::string> names;
  for (const ProfileFile::Model& model : profile.models) {
    if (model.name == workload.model) return model;
    names.push_back(model.name);
  }
  fail(file,
       fmt::format("found no model '{}' (of workload '{}'), expected {}{}", shown(workload.model),
                   workload.name, either(names), did_you_mean(workload.model, names)));
}

std::vector<Measured> measured(const ProfileFile& profile, const ProfileFile::Model& model,
                               const Setting& setting, const std::string& file) {
  std::vector<Measured> rows;
  for (std::size_t i = 0; i < profile.steps.size(); ++i) {
    const ProfileFile::Step& row = profile.steps[i];
    if (row.model != model.name) continue;
    const auto device = std::find_if(setting.devices.begin(), setting.devices.end(),
                                     [&](const Device& at) { return at.name == row.device; });
    if (device == setting.devices.end()) {
      std::vector<std::string> names;
      for (const Device& known : setting.devices) names.push_back(known.name);
      fail(file, fmt::format("steps[{}].device: found '{}', expected a name of the catalogue{}", i,
                             shown(row.device), did_you_mean(row.device, names)));
    }
    const double total = model.units_per_step / row.units_per_s;
    rows.push_back(Measured{
        &row, &*device,
        StepTime{total * row.matrix_share, total * row.memory_share, total * row.overhead_share}});
  }
  if (rows.empty()) {
    fail(file, fmt::format("steps: found no row of model '{}', expected at least one", model.name));
  }
  return rows;
}

/// The fewest generations away; among those, the closest matrix rate, then the earlier row.
const Measured& nearest_to(const Device& device, const std::vector<Measured>& rows) {
  const auto distance = [&](const Measured& row) {
    const double ratio = row.device->matrix_flops / device.matrix_flops;
    return std::pair(generations_between(row.device->architecture, device.architecture),
                     std::max(ratio, 1.0 / ratio));
  };
  return *std::min_element(rows.begin(), rows.end(), [&](const Measured& a, const Measured& b) {
    return distance(a) < distance(b);
  });
}

Provenance step_provenance(const ProfileFile& profile, const ProfileFile::Model& model,
                           const Device& device, const Measured& from) {
  Provenance line;
  line.cost = fmt::format("step time of {} on {}", model.name, device.name);
  if (from.device->name == device.name) {
    line.kind = "published";
    line.source = fmt::format("{}: {}", from.row->published, from.row->source);
    return line;
  }
  const bool near = transfers_well(from.device->architecture, device.architecture);
  line.kind = "transferred";
  line.low = near ? profile.near.low : profile.far.low;
  line.high = near ? profile.near.high : profile.far.high;
  line.source =
      fmt::format("from {} ({}: {})", from.device->name, from.row->published, from.row->source);
  return line;
}

/// The lines that do not depend on workload and device.
void common_provenance(const ProfileFile& profile, std::vector<Provenance>& lines) {
  const auto add = [&](std::string cost, std::string kind, const std::string& source) {
    lines.push_back(Provenance{std::move(cost), std::move(kind), source});
  };
  add("split of a step into operator classes", "analytic", profile.split_source);
  add("error bands of transferred step times", "published", profile.transfer_source);
  add("tolerance of a comparison", "chosen", profile.tolerance_source);
  add("distance of honest results", "published", profile.noise_source);
  for (const ProfileFile::Behaviour& behaviour : profile.behaviours) {
    add(fmt::format("cost and distance of '{}'", behaviour.name), "analytic", behaviour.source);
  }
  add("size and hashing of a checkpoint", "published", profile.checkpoint_source);
  add("price of bitwise arithmetic", "published", profile.bitwise_source);
  add("wall power", "published", profile.energy_source);
  add("time of an operator on the referee's processor", "published", profile.referee_source);
}

TableExecutor::Tables tables(const Profile::Params& params, const Setting& setting) {
  const std::string& file = params.file.resolved;
  const ProfileFile profile = read_profile(file, params.sha256);
  TableExecutor::Tables tables;
  tables.hash_bytes_per_second = profile.hash_bytes_per_s;
  tables.referee_flops_per_second = profile.referee_flops_per_s;
  tables.wall_watts_per_board_watt = profile.wall_watts_per_board_watt;
  tables.order_factor = profile.order_factor;
  const double tolerance = profile.tolerance_share_of_movement;
  tables.behaviours.push_back(
      {"honest",
       1.0,
       0.0,
       {profile.noise_median_share_of_movement / tolerance, profile.noise_spread}});
  for (const ProfileFile::Behaviour& row : profile.behaviours) {
    tables.behaviours.push_back({row.name,
                                 row.cost_share,
                                 row.harm,
                                 {row.median_share_of_movement / tolerance, row.spread}});
  }
  for (const Workload& workload : setting.workloads) {
    const ProfileFile::Model& found = model_of(profile, workload, file);
    const std::vector<Measured> rows = measured(profile, found, setting, file);
    TableExecutor::Model model;
    model.operators = found.operators;
    model.largest_operator_flops = found.largest_operator_flops;
    model.checkpoint =
        Bytes{static_cast<std::int64_t>(found.parameters * profile.checkpoint_bytes_per_parameter)};
    for (const Device& device : setting.devices) {
      const Measured& from = nearest_to(device, rows);
      model.steps.push_back(transfer(from.step, *from.device, device));
    }
    for (const DeviceId id : setting.named) {
      const Device& device = setting.devices[index(id)];
      tables.provenance.push_back(
          step_provenance(profile, found, device, nearest_to(device, rows)));
    }
    tables.models.push_back(std::move(model));
  }
  common_provenance(profile, tables.provenance);
  return tables;
}

}  // namespace

void Profile::Params::describe(Fields& field) {
  field("file", file, "The calibration file (JSON).", kRequired);
  field("sha256", sha256, "What the file's SHA-256 must be, in hexadecimal; left out, any file.");
  mode.describe(field);
}

Profile::Profile(const Params& params, const Setting& setting)
    : TableExecutor(setting, params.mode, tables(params, setting)) {}

}  // namespace assay::protocol
