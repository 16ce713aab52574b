#include "analysis/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "analysis/numbers.hpp"
#include "analysis/range.hpp"
#include "sim/check.hpp"

namespace assay::analysis {
namespace {

/// The axis's values as places: numbers by size, words as they were written.
std::vector<std::size_t> order_of(const SweepAxis& axis) {
  std::vector<std::size_t> order(axis.texts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (axis.scale == "words") return order;
  std::stable_sort(order.begin(), order.end(), [&axis](std::size_t a, std::size_t b) {
    return *axis.values[a] < *axis.values[b];
  });
  return order;
}

/// `at 1 %`, `from 4 % to 16 %`: where something is so along an axis. Nothing lies between words.
std::vector<std::string> places(const SweepAxis& axis, const std::vector<bool>& is_so) {
  std::vector<std::pair<std::string, std::string>> ranges;
  bool open = false;
  for (const std::size_t i : order_of(axis)) {
    const std::string& text = axis.texts[i];
    if (is_so[i]) {
      if (open && axis.scale != "words") {
        ranges.back().second = text;
      } else {
        ranges.emplace_back(text, text);
      }
    }
    open = is_so[i];
  }
  std::vector<std::string> parts;
  for (const auto& [from, to] : ranges) {
    parts.push_back(from == to ? fmt::format("at {}", from)
                               : fmt::format("from {} to {}", from, to));
  }
  return parts;
}

/// The attacks that are judged, by name: those whose gains are shown. The store may hold others.
struct Judged {
  std::string names;
  bool several = false;
};
Judged judged_attacks(const Sweep& sweep) {
  constexpr std::size_t kMost = 4;
  std::vector<std::string> names;
  for (const SweptMetric& metric : sweep.metrics) {
    // `gain_lazy_usd`
    if (is_gain(metric)) names.push_back(metric.name.substr(5, metric.name.rfind('_') - 5));
  }
  const bool several = names.size() > 1;
  if (names.size() > kMost) return {fmt::format("the {} attacks shown", names.size()), several};
  return {list_text(names), several};
}

/// By point: whether no attack is known to gain, and not every one to be deterred.
std::vector<bool> undecided_points(const Sweep& sweep, const std::vector<bool>& deterred) {
  std::vector<bool> undecided(deterred.size());
  for (std::size_t i = 0; i < deterred.size(); ++i) undecided[i] = !deterred[i];
  for (const SweptMetric& metric : sweep.metrics) {
    if (!is_gain(metric)) continue;
    const std::vector<Verdict> found = verdicts(sweep, metric);
    for (std::size_t i = 0; i < found.size(); ++i) {
      undecided[i] = undecided[i] && found[i] != Verdict::Pays;
    }
  }
  return undecided;
}

std::string deterred_headline(const Sweep& sweep, const std::vector<bool>& deterred) {
  const SweepAxis& axis = sweep.axes.front();
  const Judged attacks = judged_attacks(sweep);
  const auto where = places(axis, deterred);
  const auto doubtful = places(axis, undecided_points(sweep, deterred));
  std::string text;
  if (where.empty()) {
    text = fmt::format("No value of {} tried {} {}", axis.key,
                       doubtful.empty() ? "deters" : "is known to deter", attacks.names);
  } else {
    const bool all = deterred == std::vector<bool>(deterred.size(), true);
    text = fmt::format("With {} {}, {} {} deterred",
                       all ? "every value of " + axis.key + " tried" : axis.key,
                       all ? "" : list_text(where), attacks.names, attacks.several ? "are" : "is");
    if (all) text.erase(text.find(" ,"), 1);
  }
  if (!doubtful.empty()) {
    text += fmt::format("; {} this sweep cannot tell", list_text(doubtful));
  }
  return text + ".";
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
  const std::vector<std::size_t> order = order_of(axis);
  const std::size_t first = order.front();
  const std::size_t last = order.back();
  if (metric.samples[first].empty() || metric.samples[last].empty() || first == last) {
    return fmt::format("{} over {}", metric.title, axis.key);
  }
  const Unit unit = unit_of(metric.unit);
  const auto& low = all[first].interval;
  const auto& high = all[last].interval;
  const bool apart = low && high && (low->high < high->low || high->high < low->low);
  const bool rises = all[last].value > all[first].value;
  return fmt::format("{} {} from {} at {} {} to {} at {}.", metric.title,
                     !apart  ? "cannot be said to move"
                     : rises ? "rises"
                             : "falls",
                     estimate_text(all[first], unit), axis.key, axis.texts[first],
                     estimate_text(all[last], unit), axis.texts[last]);
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
    const Interval range = range_of(metric.name, metric.unit);
    for (const auto& sample : metric.samples) {
      all.push_back(sample.empty() ? Estimate{} : within(range, mean_estimate(sample)));
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
  const auto number = [](const std::vector<bool>& all) {
    return std::count(all.begin(), all.end(), true);
  };
  const auto doubtful = number(undecided_points(sweep, deterred));
  const Judged attacks = judged_attacks(sweep);
  return fmt::format(
      "At {} of {} points of {} and {}, {} {} deterred{}.", number(deterred), deterred.size(),
      sweep.axes[0].key, sweep.axes[1].key, attacks.names, attacks.several ? "are" : "is",
      doubtful == 0 ? std::string() : fmt::format("; at {} this sweep cannot tell", doubtful));
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
