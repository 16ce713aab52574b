#include "protocol/execution/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "protocol/execution/profile_file.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/nearest.hpp"

namespace assay::protocol {
namespace {

/// A row of the file for one model, with its device.
struct Measured {
  const ProfileFile::Step* row = nullptr;
  const Device* device = nullptr;
  Products products{};
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

/// The device of a row, by its name in the catalogue or an alias.
const Device& device_of(const ProfileFile::Step& row, std::size_t at, const Setting& setting,
                        const std::string& file) {
  std::vector<std::string> names;
  for (const Device& known : setting.devices) {
    const auto& aliases = known.aliases;
    if (known.name == row.device ||
        std::find(aliases.begin(), aliases.end(), row.device) != aliases.end()) {
      return known;
    }
    names.push_back(known.name);
    names.insert(names.end(), aliases.begin(), aliases.end());
  }
  fail(file, fmt::format("steps[{}].device: found '{}', expected a name of the catalogue{}", at,
                         shown(row.device), did_you_mean(row.device, names)));
}

/// The rows of plain training, or of that in bitwise arithmetic.
std::vector<Measured> measured(const ProfileFile& profile, const ProfileFile::Model& model,
                               bool bitwise, const Setting& setting, const std::string& file) {
  std::vector<Measured> rows;
  for (std::size_t i = 0; i < profile.steps.size(); ++i) {
    const ProfileFile::Step& row = profile.steps[i];
    if (row.model != model.name || row.bitwise != bitwise) continue;
    const Device& device = device_of(row, i, setting, file);
    for (const Measured& other : rows) {
      if (other.device != &device) continue;
      fail(file, fmt::format("steps[{}].device: found '{}', which is {} again, expected one row", i,
                             shown(row.device), device.name));
    }
    const double total = model.units_per_step / row.units_per_s;
    rows.push_back(Measured{
        &row, &device, products_of(row.precision).value(),
        StepTime{total * row.matrix_share, total * row.memory_share, total * row.overhead_share}});
  }
  return rows;
}

/// The fewest generations away; among those, the closest rate of the row's matrix products, then
/// the earlier row.
const Measured& nearest_to(const Device& device, const std::vector<Measured>& rows) {
  const auto distance = [&](const Measured& row) {
    const double ratio =
        product_rate(*row.device, row.products) / product_rate(device, row.products);
    return std::pair(generations_between(row.device->architecture, device.architecture),
                     std::max(ratio, 1.0 / ratio));
  };
  return *std::min_element(rows.begin(), rows.end(), [&](const Measured& a, const Measured& b) {
    return distance(a) < distance(b);
  });
}

ProfileFile::Band band_of(const ProfileFile& profile, const Device& device, const Measured& from) {
  if (from.device == &device) return from.row->spread;
  switch (reach(from.device->architecture, device.architecture)) {
    case Reach::Same:
    case Reach::Near:
      return profile.near;
    case Reach::Far:
      return profile.far;
    case Reach::Apart:
      break;
  }
  return profile.apart;
}

Provenance step_provenance(const ProfileFile& profile, const std::string& what,
                           const Device& device, const Measured& from) {
  const ProfileFile::Band band = band_of(profile, device, from);
  const ProfileFile::Step& row = *from.row;
  Provenance line{fmt::format("{} on {}", what, device.name), row.origin.kind,
                  fmt::format("{}: {}", row.figure, row.origin.source), band.low, band.high};
  if (from.device == &device) return line;
  line.kind = "transferred";
  line.source = fmt::format("from {} ({}: {})", from.device->name, row.figure, row.origin.source);
  return line;
}

/// The step on a device on which it was measured.
TableExecutor::Model::Step own_step(const Measured& row) {
  return {row.step, row.row->spread.low, row.row->spread.high, row.row->watts};
}

/// Plain training on `device`: as measured there, else moved there from the nearest row.
TableExecutor::Model::Step plain_step(const ProfileFile& profile, const Device& device,
                                      const Measured& from) {
  if (from.device == &device) return own_step(from);
  const ProfileFile::Band band = band_of(profile, device, from);
  return {transfer(from.step, from.products, *from.device, device), band.low, band.high,
          std::nullopt};
}

/// Every device's step in both kinds of arithmetic.
TableExecutor::Model model_on_devices(const ProfileFile& profile, const ProfileFile::Model& found,
                                      const Setting& setting, const std::string& file,
                                      std::vector<Provenance>& provenance) {
  const std::vector<Measured> plain = measured(profile, found, false, setting, file);
  const std::vector<Measured> bitwise = measured(profile, found, true, setting, file);
  if (plain.empty()) {
    fail(file, fmt::format("steps: found no row of model '{}' that is not bitwise, expected one",
                           found.name));
  }
  const auto own = [&](const Device& device) {
    return std::find_if(bitwise.begin(), bitwise.end(),
                        [&](const Measured& row) { return row.device == &device; });
  };
  TableExecutor::Model model;
  model.operators = found.operators;
  model.largest_operator_flops = found.largest_operator_flops;
  model.checkpoint =
      Bytes{static_cast<std::int64_t>(found.parameters * profile.checkpoint_bytes_per_parameter)};
  for (const Device& device : setting.devices) {
    const Measured& from = nearest_to(device, plain);
    const TableExecutor::Model::Step step = plain_step(profile, device, from);
    // What is derived from the plain step has its error, and its power.
    TableExecutor::Model::Step exact = step;
    exact.time = protocol::bitwise(step.time, from.products, device, profile.order_factor);
    if (const auto row = own(device); row != bitwise.end()) exact = own_step(*row);
    model.steps.push_back({step, exact});
  }
  for (const DeviceId id : setting.named) {
    const Device& device = setting.devices[index(id)];
    const auto add = [&](const std::string& kind, const Measured& from) {
      Provenance line = step_provenance(profile, kind + found.name, device, from);
      provenance.push_back(id == setting.reference ? without_band(std::move(line))
                                                   : std::move(line));
    };
    add("step time of ", nearest_to(device, plain));
    if (const auto row = own(device); row != bitwise.end()) add("bitwise step time of ", *row);
  }
  return model;
}

/// The comparison that the scenario names; the file's only one where it names none.
const ProfileFile::Comparison& comparison_of(const ProfileFile& profile,
                                             const Profile::Params& params) {
  std::vector<std::string> names;
  for (const ProfileFile::Comparison& row : profile.comparisons) {
    if (row.name == params.comparison) return row;
    names.push_back(row.name);
  }
  if (params.comparison.empty() && names.size() == 1) return profile.comparisons.front();
  throw ConfigError(Complaint{
      "", 0, 0,
      fmt::format("execution.comparison: found {}, expected {} of {}{}",
                  params.comparison.empty() ? "none" : shown(params.comparison), either(names),
                  params.file.resolved, did_you_mean(params.comparison, names))});
}

/// In which precision the steps are, and in which the comparison that judges them: a profile seldom
/// has a tolerance for each model.
Provenance precisions(const ProfileFile& profile, const ProfileFile::Comparison& comparison,
                      const Setting& setting, const std::string& file) {
  std::map<std::string, std::set<std::string>> models;  // by precision
  for (const Workload& workload : setting.workloads) {
    const ProfileFile::Model& model = model_of(profile, workload, file);
    const std::vector<Measured> rows = measured(profile, model, false, setting, file);
    for (const DeviceId id : setting.named) {
      models[nearest_to(setting.devices[index(id)], rows).row->precision].insert(model.name);
    }
  }
  std::string text;
  std::set<std::string> apart;
  for (const auto& [precision, names] : models) {
    text += fmt::format("steps of {} in {}; ", fmt::join(names, ", "), precision);
    if (precision != comparison.precision) apart.insert(names.begin(), names.end());
  }
  text += fmt::format("comparison {} in {}", comparison.name, comparison.precision);
  if (!apart.empty()) {
    text +=
        fmt::format(": they differ, and verdicts and cheats of {} are those of another precision",
                    fmt::join(apart, ", "));
  }
  return {"precision of steps and of their comparison", "chosen", std::move(text)};
}

/// The lines that do not depend on workload and device.
void common_provenance(const ProfileFile& profile, const ProfileFile::Comparison& comparison,
                       std::vector<Provenance>& lines) {
  const auto add = [&](std::string cost, const ProfileFile::Origin& origin) {
    lines.push_back(Provenance{std::move(cost), origin.kind, origin.source});
  };
  add("split of a step into operator classes", profile.split_origin);
  add("error bands of transferred step times", profile.transfer_origin);
  add("tolerance of a comparison", comparison.tolerance_origin);
  add("distance of honest results", comparison.honest.origin);
  lines.back().held_out = comparison.honest.held_out;
  for (const ProfileFile::Behaviour& behaviour : comparison.behaviours) {
    add(fmt::format("cost and distance of '{}'", behaviour.name), behaviour.distance.origin);
    lines.back().held_out = behaviour.distance.held_out;
  }
  add("size and hashing of a checkpoint", profile.checkpoint_origin);
  add("price of bitwise arithmetic", profile.bitwise_origin);
  add("wall power", profile.energy_origin);
  add("time of an operator on the referee's processor", profile.referee_origin);
}

TableExecutor::Tables tables(const Profile::Params& params, const Setting& setting) {
  const std::string& file = params.file.resolved;
  const ProfileFile profile = read_profile(file, params.sha256);
  const ProfileFile::Comparison& comparison = comparison_of(profile, params);
  TableExecutor::Tables tables;
  tables.hash_bytes_per_second = profile.hash_bytes_per_s;
  tables.referee_flops_per_second = profile.referee_flops_per_s;
  tables.wall_watts_per_board_watt = profile.wall_watts_per_board_watt;
  const auto law = [&](const ProfileFile::Distance& distance) {
    return DistanceLaw{distance.median_share_of_movement / comparison.tolerance_share_of_movement,
                       distance.spread};
  };
  tables.behaviours.push_back({"honest", 1.0, 0.0, law(comparison.honest)});
  for (const ProfileFile::Behaviour& row : comparison.behaviours) {
    tables.behaviours.push_back({row.name, row.cost_share, row.harm, law(row.distance)});
  }
  for (const Workload& workload : setting.workloads) {
    tables.models.push_back(model_on_devices(profile, model_of(profile, workload, file), setting,
                                             file, tables.provenance));
  }
  tables.provenance.push_back(precisions(profile, comparison, setting, file));
  common_provenance(profile, comparison, tables.provenance);
  return tables;
}

}  // namespace

void Profile::Params::describe(Fields& field) {
  field("file", file, "The calibration file (JSON).", kRequired);
  field("sha256", sha256, "What the file's SHA-256 must be, in hexadecimal; left out, any file.");
  field("comparison", comparison,
        "Which of the file's comparisons (optimizer, precision, interval) decides what agrees; may "
        "be left out where the file has one.");
  mode.describe(field);
}

Profile::Profile(const Params& params, const Setting& setting)
    : TableExecutor(setting, params.mode, tables(params, setting)) {}

}  // namespace assay::protocol
