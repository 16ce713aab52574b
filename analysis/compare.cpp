#include "analysis/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "analysis/numbers.hpp"
#include "analysis/range.hpp"
#include "analysis/verdict.hpp"
#include "sim/check.hpp"

namespace assay::analysis {
namespace {

constexpr std::array<std::string_view, 6> kHigher = {"jobs_done_share",   "network_share",
                                                     "utilisation",       "caught_in_audit_share",
                                                     "honest_profit_usd", "honest_margin_share"};
constexpr std::array<std::string_view, 24> kLower = {
    "jobs_late_share",
    "price_usd_per_gpu_hour",
    "price_of_cloud_share",
    "waiting_median_h",
    "waiting_p95_h",
    "accepted_bad_value_share",
    "accepted_bad_share",
    "accepted_harm_share",
    "offered_bad_share",
    "detection_median_h",
    "honest_slashes",
    "uncovered_tokens",
    "dispute_rounds",
    "verification_overhead",
    "dispute_overhead",
    "commitment_overhead",
    "audit_cost_share",
    "lost_work_share",
    "handed_back_share",
    "cost_usd_per_gpu_hour",
    "unfinished_jobs",
    "requester_cost_usd_per_gpu_hour",
    "requester_cost_of_cloud_share",
    "wrong_result_share",
};

/// The two sides of one metric, without a verdict.
ComparedMetric compare_one(const SummaryMetric& a, const SummaryMetric& b) {
  SIM_CHECK(a.samples.size() == b.samples.size());
  ComparedMetric metric;
  metric.name = a.metric.name;
  metric.title = a.metric.title;
  metric.unit = a.metric.unit;
  metric.meaning = a.metric.meaning;
  for (std::size_t i = 0; i < a.samples.size(); ++i) {
    if (std::isnan(a.samples[i]) || std::isnan(b.samples[i])) {
      ++metric.left_out;
      continue;
    }
    metric.a.push_back(a.samples[i]);
    metric.b.push_back(b.samples[i]);
  }
  const Interval range = range_of(metric.name, metric.unit);
  metric.mean_a = within(range, defined_estimate(a.samples));
  metric.mean_b = within(range, defined_estimate(b.samples));
  metric.better = better_side(metric.name);
  return metric;
}

/// Whether two samples differ by no more than the rounding of the ratios that they come from.
bool are_alike(const SummaryMetric& a, const SummaryMetric& b) {
  constexpr double kRounding = 1e-12;
  return std::equal(a.samples.begin(), a.samples.end(), b.samples.begin(), b.samples.end(),
                    [](double x, double y) {
                      if (std::isnan(x) || std::isnan(y)) return std::isnan(x) && std::isnan(y);
                      return std::abs(x - y) <= kRounding * std::max(std::abs(x), std::abs(y));
                    });
}

/// Whether the difference is not one amount in every replication, beyond the rounding of what is
/// counted.
bool has_spread(const ComparedMetric& metric) {
  constexpr double kRounding = 1e-9;
  const std::vector<double> difference = paired_difference(metric.b, metric.a);
  if (difference.empty()) return false;
  const auto [least, most] = std::minmax_element(difference.begin(), difference.end());
  double size = 0.0;
  for (std::size_t i = 0; i < difference.size(); ++i) {
    size = std::max({size, std::abs(metric.a[i]), std::abs(metric.b[i])});
  }
  return *most - *least > kRounding * size;
}

/// The paired difference at `level`, and what the same replications would have told unpaired.
void measure(ComparedMetric& metric, double level) {
  const std::vector<double> difference = paired_difference(metric.b, metric.a);
  metric.level = level;
  metric.difference = defined_estimate(difference, level);
  if (!metric.difference.interval) return;
  metric.unpaired = metric.difference.interval;
  if (!has_spread(metric)) return;
  const double paired_error = standard_error(difference);
  const double unpaired_error = std::hypot(standard_error(metric.a), standard_error(metric.b));
  const double half = metric.difference.interval->half_width() * unpaired_error / paired_error;
  metric.unpaired = Interval{metric.difference.value - half, metric.difference.value + half};
  metric.variance_ratio = std::pow(unpaired_error / paired_error, 2);
}

Difference verdict_of(const Interval& interval) {
  return interval.low > 0.0    ? Difference::Higher
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

std::string_view name_of(Better better) {
  static constexpr std::array<std::string_view, 3> kNames = {"higher", "lower", "neither"};
  return kNames.at(static_cast<std::size_t>(better));
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
    case Difference::NoSpread:
      return "no spread";
    case Difference::NoVerdict:
      return "no verdict";
  }
  SIM_CHECK(false);
  return "";
}

std::vector<ComparedMetric> compare_metrics(std::span<const SummaryMetric> a,
                                            std::span<const SummaryMetric> b) {
  std::vector<ComparedMetric> metrics;
  std::vector<bool> alike;
  for (const SummaryMetric& left : a) {
    const auto right = std::find_if(b.begin(), b.end(), [&](const SummaryMetric& other) {
      return other.metric.name == left.metric.name;
    });
    if (right == b.end()) continue;
    metrics.push_back(compare_one(left, *right));
    alike.push_back(are_alike(left, *right));
  }
  // Metrics without any difference are no hypotheses: nothing about them is left to chance.
  std::vector<std::size_t> tested;
  std::vector<double> p;
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    ComparedMetric& metric = metrics[i];
    measure(metric, kAlpha);
    if (alike[i]) {
      metric.verdict = Difference::None;
    } else if (metric.a.size() < kLeastReplications) {
      metric.verdict = Difference::NoVerdict;
    } else if (has_spread(metric)) {
      metric.tested = true;
      metric.p = t_test_p(paired_difference(metric.b, metric.a));
      tested.push_back(i);
      p.push_back(metric.p);
    } else if (metric.a.size() < kConstantFrom) {
      metric.verdict = Difference::NoSpread;
    } else {
      metric.verdict = verdict_of(*metric.difference.interval);
    }
  }
  const std::vector<HolmStep> steps = holm(p);
  for (std::size_t i = 0; i < tested.size(); ++i) {
    ComparedMetric& metric = metrics[tested[i]];
    measure(metric, steps[i].level);
    metric.verdict = verdict_of(*metric.difference.interval);
  }
  return metrics;
}

std::string headline(const Comparison& comparison) {
  std::vector<const ComparedMetric*> better;
  std::vector<const ComparedMetric*> worse;
  std::array<std::size_t, 6> of{};  // by verdict
  std::size_t replications = 0;
  for (const ComparedMetric& metric : comparison.metrics) {
    ++of[static_cast<std::size_t>(metric.verdict)];
    replications =
        std::max(replications, metric.a.size() + static_cast<std::size_t>(metric.left_out));
    if (is_better(metric)) better.push_back(&metric);
    if (is_worse(metric)) worse.push_back(&metric);
  }
  const auto number = [&of](Difference verdict) { return of[static_cast<std::size_t>(verdict)]; };
  const std::size_t all = comparison.metrics.size();
  const std::string& b = comparison.name_b;
  if (number(Difference::None) == all) {
    return fmt::format("{} and {} are the same in every metric.", comparison.name_a, b);
  }
  if (replications < kLeastReplications) {
    return fmt::format("{} {} cannot carry a verdict; at least {} are needed.", replications,
                       replications == 1 ? "replication" : "replications", kLeastReplications);
  }
  std::string text;
  if (!better.empty()) text = fmt::format("{} is better in {}", b, titles(better));
  if (!worse.empty()) {
    text += text.empty() ? fmt::format("{} is worse in {}", b, titles(worse))
                         : fmt::format(", worse in {}", titles(worse));
  }
  if (text.empty()) {
    const bool apart = number(Difference::Higher) + number(Difference::Lower) > 0;
    text = apart ? fmt::format("{} is neither better nor worse where the two can be told apart", b)
                 : fmt::format("This comparison cannot tell {} and {} apart", comparison.name_a, b);
  }
  const auto rest = [&](Difference verdict, const char* one, const char* many) {
    const std::size_t n = number(verdict);
    if (n > 0) text += fmt::format("; {} of {} metrics {}", n, all, n == 1 ? one : many);
  };
  rest(Difference::Undecided, "is undecided", "are undecided");
  rest(Difference::NoSpread, "differs", "differ");
  if (number(Difference::NoSpread) > 0) {
    text +=
        fmt::format(" by one amount in each of {} replications, too few to rely on: {} would do",
                    replications, kConstantFrom);
  }
  rest(Difference::NoVerdict, "has a value on both sides in too few replications",
       "have a value on both sides in too few replications");
  return text + ".";
}

}  // namespace assay::analysis
