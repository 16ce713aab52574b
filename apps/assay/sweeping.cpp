#include "apps/assay/sweeping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <map>

#include "analysis/campaign/export.hpp"
#include "analysis/campaign/point_table.hpp"
#include "analysis/campaign/run_plan.hpp"
#include "analysis/outcome.hpp"
#include "analysis/report/sweep_page.hpp"
#include "analysis/results.hpp"
#include "analysis/study_folder.hpp"
#include "analysis/swept.hpp"
#include "apps/assay/campaign_line.hpp"
#include "apps/assay/campaigns.hpp"
#include "apps/assay/pages.hpp"
#include "apps/assay/running.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/nearest.hpp"

namespace assay::apps {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(std::string text) {
  throw protocol::ConfigError(protocol::Complaint{"", 0, 0, std::move(text)});
}

/// `i/n` as a part of the plan's runs, counted from zero.
void read_shard(const std::string& text, analysis::CampaignOptions& options) {
  if (text.empty()) return;
  const std::size_t slash = text.find('/');
  const auto number = [&text](std::size_t begin, std::size_t end) {
    int value = 0;
    const char* last = text.data() + end;
    const auto read = std::from_chars(text.data() + begin, last, value);
    return read.ec == std::errc() && read.ptr == last ? value : 0;
  };
  const int part = slash == std::string::npos ? 0 : number(0, slash);
  const int parts = slash == std::string::npos ? 0 : number(slash + 1, text.size());
  if (part < 1 || parts < part) {
    refuse(fmt::format("--shard: found {}, expected i/n with i from 1 to n, such as 1/4",
                       protocol::shown(text)));
  }
  options.shard = part - 1;
  options.shards = parts;
}

/// The metrics to show: as asked, else what an attack gains and costs, and what checking costs.
std::vector<std::string> shown_metrics(const SweepRequest& request, const analysis::Plan& plan) {
  std::vector<std::string> known;
  std::vector<std::string> usual;
  for (const std::size_t point : {std::size_t{0}, plan.size() - 1}) {
    for (const analysis::Metric& metric : analysis::metrics_of(plan.load(point).loaded)) {
      if (std::find(known.begin(), known.end(), metric.name) != known.end()) continue;
      known.push_back(metric.name);
      const bool gain = metric.name.starts_with("gain_");
      if (gain || metric.name == "accepted_bad_value_share" ||
          metric.name == "verification_overhead") {
        usual.push_back(metric.name);
      }
    }
  }
  if (request.metrics.empty()) return usual;
  for (const std::string& metric : request.metrics) {
    if (std::find(known.begin(), known.end(), metric) != known.end()) continue;
    refuse(fmt::format("--metric: found {}, expected one of summary.json's metrics{}",
                       protocol::shown(metric), protocol::did_you_mean(metric, known)));
  }
  return request.metrics;
}

/// Seconds that a run takes: what the store says, else tried out at both ends of the plan.
double seconds_per_run(const analysis::Plan& plan, double known_s, std::int64_t known) {
  if (known > 0) return known_s / static_cast<double>(known);
  const StopOnSignal stop;
  const auto begun = std::chrono::steady_clock::now();
  int runs = 0;
  for (const std::size_t point : {std::size_t{0}, plan.size() - 1}) {
    const analysis::PointSpec spec = plan.load(point);
    const auto seed = static_cast<std::uint64_t>(spec.loaded.scenario.seed);
    if (!analysis::run_market(spec, seed, 0, stop.asked())) throw analysis::Interrupted();
    ++runs;
    if (plan.size() == 1) break;
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count() / runs;
}

int say_plan(const SweepRequest& request, const analysis::Plan& plan,
             const std::vector<std::string>& keys, const analysis::PointSpec& first,
             int replications, const fs::path& folder) {
  const auto seed = static_cast<std::uint64_t>(first.loaded.scenario.seed);
  analysis::Store::Counts there;
  std::error_code error;
  if (fs::exists(folder, error) &&
      !(fs::is_directory(folder, error) && fs::is_empty(folder, error))) {
    analysis::Store store = open_store(folder);
    for (const std::string& key : keys) {
      const auto id = store.find_point(key);
      if (!id) continue;
      const auto counts = store.counts(*id, seed, 0, replications);
      there.done += counts.done;
      there.failed += counts.failed;
      there.wall_s += counts.wall_s;
    }
  }
  const auto all = static_cast<std::int64_t>(plan.size()) * replications;
  const std::int64_t missing = all - there.done - there.failed;
  const double each = seconds_per_run(plan, there.wall_s, there.done);
  const int jobs = threads(request.flags.jobs);
  fmt::print("points: {}\n", plan.size());
  fmt::print("runs: {}, {} replications a point{}{}\n", all, replications,
             analysis::twin_of(first.loaded) ? ", each with its honest twin" : "",
             plan.spec().precision
                 ? fmt::format(" to begin with, at most {}", plan.spec().precision->most)
                 : "");
  fmt::print("in the store: {}\nmissing: {}\n", there.done + there.failed, missing);
  fmt::print("a run takes {}; the missing ones {} on {} threads\n", duration_text(each),
             duration_text(each * static_cast<double>(missing) / jobs), jobs);
  return 0;
}

/// What is written beside the store: the estimates for other programs, and, where a page can show
/// them, the page and what it is drawn from.
void write(const analysis::PointTable& table, const std::optional<analysis::Sweep>& sweep,
           const fs::path& folder) {
  std::map<std::string, std::string> files{{"sweep.csv", analysis::table_csv(table)},
                                           {"points.json", analysis::to_json(table)}};
  if (sweep) {
    files["sweep.json"] = analysis::to_json(*sweep);
    const auto html = page([&](const auto& assets) { return render(*sweep, assets); });
    if (html) files["report.html"] = *html;
  }
  analysis::replace_study(folder, files);
}

/// The answer in a sentence, where the points lie on one or two axes; then all of them.
void say(const analysis::PointTable& table, const std::optional<analysis::Sweep>& sweep,
         const fs::path& folder) {
  if (sweep) fmt::print("{}\n", headline(*sweep));
  if (sweep && !sweep->theory.empty()) {
    fmt::print("Theory's break-even of {}: {}.\n", sweep->axes.front().key, theory_text(*sweep));
  }
  fmt::print("{}{}\n", sweep ? "\n" : "", analysis::table_text(table));
  const bool missed = std::any_of(table.points.begin(), table.points.end(),
                                  [](const analysis::TablePoint& point) { return !point.reached; });
  if (missed) fmt::print("* the precision was not reached\n");
  fmt::print("means with 95 % intervals; {} runs, {} of them new, in {}{}\n",
             table.facts.runs + table.facts.reused, table.facts.runs,
             duration_text(table.facts.wall_s),
             table.facts.interrupted ? ", interrupted: true" : "");
  if (table.precision) {
    fmt::print(
        "Runs were added until the interval was narrow enough: it covers somewhat less than 95 "
        "%.\n");
  }
  fmt::print("results: {}\nseed: {}\n", folder.string(), table.facts.seed);
}

void say_failures(const analysis::PointTable& table) {
  for (const analysis::TableFailure& failure : table.failures) {
    fmt::print(stderr, "assay: {}: replication {} failed: {}\n  repeat it with: {}\n",
               failure.label, failure.replication, failure.error, failure.command);
  }
}

}  // namespace

void apply_flags(const CampaignFlags& flags, analysis::PlanSpec& plan,
                 protocol::Complaints& complaints) {
  std::vector<std::string> sets = flags.sets;
  if (flags.seed) sets.push_back(fmt::format("seed={}", *flags.seed));
  for (const std::string& set : sets) {
    auto overlay = protocol::parse_overlay("--set", set, complaints);
    if (overlay) plan.sets.push_back(std::move(*overlay));
  }
}

std::string flags_text(const CampaignFlags& flags) {
  std::string text;
  for (const std::string& set : flags.sets) text += " --set " + shell_quoted(set);
  if (flags.seed) text += fmt::format(" --seed {}", *flags.seed);
  if (!flags.output.empty()) text += " -o " + shell_quoted(flags.output);
  return text;
}

int run_sweep(SweepRequest request) {
  const int jobs = threads(request.flags.jobs);
  analysis::CampaignOptions options;
  read_shard(request.flags.shard, options);
  if (options.shards > 1 && request.plan.precision) {
    refuse(
        "found both --shard and a precision, expected one of them: how many runs a precision "
        "needs depends on the runs of all shards");
  }
  const analysis::Plan plan(std::move(request.plan));
  const std::vector<std::string> keys = plan.check(jobs);
  const std::vector<std::string> shown = shown_metrics(request, plan);
  const analysis::PointSpec first = plan.load(0);
  const int asked = plan.spec().replications.value_or(first.loaded.scenario.replications);
  // A spread cannot be judged from less.
  const int replications = plan.spec().precision ? std::max(asked, 4) : asked;
  const std::string name =
      request.name.empty() ? first.loaded.scenario.name + "-sweep" : request.name;
  const fs::path folder =
      request.flags.output.empty() ? fs::path("out") / name : fs::path(request.flags.output);
  if (request.flags.dry_run) return say_plan(request, plan, keys, first, replications, folder);

  const auto begun = std::chrono::steady_clock::now();
  const StopOnSignal stop;
  CampaignLine line;
  options.jobs = jobs;
  options.retry_failed = request.flags.retry_failed;
  options.stop = &stop.asked();
  options.report = [&line](const analysis::CampaignProgress& at) { line.show(at); };
  const bool sharded = options.shards > 1;
  analysis::Campaign campaign = open_campaign(folder, std::move(options));
  const auto seed = static_cast<std::uint64_t>(first.loaded.scenario.seed);
  std::vector<analysis::PlannedPoint> points = plan.enter(campaign, keys, seed, replications);
  const bool complete = run_plan(campaign, plan.spec().precision, points);

  if (sharded) {
    fmt::print("shard {}: {} new runs{}\nresults: {}\n", request.flags.shard, campaign.computed(),
               complete ? "" : ", interrupted: true", folder.string());
    return complete ? 0 : 1;
  }
  analysis::PointTable table;
  table.facts = analysis::study_facts(first.loaded);
  table.facts.name = name;
  if (!request.question.empty()) table.facts.question = request.question;
  table.facts.replications = replications;
  table.shown = shown;
  if (plan.spec().precision) table.precision = plan.spec().precision->half_width;
  read_points(campaign, plan, points, table);
  table.facts.runs = campaign.computed();
  for (const analysis::TablePoint& point : table.points) table.facts.reused += point.replications;
  table.facts.reused -= table.facts.runs;
  table.facts.threads = jobs;
  table.facts.interrupted = !complete;
  table.facts.wall_s =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  for (const analysis::TableFailure& failure : table.failures) {
    table.facts.failures.push_back(fmt::format("{}: replication {} failed: {}", failure.label,
                                               failure.replication, failure.error));
  }
  table.facts.commands = {{"Repeats it, computing only what is missing:", request.command},
                          {"Every run as a table:", fmt::format("assay export {} -o runs.csv",
                                                                shell_quoted(folder.string()))}};
  const std::optional<analysis::Sweep> sweep = sweep_of(campaign, plan, points, table);
  write(table, sweep, folder);
  say_failures(table);
  if (request.flags.json) {
    fmt::print("{}", analysis::to_json(table));
  } else {
    say(table, sweep, folder);
  }
  return complete && table.failures.empty() ? 0 : 1;
}

}  // namespace assay::apps
