#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "analysis/experiment.hpp"
#include "analysis/numbers.hpp"
#include "analysis/report/collect.hpp"
#include "analysis/report/report.hpp"
#include "analysis/results.hpp"
#include "analysis/summary_table.hpp"
#include "analysis/timeline.hpp"
#include "apps/assay/commands.hpp"
#include "apps/assay/execution.hpp"
#include "apps/assay/pages.hpp"
#include "apps/assay/running.hpp"
#include "protocol/scenario/error.hpp"
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
  if (options.cost_errors) text += " --cost-errors";
  if (options.execution.mode != "table") {
    text += " --execution " + shell_quoted(options.execution.mode);
  }
  return text;
}

/// `more`: laid over the scenario on top of the options.
protocol::LoadedScenario load(const RunOptions& options, std::vector<std::string> more = {}) {
  std::vector<std::string> sets = options.sets;
  std::move(more.begin(), more.end(), std::back_inserter(sets));
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

analysis::Experiment experiment_at(const protocol::LoadedScenario& loaded,
                                   const RunOptions& options) {
  analysis::Experiment experiment = experiment_of(loaded, options.jobs);
  experiment.first = options.replication.value_or(0);
  return experiment;
}

/// The scenario at an end of its error bands.
struct BandEnd {
  std::string name;
  protocol::LoadedScenario loaded;
};

/// Refuses `--cost-errors` where there is no interval to widen, or no band to widen it by.
void check_cost_errors(const RunOptions& options, const protocol::LoadedScenario& middle) {
  const auto refuse = [](const std::string& found, std::string_view expected) {
    throw protocol::ConfigError(protocol::Complaint{
        "", 0, 0, fmt::format("--cost-errors: found {}, expected {}", found, expected)});
  };
  if (options.execution.mode != "table") {
    refuse(fmt::format("with --execution {}", protocol::shown(options.execution.mode)),
           "table: what is executed has no error band");
  }
  constexpr std::string_view kTwo = "at least 2 replications: one has no interval to widen";
  if (options.replication) refuse(fmt::format("--only {}", *options.replication), kTwo);
  const int replications = middle.scenario.replications;
  if (replications < 2) refuse(fmt::format("{} replication", replications), kTwo);
}

/// Both ends for `--cost-errors`, or nothing without it. Refuses a scenario that is at one itself:
/// it would be no middle.
std::vector<BandEnd> band_ends(const RunOptions& options, const protocol::LoadedScenario& middle) {
  std::vector<BandEnd> ends;
  if (!options.cost_errors) return ends;
  check_cost_errors(options, middle);
  for (const char* const name : {"low", "high"}) {
    ends.push_back(BandEnd{name, load(options, {fmt::format("execution.band={}", name)})});
    if (ends.back().loaded.effective_yaml != middle.effective_yaml) continue;
    throw protocol::ConfigError(protocol::Complaint{
        "", 0, 0,
        fmt::format("--cost-errors: found execution.band {}, expected middle: it runs both ends "
                    "itself",
                    name)});
  }
  return ends;
}

/// The runs at both ends, under the draws of the middle one. Nothing where one of them was not
/// finished: why is said in `middle`, whose own replications stay.
std::optional<analysis::CostErrors> run_cost_errors(const std::vector<BandEnd>& ends,
                                                    const RunOptions& options,
                                                    analysis::ExperimentResult& middle) {
  if (ends.empty() || middle.interrupted || middle.replications.empty()) return std::nullopt;
  std::vector<analysis::ExperimentResult> results;
  for (const BandEnd& end : ends) {
    const std::string label = fmt::format("step times at the {} end", end.name);
    const analysis::Experiment experiment = experiment_at(end.loaded, options);
    const analysis::ExperimentResult& result = results.emplace_back(run_watched(experiment, label));
    say_failures(result, command_text(options));
    if (static_cast<int>(result.replications.size()) == experiment.replications) continue;
    fmt::print(stderr,
               "assay: {}: not all replications were finished, so cost errors are left "
               "out\n",
               label);
    middle.interrupted = result.interrupted;
    for (analysis::Failure failure : result.failures) {
      failure.what = fmt::format("{}: {}", label, failure.what);
      middle.failures.push_back(std::move(failure));
    }
    return std::nullopt;
  }
  return analysis::CostErrors{std::move(results[0]), std::move(results[1])};
}

void say_metrics(const analysis::RunRecord& record, const std::filesystem::path& folder) {
  const analysis::RunSummary summary = analysis::summary_of(record);
  const std::vector<std::size_t> rows = analysis::table_rows(*record.loaded.rules, summary);
  std::size_t width = 36;  // names of groups may need more
  for (const std::size_t i : rows) {
    width = std::max(width, summary.metrics[i].metric.title.size());
  }
  for (const std::size_t i : rows) {
    const analysis::SummaryMetric& metric = summary.metrics[i];
    const analysis::Unit unit = analysis::unit_of(metric.metric.unit);
    std::string both;
    if (!summary.with_errors.empty() && summary.with_errors[i]) {
      both = ", with cost errors " +
             analysis::rounded_around(metric.estimate, *summary.with_errors[i], unit).bracket();
    }
    const std::size_t having = metric.having();
    const bool some = having > 0 && having < metric.samples.size();
    fmt::print("{:<{}} {}{}{}\n", metric.metric.title, width,
               analysis::estimate_text(metric.estimate, unit), both,
               some ? fmt::format(" in {} of {} replications", having, metric.samples.size()) : "");
  }
  const std::size_t left_out = summary.metrics.size() - rows.size();
  if (left_out > 0) {
    fmt::print("Zero or without a value: {} more in {}\n", left_out,
               (folder / "summary.json").string());
  }
}

/// What people read; the digest comes last.
void say_summary(const analysis::RunRecord& record, const std::filesystem::path& folder) {
  say_metrics(record, folder);
  const std::size_t finished = record.result.replications.size();
  fmt::print("\n{}{} in {:.1f} s, {} events{}\n",
             finished == 1 ? std::string("1 replication, so no intervals,")
                           : fmt::format("{} replications", finished),
             record.cost_errors ? ", each at the middle and at both ends of the error bands," : "",
             record.wall_s(), record.events(),
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
  const std::vector<BandEnd> ends = band_ends(options, loaded);
  const std::unique_ptr<Execution> execution =
      choose_execution(options.execution, threads(options.jobs), loaded);

  const analysis::Experiment experiment = experiment_at(loaded, options);
  const std::string command = command_text(options);
  analysis::ExperimentResult result;
  std::optional<analysis::CostErrors> cost_errors;
  {
    const StopOnSignal stop;  // between the runs too
    result = run_watched(experiment, "", [&] { return execution ? execution->progress() : ""; });
    say_failures(result, command);
    cost_errors = run_cost_errors(ends, options, result);
  }
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
                                   execution ? std::optional(execution->record()) : std::nullopt,
                                   cost_errors};
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
