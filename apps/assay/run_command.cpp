#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "analysis/build_info.hpp"
#include "analysis/experiment.hpp"
#include "analysis/numbers.hpp"
#include "analysis/report/collect.hpp"
#include "analysis/report/report.hpp"
#include "analysis/results.hpp"
#include "analysis/timeline.hpp"
#include "apps/assay/commands.hpp"
#include "apps/assay/progress_line.hpp"
#include "protocol/scenario/load.hpp"
#include "protocol/scenario/rules_from.hpp"

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

std::string quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/=+:,%@";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// The command that gives the same numbers.
std::string command_text(const RunOptions& options) {
  std::string text = "assay run " + quoted(options.scenario);
  for (const std::string& set : options.sets) text += " --set " + quoted(set);
  if (options.replications) text += fmt::format(" --replications {}", *options.replications);
  if (options.seed) text += fmt::format(" --seed {}", *options.seed);
  return text;
}

protocol::LoadedScenario load(const RunOptions& options) {
  std::vector<std::string> sets = options.sets;
  if (options.replications) sets.push_back(fmt::format("replications={}", *options.replications));
  if (options.seed) sets.push_back(fmt::format("seed={}", *options.seed));
  return protocol::load_scenario(options.scenario, sets);
}

/// Before a long run rather than after it.
void check_output(const RunOptions& options) {
  if (options.output.empty()) return;
  try {
    analysis::check_replaceable(options.output);
  } catch (const analysis::ResultError& error) {
    throw protocol::ConfigError(protocol::Complaint{"", 0, 0, error.what()});
  }
}

/// The report, or nothing where its drawing library is missing: the numbers are written all the
/// same.
std::optional<std::string> report_page(const analysis::RunRecord& record,
                                       const std::filesystem::path& folder) {
  const auto bundle = analysis::vega_bundle();
  if (!bundle) {
    fmt::print(stderr, "assay: no report.html: {}\n", analysis::kVegaBundleMissing);
    return std::nullopt;
  }
  try {
    return analysis::render(analysis::collect(record, folder), analysis::load_page_assets(*bundle));
  } catch (const std::runtime_error& error) {
    fmt::print(stderr, "assay: no report.html: {}\n", error.what());
    return std::nullopt;
  }
}

bool has_attackers(const protocol::Rules& rules) {
  return std::any_of(rules.groups.begin(), rules.groups.end(),
                     [](const protocol::Group& group) { return group.strategy->hostile(); });
}

/// Runs the first replication once more and draws it.
void write_trace(const analysis::Experiment& experiment, const analysis::ExperimentResult& result,
                 const std::string& path) {
  if (result.ordinals.front() != 0) {
    fmt::print(stderr, "assay: {}: not written, the first replication was not finished\n", path);
    return;
  }
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  const analysis::DrawnRun drawn =
      analysis::draw_run(experiment.rules, analysis::replication_seed(experiment.seed, 0), out);
  out.close();
  if (!out) throw analysis::ResultError(path + ": cannot be written");
  if (drawn.digest != result.replications.front().run.digest) {
    throw analysis::ResultError(path + ": the run that was drawn has another digest");
  }
  if (drawn.truncated) {
    fmt::print(stderr, "assay: {}: the run is too large to draw; the trace ends after {} events\n",
               path, analysis::Timeline::kDefaultLimit);
  }
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

/// What people read; the digest comes last.
void say_summary(const analysis::RunRecord& record, const std::filesystem::path& folder) {
  for (const analysis::SummaryMetric& metric :
       analysis::summarise(*record.loaded.rules, record.result)) {
    fmt::print("{:<36} {}\n", metric.metric.title,
               analysis::estimate_text(metric.estimate, analysis::unit_of(metric.metric.unit)));
  }
  const std::size_t finished = record.result.replications.size();
  fmt::print("\n{} in {:.1f} s, {} events{}\n",
             finished == 1 ? std::string("1 replication, so no intervals,")
                           : fmt::format("{} replications", finished),
             record.result.wall_s, record.result.events,
             record.result.interrupted ? ", interrupted: true" : "");
  fmt::print("results: {}\nseed: {}\ndigest: {}\n", folder.string(), record.seed,
             record.result.digest);
}

}  // namespace

int run(const RunOptions& options) {
  const protocol::LoadedScenario loaded = load(options);
  check_output(options);

  analysis::Experiment experiment;
  experiment.rules = loaded.rules;
  if (loaded.scenario.twins && has_attackers(*loaded.rules)) {
    experiment.twin = protocol::honest_twin(*loaded.rules);
  }
  experiment.seed = static_cast<std::uint64_t>(loaded.scenario.seed);
  experiment.replications = loaded.scenario.replications;
  experiment.jobs =
      options.jobs.value_or(static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));

  std::signal(SIGINT, ask_to_stop);
  std::signal(SIGTERM, ask_to_stop);
  const analysis::ExperimentResult result = [&] {
    ProgressLine line(loaded.rules->horizon);
    return analysis::run_experiment(
        experiment, stop_asked,
        [&line](const analysis::Progress& progress) { line.show(progress); });
  }();
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);

  const std::string command = command_text(options);
  say_failures(result, command);
  if (result.replications.empty()) {
    fmt::print(stderr, "assay: no replication was finished{}\n",
               result.interrupted ? "; interrupted: true" : "");
    return 1;
  }
  const analysis::RunRecord record{
      options.scenario,        loaded,          result, experiment.seed,
      experiment.replications, experiment.jobs, command};
  const std::filesystem::path folder = options.output.empty()
                                           ? analysis::default_folder(record)
                                           : std::filesystem::path(options.output);
  analysis::write_results(record, folder, report_page(record, folder));
  if (!options.trace.empty()) write_trace(experiment, result, options.trace);
  if (options.json) {
    fmt::print("{}", analysis::summary_json(record));
  } else {
    say_summary(record, folder);
  }
  return result.failures.empty() && !result.interrupted ? 0 : 1;
}

}  // namespace assay::apps
