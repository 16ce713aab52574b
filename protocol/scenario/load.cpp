#include "protocol/scenario/load.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "protocol/scenario/printer.hpp"
#include "protocol/scenario/rules_from.hpp"
#include "protocol/scenario/yaml_source.hpp"
#include "sim/digest.hpp"

namespace assay::protocol {
namespace {

std::vector<InputFile> hashed(std::vector<std::filesystem::path> files) {
  std::vector<InputFile> inputs;
  for (const std::filesystem::path& file : files) {
    const std::string path = std::filesystem::absolute(file).lexically_normal().string();
    const bool known = std::any_of(inputs.begin(), inputs.end(),
                                   [&path](const InputFile& input) { return input.path == path; });
    if (known) continue;
    try {
      inputs.push_back(InputFile{path, sim::hex(sim::sha256_file(path))});
    } catch (const std::runtime_error& error) {
      throw ConfigError(Complaint{path, 0, 0, error.what()});
    }
  }
  return inputs;
}

/// The scenario that stands in `root`, whose own text came from `files`.
LoadedScenario load_node(const Node& root, std::vector<std::filesystem::path> files,
                         Reading& reading) {
  LoadedScenario loaded;
  read(root, loaded.scenario, reading);
  reading.complaints.throw_if_any();
  check_scenario(loaded.scenario, reading);
  reading.complaints.throw_if_any();
  loaded.rules = rules_from(loaded.scenario, reading);
  loaded.effective_yaml = print(loaded.scenario);
  files.insert(files.end(), reading.files.begin(), reading.files.end());
  loaded.inputs = hashed(std::move(files));
  return loaded;
}

}  // namespace

LoadedScenario load_scenario(const std::filesystem::path& path, std::span<const std::string> sets) {
  Reading reading;
  reading.folder = path.parent_path();
  Source source = read_yaml(path, reading.complaints);
  for (const std::string& set : sets) apply_set(source.root, set, reading.complaints);
  return load_node(source.root, std::move(source.files), reading);
}

LoadedScenario load_scenario(const std::filesystem::path& path, std::span<const Overlay> overlays) {
  Reading reading;
  reading.folder = path.parent_path();
  Source source = read_yaml(path, reading.complaints);
  for (const Overlay& overlay : overlays) lay(source.root, overlay, reading.complaints);
  return load_node(source.root, std::move(source.files), reading);
}

LoadedScenario reload(const Scenario& scenario, std::span<const std::string> sets) {
  Reading reading;
  const auto source = std::make_shared<const std::string>(scenario.name + " as changed");
  std::optional<Node> root = parse_yaml(print(scenario), source, Offset{}, reading.complaints);
  reading.complaints.throw_if_any();
  for (const std::string& set : sets) apply_set(*root, set, reading.complaints);
  return load_node(*root, {}, reading);
}

}  // namespace assay::protocol
