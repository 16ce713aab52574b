#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <span>

#include "analysis/compare.hpp"
#include "analysis/numbers.hpp"
#include "analysis/report/compare_page.hpp"
#include "apps/assay/commands.hpp"
#include "apps/assay/pages.hpp"
#include "apps/assay/running.hpp"
#include "sim/digest.hpp"

namespace assay::apps {
namespace {

std::string command_text(const CompareOptions& options) {
  std::string text = "assay compare " + shell_quoted(options.a);
  if (!options.b.empty()) text += " " + shell_quoted(options.b);
  for (const std::string& set : options.sets) text += " --set " + shell_quoted(set);
  for (const std::string& set : options.sets_a) text += " --set-a " + shell_quoted(set);
  for (const std::string& set : options.sets_b) text += " --set-b " + shell_quoted(set);
  if (options.replications) text += fmt::format(" --replications {}", *options.replications);
  if (options.seed) text += fmt::format(" --seed {}", *options.seed);
  return text;
}

/// Lines of `of` that `other` does not have; order kept.
std::vector<std::string> lines_without(const std::string& of, const std::string& other) {
  const auto split = [](const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      lines.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    return lines;
  };
  const auto known = split(other);
  std::multiset<std::string> left(known.begin(), known.end());
  std::vector<std::string> kept;
  for (const std::string& line : split(of)) {
    const auto found = left.find(line);
    if (found == left.end()) {
      kept.push_back(line);
    } else {
      left.erase(found);
    }
  }
  return kept;
}

/// Metrics of one side that the other lacks.
std::vector<std::string> names_without(const std::vector<analysis::SummaryMetric>& of,
                                       const std::vector<analysis::SummaryMetric>& other) {
  std::vector<std::string> names;
  for (const auto& metric : of) {
    const bool shared = std::any_of(other.begin(), other.end(), [&](const auto& one) {
      return one.metric.name == metric.metric.name;
    });
    if (!shared) names.push_back(metric.metric.name);
  }
  return names;
}

void say(const analysis::Comparison& comparison, const std::filesystem::path& folder) {
  fmt::print("{}\n\n", headline(comparison));
  std::vector<std::array<std::string, 6>> rows = {
      {"", comparison.name_a, comparison.name_b, "difference", "", "paired"}};
  std::size_t same = 0;
  bool left_out = false;
  for (const analysis::ComparedMetric& metric : comparison.metrics) {
    if (metric.verdict == analysis::Difference::None) {
      ++same;
      continue;
    }
    const analysis::Unit unit = analysis::unit_of(metric.unit);
    left_out = left_out || metric.left_out > 0;
    rows.push_back({metric.title + (metric.left_out > 0 ? " *" : ""),
                    estimate_text(metric.mean_a, unit), estimate_text(metric.mean_b, unit),
                    estimate_text(metric.difference, analysis::difference_unit_of(metric.unit),
                                  analysis::Sign::Always),
                    std::string(name_of(metric.verdict)),
                    metric.variance_ratio
                        ? fmt::format("{}×", analysis::significant(*metric.variance_ratio, 2))
                        : ""});
  }
  if (rows.size() > 1) {
    for (const auto& row : rows) {
      fmt::print("{:<32} {:>27} {:>27} {:>29}  {:<10}{:>9}\n", row[0], row[1], row[2], row[3],
                 row[4], row[5]);
    }
  }
  if (left_out) {
    fmt::print(
        "* Some replications do not have it on both sides; compare.json says how many, and the "
        "difference leaves them out.\n");
  }
  if (same > 0) {
    fmt::print("{} of {} metrics are the same in every replication.\n", same,
               comparison.metrics.size());
  }
  if (rows.size() > 1) {
    fmt::print(
        "\nDifference: {} − {} under the same draws, 95 % intervals widened over all metrics that "
        "differ.\npaired: by how much pairing reduced the variance of the difference.\n",
        comparison.name_b, comparison.name_a);
  }
  fmt::print("results: {}\nseed: {}\ndigests: {} {}\n", folder.string(), comparison.facts.seed,
             comparison.digest_a, comparison.digest_b);
}

}  // namespace

int compare(const CompareOptions& options) {
  const auto load = [&](const std::string& path, const std::vector<std::string>& own) {
    std::vector<std::string> sets = options.sets;
    sets.insert(sets.end(), own.begin(), own.end());
    if (options.replications) sets.push_back(fmt::format("replications={}", *options.replications));
    if (options.seed) sets.push_back(fmt::format("seed={}", *options.seed));
    return protocol::load_scenario(path, sets);
  };
  const protocol::LoadedScenario a = load(options.a, options.sets_a);
  const protocol::LoadedScenario b =
      load(options.b.empty() ? options.a : options.b, options.sets_b);
  check_output(options.output);

  analysis::Comparison comparison;
  comparison.facts = analysis::study_facts(b);
  comparison.name_a = a.scenario.name;
  comparison.name_b = b.scenario.name;
  if (comparison.name_a == comparison.name_b) {
    comparison.name_a += " (A)";
    comparison.name_b += " (B)";
  }
  comparison.changed = lines_without(b.effective_yaml, a.effective_yaml);
  comparison.changed_from = lines_without(a.effective_yaml, b.effective_yaml);

  // The same draws on both sides: the first scenario's seed, and the larger number of replications.
  analysis::Experiment first = experiment_of(a, options.jobs);
  analysis::Experiment second = experiment_of(b, options.jobs);
  second.seed = first.seed;
  first.replications = second.replications = std::max(first.replications, second.replications);
  analysis::ExperimentResult left = run_watched(first, comparison.name_a);
  analysis::ExperimentResult right;
  if (!left.interrupted) right = run_watched(second, comparison.name_b);

  const std::string command = command_text(options);
  say_failures(left, command);
  say_failures(right, command);
  // Only replications that both sides finished can be compared.
  const auto keep_shared = [](analysis::ExperimentResult& of, const std::vector<int>& other) {
    for (std::size_t i = of.ordinals.size(); i-- > 0;) {
      if (std::find(other.begin(), other.end(), of.ordinals[i]) != other.end()) continue;
      of.ordinals.erase(of.ordinals.begin() + static_cast<std::ptrdiff_t>(i));
      of.replications.erase(of.replications.begin() + static_cast<std::ptrdiff_t>(i));
    }
  };
  keep_shared(left, std::vector<int>(right.ordinals));
  keep_shared(right, std::vector<int>(left.ordinals));
  const bool interrupted = left.interrupted || right.interrupted;
  if (left.replications.empty()) {
    fmt::print(stderr, "assay: no replication was finished on both sides{}\n",
               interrupted ? "; interrupted: true" : "");
    return 1;
  }

  const auto metrics_a = analysis::summarise(*a.rules, left);
  const auto metrics_b = analysis::summarise(*b.rules, right);
  comparison.metrics = analysis::compare_metrics(metrics_a, metrics_b);
  comparison.only_a = names_without(metrics_a, metrics_b);
  comparison.only_b = names_without(metrics_b, metrics_a);
  comparison.digest_a = left.digest;
  comparison.digest_b = right.digest;
  analysis::StudyFacts& facts = comparison.facts;
  facts.seed = first.seed;
  facts.replications = static_cast<std::int64_t>(left.replications.size());
  facts.runs = facts.replications * ((first.twin ? 2 : 1) + (second.twin ? 2 : 1));
  facts.wall_s = left.wall_s + right.wall_s;
  facts.threads = first.jobs;
  facts.interrupted = interrupted;
  for (const auto* result : {&left, &right}) {
    for (const analysis::Failure& failure : result->failures) {
      facts.failures.push_back(
          fmt::format("Replication {} failed: {}", failure.replication, failure.what));
    }
  }
  facts.commands = {{"Repeats this comparison:", command}};

  const std::string digests = left.digest + right.digest;
  const std::string both = sim::hex(sim::sha256(std::as_bytes(std::span(digests))));
  const std::filesystem::path folder =
      options.output.empty()
          ? std::filesystem::path("out") /
                fmt::format("{}-against-{}-{}", b.scenario.name, a.scenario.name, both.substr(0, 8))
          : std::filesystem::path(options.output);
  const std::string json = analysis::to_json(comparison);
  analysis::ResultFolder out(folder);
  out.write("compare.json", json);
  if (const auto html = page([&](const auto& assets) { return render(comparison, assets); })) {
    out.write("report.html", *html);
  }
  out.finish();
  if (options.json) {
    fmt::print("{}", json);
  } else {
    say(comparison, folder);
  }
  return facts.failures.empty() && !interrupted ? 0 : 1;
}

}  // namespace assay::apps
