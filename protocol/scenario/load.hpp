#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "protocol/rules.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/scenario.hpp"

namespace assay::protocol {

/// A file that a run depends on.
struct InputFile {
  std::string path;    ///< absolute
  std::string sha256;  ///< of its bytes, hexadecimal
};

/// A scenario ready to run.
struct LoadedScenario {
  Scenario scenario;
  std::shared_ptr<const Rules> rules;
  std::string effective_yaml;     ///< with every default filled in; loading it gives the same
  std::vector<InputFile> inputs;  ///< the scenario, what it includes, and the files it names
};

/// Loads the scenario at `path` with each `path.to.key=value` of `sets` laid over it in order.
/// Throws ConfigError with everything that is wrong; nothing else can fail afterwards.
[[nodiscard]] LoadedScenario load_scenario(const std::filesystem::path& path,
                                           std::span<const std::string> sets = {});

}  // namespace assay::protocol
