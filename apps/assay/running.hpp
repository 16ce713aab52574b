#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "analysis/experiment.hpp"
#include "analysis/shell.hpp"
#include "protocol/scenario/load.hpp"

/// What the commands that run markets share.
namespace assay::apps {

using analysis::shell_quoted;

/// Refuses, with a ConfigError, a result folder that could not be made or replaced: before a long
/// run rather than after it. Empty: the default one, of a name that is not known yet.
void check_output(const std::string& folder);
/// The same for a single file. Empty: there is none.
void check_output_file(const std::string& file);

/// Whether standard error is a terminal on which a line can be written again.
[[nodiscard]] bool rewrites_lines();

/// While it lives, an interrupt sets `asked` and does nothing else; the second one ends the
/// program.
class StopOnSignal {
 public:
  StopOnSignal();
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;
  ~StopOnSignal();
  [[nodiscard]] const std::atomic<bool>& asked() const;

 private:
  using Handler = void (*)(int);
  Handler interrupt_;  // what was in force before: another one of these, or the system's
  Handler terminate_;
};

/// The number of threads: as asked, else one a core.
[[nodiscard]] int threads(const std::optional<int>& jobs);

/// The replications that a scenario asks for, with honest twins where it has attackers and wants
/// them.
[[nodiscard]] analysis::Experiment experiment_of(const protocol::LoadedScenario& loaded,
                                                 const std::optional<int>& jobs);

/// Runs it with a progress line, which `label` opens and `note` ends, and gives up what is not
/// finished on an interrupt.
[[nodiscard]] analysis::ExperimentResult run_watched(const analysis::Experiment& experiment,
                                                     std::string_view label,
                                                     const std::function<std::string()>& note = {});

/// Says on standard error which replications failed, and how to repeat them.
void say_failures(const analysis::ExperimentResult& result, const std::string& command);

}  // namespace assay::apps
