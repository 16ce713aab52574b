#include "analysis/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/numbers.hpp"
#include "sim/check.hpp"

namespace assay::analysis {
namespace {

/// Runs of consecutive values of the first axis at which `holds`.
struct Range {
  std::size_t first = 0;
  std::size_t last = 0;
};

std::vector<Range> ranges(const std::vector<bool>& holds) {
  std::vector<Range> all;
  for (std::size_t i = 0; i < holds.size(); ++i) {
    if (!holds[i]) continue;
    if (!all.empty() && all.back().last + 1 == i) {
      all.back().last = i;
    } else {
      all.push_back({i, i});
    }
  }
  return all;
}

std::string deterred_headline(const Sweep& sweep, const std::vector<bool>& deterred) {
  const SweepAxis& axis = sweep.axes.front();
  std::vector<std::string> parts;
  for (const Range& range : ranges(deterred)) {
    const std::string& from = axis.texts[range.first];
    parts.push_back(range.first == range.last
                        ? fmt::format("at {}", from)
                        : fmt::format("from {} to {}", from, axis.texts[range.last]));
  }
  if (parts.empty()) {
    return fmt::format("No value of {} tried deters every attack.", axis.key);
  }
  if (parts.size() == 1 && deterred == std::vector<bool>(deterred.size(), true)) {
    return fmt::format("Every value of {} tried deters every attack.", axis.key);
  }
  return fmt::format("Every attack is deterred with {} {}.", axis.key, list_text(parts));
}

/// How many points have a verdict on every gain, however it falls.
std::size_t judged_points(const Sweep& sweep) {
  std::vector<bool> judged(points(sweep), true);
  for (const SweptMetric& metric : sweep.metrics) {
    if (!is_gain(metric)) continue;
    for (std::size_t i = 0; i < judged.size(); ++i) {
      judged[i] = judged[i] && metric.samples[i].size() >= kLeastReplications;
    }
  }
  return static_cast<std::size_t>(std::count(judged.begin(), judged.end(), true));
}

/// Where a metric begins and ends along one axis.
std::string movement_headline(const Sweep& sweep) {
  const SweptMetric& metric = sweep.metrics.front();
  const SweepAxis& axis = sweep.axes.front();
  const std::vector<Estimate> all = estimates(sweep, metric);
  if (metric.samples.front().empty() || metric.samples.back().empty() || all.size() < 2) {
    return fmt::format("{} over {}", metric.title, axis.key);
  }
  const Unit unit = unit_of(metric.unit);
  const auto& low = all.front().interval;
  const auto& high = all.back().interval;
  const bool apart = low && high && (low->high < high->low || high->high < low->low);
  const bool rises = all.back().value > all.front().value;
  return fmt::format("{} {} from {} at {} {} to {} at {}.", metric.title,
                     !apart  ? "cannot be said to move"
                     : rises ? "rises"
                             : "falls",
                     estimate_text(all.front(), unit), axis.key, axis.texts.front(),
                     estimate_text(all.back(), unit), axis.texts.back());
}

}  // namespace

std::size_t points(const Sweep& sweep) {
  std::size_t all = 1;
  for (const SweepAxis& axis : sweep.axes) all *= axis.texts.size();
  return all;
}

std::string point_text(const Sweep& sweep, std::size_t point) {
  std::string text;
  for (std::size_t a = sweep.axes.size(); a-- > 0;) {
    const SweepAxis& axis = sweep.axes[a];
    const std::string part =
        fmt::format("{} = {}", axis.key, axis.texts[point % axis.texts.size()]);
    text = text.empty() ? part : part + ", " + text;
    point /= axis.texts.size();
  }
  return text;
}

bool is_gain(const SweptMetric& metric) { return metric.name.rfind("gain_", 0) == 0; }

std::vector<Estimate> estimates(const Sweep& sweep, const SweptMetric& metric) {
  std::vector<Estimate> all;
  if (!is_gain(metric)) {
    for (const auto& sample : metric.samples) {
      all.push_back(sample.empty() ? Estimate{} : mean_estimate(sample));
    }
    return all;
  }
  // All gains at all points are one family of hypotheses.
  std::vector<std::vector<double>> family;
  std::size_t own = 0;
  for (const SweptMetric& other : sweep.metrics) {
    if (!is_gain(other)) continue;
    if (other.name == metric.name) own = family.size();
    for (const auto& sample : other.samples) {
      if (sample.size() >= 2) family.push_back(sample);
    }
  }
  const std::vector<HolmEstimate> judged = holm_estimates(family);
  for (const auto& sample : metric.samples) {
    if (sample.size() >= 2) {
      all.push_back(judged[own++].estimate);
    } else {
      all.push_back(sample.empty() ? Estimate{} : mean_estimate(sample));
    }
  }
  return all;
}

std::vector<Verdict> verdicts(const Sweep& sweep, const SweptMetric& gain) {
  const std::vector<Estimate> all = estimates(sweep, gain);
  std::vector<Verdict> found;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (gain.samples[i].size() < kLeastReplications) {
      found.push_back(Verdict::NoVerdict);
    } else {
      found.push_back(all[i].interval->high < 0.0  ? Verdict::Deterred
                      : all[i].interval->low > 0.0 ? Verdict::Pays
                                                   : Verdict::Undecided);
    }
  }
  return found;
}

std::vector<bool> all_deterred(const Sweep& sweep) {
  std::vector<bool> deterred;
  for (const SweptMetric& metric : sweep.metrics) {
    if (!is_gain(metric)) continue;
    const std::vector<Verdict> found = verdicts(sweep, metric);
    deterred.resize(found.size(), true);
    for (std::size_t i = 0; i < found.size(); ++i) {
      deterred[i] = deterred[i] && found[i] == Verdict::Deterred;
    }
  }
  return deterred;
}

std::string headline(const Sweep& sweep) {
  SIM_CHECK(!sweep.axes.empty() && !sweep.metrics.empty());
  const std::vector<bool> deterred = all_deterred(sweep);
  if (!deterred.empty()) {
    const std::size_t judged = judged_points(sweep);
    if (judged == 0) {
      return fmt::format("Too few replications for a verdict; at least {} are needed.",
                         kLeastReplications);
    }
    if (judged < deterred.size()) {
      return fmt::format("Only {} of {} points have the {} replications that a verdict needs.",
                         judged, deterred.size(), kLeastReplications);
    }
  }
  if (sweep.axes.size() == 1) {
    return deterred.empty() ? movement_headline(sweep) : deterred_headline(sweep, deterred);
  }
  if (deterred.empty()) {
    return fmt::format("{} over {} and {}", sweep.metrics.front().title, sweep.axes[0].key,
                       sweep.axes[1].key);
  }
  const auto held = static_cast<std::size_t>(std::count(deterred.begin(), deterred.end(), true));
  return fmt::format("Every attack is deterred at {} of {} points of {} and {}.", held,
                     deterred.size(), sweep.axes[0].key, sweep.axes[1].key);
}

std::string theory_text(const Sweep& sweep) {
  std::vector<std::string> parts;
  for (const SweepTheory& theory : sweep.theory) {
    const Unit unit = unit_of(sweep.axes.front().unit);
    parts.push_back(fmt::format("{} {} ({})", theory.group,
                                with_unit(significant(theory.value * unit.scale, 2), unit),
                                theory.formulas));
  }
  return list_text(parts);
}

}  // namespace assay::analysis
