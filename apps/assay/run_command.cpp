#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "analysis/experiment.hpp"
#include "analysis/numbers.hpp"
#include "analysis/report/collect.hpp"
#include "analysis/report/report.hpp"
#include "analysis/results.hpp"
#include "analysis/timeline.hpp"
#include "apps/assay/commands.hpp"
#include "apps/assay/execution.hpp"
#include "apps/assay/pages.hpp"
#include "apps/assay/running.hpp"
#include "protocol/scenario/load.hpp"

namespace assay::apps {
namespace {

/// The command that gives the same numbers.
std::string command_text(const RunOptions& options) {
  std::string text = "assay run " + shell_quoted(options.scenario);
  for (const std::string& set : options.sets) text += " --set " + shell_quoted(set);
  if (options.replications) text += fmt::format(" --replications {}", *options.replications);
  if (options.replication) text += fmt::format(" --only {}", *options.replication);
  if (options.seed) text += fmt::format(" --seed {}", *options.seed);
  if (options.execution.mode != "table") {
    text += " --execution " + shell_quoted(options.execution.mode);
  }
  return text;
}

protocol::LoadedScenario load(const RunOptions& options) {
  std::vector<std::string> sets = options.sets;
  if (options.replications) sets.push_back(fmt::format("replications={}", *options.replications));
  if (options.replication) sets.emplace_back("replications=1");
  if (options.seed) sets.push_back(fmt::format("seed={}", *options.seed));
  return protocol::load_scenario(options.scenario, sets);
}

std::optional<analysis::ReportPage> report_page(const analysis::RunRecord& record,
                                                const std::filesystem::path& folder) {
  const analysis::ReportData data = analysis::collect(record, folder);
  const auto html = page([&](const auto& assets) { return analysis::render(data, assets); });
  if (!html) return std::nullopt;
  return analysis::ReportPage{analysis::to_json(data), *html};
}

/// Runs the first replication once more and draws it.
void write_trace(const analysis::Experiment& experiment, const analysis::ExperimentResult& result,
                 const std::string& path, std::uint64_t limit) {
  if (result.ordinals.front() != experiment.first) {
    fmt::print(stderr, "assay: {}: not written, the first replication was not finished\n", path);
    return;
  }
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  const analysis::DrawnRun drawn = analysis::draw_run(
      experiment.rules, analysis::replication_seed(experiment.seed, experiment.first), out, limit);
  out.close();
  if (!out) throw analysis::ResultError(path + ": cannot be written");
  if (drawn.digest != result.replications.front().run.digest) {
    throw analysis::ResultError(path + ": the run that was drawn has another digest");
  }
  if (drawn.truncated) {
    fmt::print(stderr,
               "assay: {}: the trace ends after {} events, before the run does (--trace-events)\n",
               path, limit);
  }
}

/// What people read; the digest comes last.
void say_summary(const analysis::RunRecord& record, const std::filesystem::path& folder) {
  for (const analysis::SummaryMetric& metric :
       analysis::summarise(*record.loaded.rules, record.result)) {
    const std::size_t having = metric.having();
    const bool some = having > 0 && having < metric.samples.size();
    fmt::print("{:<36} {}{}\n", metric.metric.title,
               analysis::estimate_text(metric.estimate, analysis::unit_of(metric.metric.unit)),
               some ? fmt::format(" in {} of {} replications", having, metric.samples.size()) : "");
  }
  const std::size_t finished = record.result.replications.size();
  fmt::print("\n{} in {:.1f} s, {} events{}\n",
             finished == 1 ? std::string("1 replication, so no intervals,")
                           : fmt::format("{} replications", finished),
             record.result.wall_s, record.result.events,
             record.result.interrupted ? ", interrupted: true" : "");
  if (record.execution) {
    const analysis::Executed& executed = record.execution->executed;
    fmt::print("{} {} executed on {} ({}), {} with other bits; {} {}\n", executed.segments,
               executed.segments == 1 ? "segment" : "segments", executed.device, executed.backend,
               executed.differing, executed.disputes.size(),
               executed.disputes.size() == 1 ? "dispute" : "disputes");
    fmt::print("tape: {}\n", (folder / analysis::kTapeName).string());
  }
  fmt::print("results: {}\nseed: {}\ndigest: {}\n", folder.string(), record.seed,
             record.result.digest);
}

}  // namespace

int run(const RunOptions& options) {
  protocol::LoadedScenario loaded = load(options);
  check_output(options.output);
  check_output_file(options.trace);
  const std::unique_ptr<Execution> execution =
      choose_execution(options.execution, threads(options.jobs), loaded);

  analysis::Experiment experiment = experiment_of(loaded, options.jobs);
  experiment.first = options.replication.value_or(0);
  const analysis::ExperimentResult result =
      run_watched(experiment, "", [&] { return execution ? execution->progress() : ""; });

  const std::string command = command_text(options);
  say_failures(result, command);
  if (result.replications.empty()) {
    fmt::print(stderr, "assay: no replication was finished{}\n",
               result.interrupted ? "; interrupted: true" : "");
    return 1;
  }
  const analysis::RunRecord record{options.scenario,
                                   loaded,
                                   result,
                                   experiment.seed,
                                   experiment.replications,
                                   experiment.jobs,
                                   command,
                                   execution ? std::optional(execution->record()) : std::nullopt};
  const std::filesystem::path folder = options.output.empty()
                                           ? analysis::default_folder(record)
                                           : std::filesystem::path(options.output);
  analysis::write_results(record, folder, report_page(record, folder));
  if (!options.trace.empty()) write_trace(experiment, result, options.trace, options.trace_events);
  if (options.json) {
    fmt::print("{}", analysis::summary_json(record));
  } else {
    say_summary(record, folder);
  }
  return result.failures.empty() && !result.interrupted ? 0 : 1;
}

}  // namespace assay::apps
