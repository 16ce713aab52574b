#include "analysis/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "analysis/numbers.hpp"
#include "sim/check.hpp"

namespace assay::analysis {
namespace {

constexpr std::array<std::string_view, 6> kHigher = {"jobs_done_share",   "network_share",
                                                     "utilisation",       "caught_in_audit_share",
                                                     "honest_profit_usd", "honest_margin_share"};
constexpr std::array<std::string_view, 20> kLower = {
    "jobs_late_share",       "price_usd_per_gpu_hour", "price_of_cloud_share",
    "waiting_median_h",      "waiting_p95_h",          "accepted_bad_value_share",
    "accepted_bad_share",    "offered_bad_share",      "detection_median_h",
    "honest_slashes",        "uncovered_tokens",       "dispute_rounds",
    "verification_overhead", "dispute_overhead",       "commitment_overhead",
    "audit_cost_share",      "lost_work_share",        "handed_back_share",
    "cost_usd_per_gpu_hour", "unfinished_jobs"};

ComparedMetric compare_one(const SummaryMetric& a, const SummaryMetric& b) {
  SIM_CHECK(a.samples.size() == b.samples.size());
  ComparedMetric metric;
  metric.name = a.metric.name;
  metric.title = a.metric.title;
  metric.unit = a.metric.unit;
  metric.meaning = a.metric.meaning;
  metric.a = a.samples;
  metric.b = b.samples;
  metric.mean_a = mean_estimate(a.samples);
  metric.mean_b = mean_estimate(b.samples);
  metric.better = better_side(metric.name);
  return metric;
}

/// Whether two samples differ by no more than the rounding of the ratios that they come from.
bool are_alike(const std::vector<double>& a, const std::vector<double>& b) {
  constexpr double kRounding = 1e-12;
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) {
    return std::abs(x - y) <= kRounding * std::max(std::abs(x), std::abs(y));
  });
}

/// The paired difference at `level`, and what the same replications would have told unpaired.
void judge(ComparedMetric& metric, double level) {
  const std::vector<double> difference = paired_difference(metric.b, metric.a);
  metric.level = level;
  metric.difference = mean_estimate(difference, level);
  metric.unpaired = {metric.difference.value, metric.difference.value};
  if (!metric.difference.interval) return;
  const Interval interval = *metric.difference.interval;
  const double paired_error = standard_error(difference);
  const double unpaired_error = std::hypot(standard_error(metric.a), standard_error(metric.b));
  if (paired_error > 0.0) {
    const double half = interval.half_width() * unpaired_error / paired_error;
    metric.unpaired = {metric.difference.value - half, metric.difference.value + half};
    metric.variance_ratio = std::pow(unpaired_error / paired_error, 2);
  }
  metric.verdict = interval.low > 0.0    ? Difference::Higher
                   : interval.high < 0.0 ? Difference::Lower
                                         : Difference::Undecided;
}

bool is_better(const ComparedMetric& metric) {
  return (metric.verdict == Difference::Higher && metric.better == Better::Higher) ||
         (metric.verdict == Difference::Lower && metric.better == Better::Lower);
}

bool is_worse(const ComparedMetric& metric) {
  return (metric.verdict == Difference::Higher && metric.better == Better::Lower) ||
         (metric.verdict == Difference::Lower && metric.better == Better::Higher);
}

std::string lower_first(std::string text) {
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  return text;
}

/// The titles of at most four metrics, the rest counted.
std::string titles(const std::vector<const ComparedMetric*>& metrics) {
  constexpr std::size_t kMost = 4;
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < std::min(kMost, metrics.size()); ++i) {
    shown.push_back(lower_first(metrics[i]->title));
  }
  if (metrics.size() > kMost) shown.push_back(fmt::format("{} more", metrics.size() - kMost));
  return list_text(shown);
}

}  // namespace

Better better_side(std::string_view metric) {
  if (std::find(kHigher.begin(), kHigher.end(), metric) != kHigher.end()) return Better::Higher;
  if (std::find(kLower.begin(), kLower.end(), metric) != kLower.end()) return Better::Lower;
  // What an attacker gains is better small.
  return metric.substr(0, 5) == "gain_" ? Better::Lower : Better::Neither;
}

std::string_view name_of(Difference difference) {
  switch (difference) {
    case Difference::None:
      return "same";
    case Difference::Higher:
      return "higher";
    case Difference::Lower:
      return "lower";
    case Difference::Undecided:
      return "undecided";
    case Difference::NoVerdict:
      return "no verdict";
  }
  SIM_CHECK(false);
  return "";
}

std::vector<ComparedMetric> compare_metrics(std::span<const SummaryMetric> a,
                                            std::span<const SummaryMetric> b) {
  std::vector<ComparedMetric> metrics;
  for (const SummaryMetric& left : a) {
    const auto right = std::find_if(b.begin(), b.end(), [&](const SummaryMetric& other) {
      return other.metric.name == left.metric.name;
    });
    if (right != b.end()) metrics.push_back(compare_one(left, *right));
  }
  // Metrics without any difference are no hypotheses: nothing about them is left to chance.
  std::vector<std::size_t> differing;
  std::vector<double> p;
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    if (are_alike(metrics[i].a, metrics[i].b)) {
      judge(metrics[i], kAlpha);
      metrics[i].verdict = Difference::None;
    } else if (metrics[i].a.size() < 2) {
      judge(metrics[i], kAlpha);
    } else {
      metrics[i].p = t_test_p(paired_difference(metrics[i].b, metrics[i].a));
      differing.push_back(i);
      p.push_back(metrics[i].p);
    }
  }
  const std::vector<HolmStep> steps = holm(p);
  for (std::size_t i = 0; i < differing.size(); ++i) judge(metrics[differing[i]], steps[i].level);
  return metrics;
}

std::string headline(const Comparison& comparison) {
  std::vector<const ComparedMetric*> better;
  std::vector<const ComparedMetric*> worse;
  std::size_t undecided = 0;
  std::size_t same = 0;
  std::size_t other = 0;
  bool verdicts = false;
  for (const ComparedMetric& metric : comparison.metrics) {
    verdicts = verdicts || metric.verdict != Difference::NoVerdict;
    if (is_better(metric)) {
      better.push_back(&metric);
    } else if (is_worse(metric)) {
      worse.push_back(&metric);
    } else if (metric.verdict == Difference::Undecided) {
      ++undecided;
    } else if (metric.verdict == Difference::None) {
      ++same;
    } else {
      ++other;
    }
  }
  const std::string& b = comparison.name_b;
  if (same == comparison.metrics.size()) {
    return fmt::format("{} and {} are the same in every metric.", comparison.name_a, b);
  }
  if (!verdicts || comparison.metrics.front().a.size() < 2) {
    return "One replication cannot carry a verdict; at least 2 are needed.";
  }
  std::string text;
  if (!better.empty()) text = fmt::format("{} is better in {}", b, titles(better));
  if (!worse.empty()) {
    text += text.empty() ? fmt::format("{} is worse in {}", b, titles(worse))
                         : fmt::format(", worse in {}", titles(worse));
  }
  if (text.empty()) {
    text = other > 0
               ? fmt::format("{} is neither better nor worse where the two can be told apart", b)
               : fmt::format("This comparison cannot tell {} and {} apart", comparison.name_a, b);
  }
  if (undecided > 0) {
    text += fmt::format("; {} of {} metrics {} undecided", undecided, comparison.metrics.size(),
                        undecided == 1 ? "is" : "are");
  }
  return text + ".";
}

}  // namespace assay::analysis
