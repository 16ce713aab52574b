#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "protocol/rules.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/node.hpp"
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
/// The same with values that did not come from `--set`.
[[nodiscard]] LoadedScenario load_scenario(const std::filesystem::path& path,
                                           std::span<const Overlay> overlays);

/// A scenario that a program has changed, made ready to run under the rules of a file: every value
/// is checked again, so that a share of 200 % ends in the same ConfigError. Each
/// `path.to.key=value` of `sets` is laid over it.
[[nodiscard]] LoadedScenario reload(const Scenario& scenario,
                                    std::span<const std::string> sets = {});

}  // namespace assay::protocol
