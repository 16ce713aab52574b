#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "analysis/executed.hpp"
#include "apps/assay/commands.hpp"
#include "protocol/rules.hpp"
#include "protocol/scenario/load.hpp"

namespace assay::apps {

/// Segments that are executed in a run, or were in the one that its tape is of.
class Execution {
 public:
  virtual ~Execution() = default;
  /// For the end of a progress line: ", 12 segments and 3 disputes executed".
  [[nodiscard]] virtual std::string progress() const = 0;
  /// Requires that the run is over.
  [[nodiscard]] virtual analysis::ExecutionRecord record() const = 0;
};

/// The worker that stands beside this program, or the one at `path` where it is given; throws
/// ConfigError where there is none.
[[nodiscard]] std::filesystem::path worker_program(const std::string& path);

/// Gives the scenario's rules the executor that the options ask for; null where that is the
/// scenario's own. Throws ConfigError, also for a tape of another scenario, and WorkerError where
/// no worker answers.
[[nodiscard]] std::unique_ptr<Execution> choose_execution(const ExecutionOptions& options, int jobs,
                                                          protocol::LoadedScenario& loaded);

/// The rules of a recorded run with its tape instead of workers.
[[nodiscard]] std::shared_ptr<const protocol::Rules> with_tape(const std::filesystem::path& tape,
                                                               const std::string& scenario,
                                                               const protocol::Rules& rules);

}  // namespace assay::apps
