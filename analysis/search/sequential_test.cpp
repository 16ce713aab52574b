#include "analysis/search/sequential_test.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "sim/check.hpp"

namespace assay::analysis {
namespace {

/// Sizes of the sample at the looks, and what share of the error each may spend.
struct Look {
  int observations = 0;
  double share = 0.0;
};

std::vector<Look> plan(const Looks& looks) {
  SIM_CHECK(looks.first >= 2 && looks.most >= looks.first);
  std::vector<Look> all;
  double sum = 0.0;
  for (int n = looks.first;; n = std::min(2 * n, looks.most)) {
    all.push_back({n, static_cast<double>(n)});
    sum += n;
    if (n == looks.most) break;
  }
  for (Look& look : all) look.share /= sum;
  return all;
}

/// The interval of a mean that lies off the limit on one side at level `holds`, on the other at
/// level `fails`.
Interval bounds(std::span<const double> sample, bool below, double holds, double fails) {
  const Interval for_holds = *mean_estimate(sample, 2 * holds).interval;
  const Interval for_fails = *mean_estimate(sample, 2 * fails).interval;
  return below ? Interval{for_fails.low, for_holds.high} : Interval{for_holds.low, for_fails.high};
}

Answer answer_of(std::span<const double> sample, const TestedPart& part, bool below, double limit) {
  if (part.constant) {
    if (sample.size() < kConstantFrom) return Answer::Undecided;
    return sample.front() != limit && (sample.front() < limit) == below ? Answer::Holds
                                                                        : Answer::Fails;
  }
  if (part.estimate.interval->high < limit) return below ? Answer::Holds : Answer::Fails;
  if (part.estimate.interval->low > limit) return below ? Answer::Fails : Answer::Holds;
  return Answer::Undecided;
}

/// How far a part lies on the good side, in half-widths of its interval.
double margin(const TestedPart& part, const Constraint& constraint) {
  if (!part.estimate.interval) return 0.0;  // nothing is known of it
  const double distance =
      (constraint.below ? 1.0 : -1.0) * (constraint.limit - part.estimate.value);
  const double half = part.estimate.interval->half_width();
  if (half > 0.0) return distance / half;
  constexpr double kCertain = std::numeric_limits<double>::infinity();
  return distance > 0.0 ? kCertain : distance < 0.0 ? -kCertain : 0.0;
}

/// One look at one part, which may spend `spent` of the error.
void look_at(const Constraint& constraint, double x, std::size_t p, const Look& look, double spent,
             int most, TestedPart& part) {
  const auto sample = constraint.observe(p, x, look.observations);
  part.asked = look.observations;
  part.observations = static_cast<int>(sample.size());
  part.estimate = defined_estimate(sample);
  if (sample.size() < 2) return;
  part.estimate.interval =
      bounds(sample, constraint.below, spent, spent / static_cast<double>(constraint.parts));
  part.constant = is_constant(sample);
  if (part.constant && constraint.acts &&
      look.observations >= std::min(static_cast<int>(kConstantFrom), most) &&
      !constraint.acts(p, x, look.observations)) {
    part.idle = true;
    return;
  }
  part.answer = answer_of(sample, part, constraint.below, constraint.limit);
}

}  // namespace

std::string_view name_of(Answer answer) {
  return answer == Answer::Holds ? "holds" : answer == Answer::Fails ? "fails" : "undecided";
}

Tested test_constraint(const Constraint& constraint, double x, double error, const Looks& looks) {
  SIM_CHECK(constraint.parts > 0 && error > 0.0 && error < 1.0);
  Tested tested;
  tested.x = x;
  tested.parts.resize(constraint.parts);
  for (const Look& look : plan(looks)) {
    bool all_hold = true;
    bool one_holds = false;
    bool one_fails = false;
    for (std::size_t p = 0; p < constraint.parts && !one_fails; ++p) {
      TestedPart& part = tested.parts[p];
      if (part.answer != Answer::Holds && !part.idle) {
        look_at(constraint, x, p, look, error * look.share, looks.most, part);
      }
      tested.observations = std::max(tested.observations, part.observations);
      if (part.idle) continue;
      all_hold = all_hold && part.answer == Answer::Holds;
      one_holds = one_holds || part.answer == Answer::Holds;
      one_fails = part.answer == Answer::Fails;
    }
    tested.answer = one_fails               ? Answer::Fails
                    : all_hold && one_holds ? Answer::Holds
                                            : Answer::Undecided;
    const bool nothing_left = all_hold && !one_holds && !one_fails;  // every part did nothing
    if (tested.answer != Answer::Undecided || nothing_left) break;
  }
  std::optional<double> least;
  for (std::size_t p = 0; p < constraint.parts; ++p) {
    // Another one had failed before, or there was nothing to see.
    if (tested.parts[p].asked == 0 || tested.parts[p].idle) continue;
    const double at = margin(tested.parts[p], constraint);
    if (!least || at < *least) {
      least = at;
      tested.worst = p;
    }
  }
  return tested;
}

}  // namespace assay::analysis
