#include "apps/assay/running.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "analysis/results.hpp"
#include "apps/assay/progress_line.hpp"
#include "protocol/scenario/error.hpp"

namespace assay::apps {
namespace {

// The one thing that a signal handler can reach.
std::atomic<bool> stop_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void ask_to_stop(int signal) {
  stop_asked = true;
  // The second time ends the program at once.
  std::signal(signal, SIG_DFL);
}

}  // namespace

void check_output(const std::string& folder) {
  try {
    // It makes the folders above it, and one beside it that it takes away again.
    const analysis::ResultFolder probe(folder.empty() ? "out/result" : folder);
  } catch (const analysis::ResultError& error) {
    throw protocol::ConfigError(protocol::Complaint{"", 0, 0, error.what()});
  }
}

void check_output_file(const std::string& file) {
  if (file.empty()) return;
  std::error_code error;
  const bool there = std::filesystem::exists(file, error);
  if (!std::ofstream(file, std::ios::app)) {
    throw protocol::ConfigError(protocol::Complaint{file, 0, 0, "cannot be written"});
  }
  if (!there) std::filesystem::remove(file, error);
}

bool rewrites_lines() {
  const char* const terminal = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && terminal != nullptr &&
         std::string_view(terminal) != "dumb";
}

StopOnSignal::StopOnSignal()
    : interrupt_(std::signal(SIGINT, ask_to_stop)), terminate_(std::signal(SIGTERM, ask_to_stop)) {}

StopOnSignal::~StopOnSignal() {
  std::signal(SIGINT, interrupt_);
  std::signal(SIGTERM, terminate_);
}

const std::atomic<bool>& StopOnSignal::asked() const { return stop_asked; }

int threads(const std::optional<int>& jobs) {
  return jobs.value_or(static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
}

analysis::Experiment experiment_of(const protocol::LoadedScenario& loaded,
                                   const std::optional<int>& jobs) {
  analysis::Experiment experiment;
  experiment.rules = loaded.rules;
  experiment.twin = analysis::twin_of(loaded);
  experiment.seed = static_cast<std::uint64_t>(loaded.scenario.seed);
  experiment.replications = loaded.scenario.replications;
  experiment.jobs = threads(jobs);
  return experiment;
}

analysis::ExperimentResult run_watched(const analysis::Experiment& experiment,
                                       std::string_view label,
                                       const std::function<std::string()>& note) {
  const StopOnSignal stop;
  ProgressLine line(experiment.rules->horizon, label);
  return analysis::run_experiment(
      experiment, stop.asked(),
      [&](const analysis::Progress& progress) { line.show(progress, note ? note() : ""); });
}

void say_failures(const analysis::ExperimentResult& result, const std::string& command) {
  for (const analysis::Failure& failure : result.failures) {
    fmt::print(stderr,
               "assay: replication {}{} failed at {:.3f} s of simulated time, event {}, seed {}: "
               "{}\n  repeat it with: {}\n",
               failure.replication, failure.twin ? " (honest twin)" : "", failure.time_s,
               failure.event, failure.seed, failure.what, command);
  }
}

}  // namespace assay::apps
