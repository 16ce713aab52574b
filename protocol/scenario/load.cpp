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

}  // namespace

LoadedScenario load_scenario(const std::filesystem::path& path, std::span<const std::string> sets) {
  Reading reading;
  reading.folder = path.parent_path();
  Source source = read_yaml(path, reading.complaints);
  for (const std::string& set : sets) apply_set(source.root, set, reading.complaints);
  LoadedScenario loaded;
  read(source.root, loaded.scenario, reading);
  reading.complaints.throw_if_any();
  check_scenario(loaded.scenario, reading);
  reading.complaints.throw_if_any();
  loaded.rules = rules_from(loaded.scenario, reading);
  loaded.effective_yaml = print(loaded.scenario);
  source.files.insert(source.files.end(), reading.files.begin(), reading.files.end());
  loaded.inputs = hashed(std::move(source.files));
  return loaded;
}

}  // namespace assay::protocol
