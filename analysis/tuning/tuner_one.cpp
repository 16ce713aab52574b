// One parameter: a bracket for each constraint, and the cheapest value that all of them hold at.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "analysis/numbers.hpp"
#include "analysis/range.hpp"
#include "analysis/tuning/tune_sentences.hpp"
#include "analysis/tuning/tuner.hpp"

namespace assay::analysis {
namespace {

constexpr int kCostPoints = 5;

}  // namespace

void Tuner::search_one() {
  const VariedParameter& varied = question_.vary.front();
  // Half of the error is for the searches, half for the tests at the answer.
  const double error = alpha_ / 2 / static_cast<double>(std::max<std::size_t>(1, blank_.size()));
  std::vector<Bracket> brackets;
  std::vector<Stretch> feasible{{varied.low, varied.high}};
  for (ConstraintEvidence& evidence : tuning_.constraints) {
    brackets.push_back(search(evidence, varied, error));
    feasible = both(feasible, stretches(brackets.back(), Answer::Holds));
    say_(fmt::format("{}: {}", evidence.text, search_text(evidence, varied)));
  }
  if (feasible.empty()) {
    explain_none(brackets, varied);
    return;
  }
  const auto x = cheapest(feasible, varied);
  if (!x) {
    give_up(fmt::format("no replication has a {}", lower_first(tuning_.title)));
    return;
  }
  answer_ = {*x};
  tuning_.verdict = TuneVerdict::Found;
  for (std::size_t i = 0; i < brackets.size(); ++i) {
    ConstraintEvidence& evidence = tuning_.constraints[i];
    const Tested tested = test_constraint(constraint_on(evidence), *x, error, question_.looks);
    note(evidence, tested, *draws_, answer_);
    if (brackets[i].ending == BracketEnding::HoldsBetween) {
      note_nearest_failure(evidence, brackets[i], *x);
    }
    if (tested.answer == Answer::Holds) continue;
    give_up(tested.answer == Answer::Fails
                ? fmt::format("{} fails at {}, between values at which it holds", evidence.text,
                              varied.shown(*x))
                : doubt_text(evidence, tested, varied.shown(*x)));
  }
  if (tuning_.verdict == TuneVerdict::Found) tuning_.cost = cost_at(*draws_, answer_);
}

Bracket Tuner::search(ConstraintEvidence& evidence, const VariedParameter& varied, double error) {
  BracketOptions options;
  options.low = varied.low;
  options.high = varied.high;
  options.alpha = error;
  options.precision = precision_;
  options.grid = varied.whole ? 1.0 : 0.0;
  options.looks = question_.looks;
  const Constraint constraint = constraint_on(evidence);
  Bracket bracket = find_bracket(constraint, options);
  evidence.search = name_of(bracket.ending);
  for (const Tested& step : bracket.steps) {
    const TestedPart& worst = step.parts[step.worst];
    const bool seen = evidence.metric == kAttackGain && !worst.idle;
    evidence.steps.push_back({step.x, std::string(name_of(step.answer)), worst.observations,
                              within(range_of(evidence.metric, evidence.unit), worst.estimate),
                              seen ? noun_of(attacks_[step.worst]) : std::string(),
                              worst.asked - worst.observations});
    remember(evidence, step);
  }
  if (bracket.found()) {
    evidence.fails = bracket.fails;
    evidence.holds = bracket.holds;
  }
  return bracket;
}

void Tuner::explain_none(const std::vector<Bracket>& brackets, const VariedParameter& varied) {
  for (std::size_t i = 0; i < brackets.size(); ++i) {
    const auto& steps = brackets[i].steps;
    note(tuning_.constraints[i],
         *std::max_element(steps.begin(), steps.end(),
                           [&](const Tested& a, const Tested& b) {
                             return distance(tuning_.constraints[i], a) <
                                    distance(tuning_.constraints[i], b);
                           }),
         *draws_, {});
  }
  std::vector<std::size_t> failing(brackets.size());
  std::iota(failing.begin(), failing.end(), std::size_t{0});
  const auto gap = uncovered(failures(brackets, failing), varied);
  if (gap) {
    give_up(why_unknown(brackets, *gap, varied));
    return;
  }
  // As few of them as cover the range together.
  for (std::size_t i = 0; i < failing.size();) {
    std::vector<std::size_t> fewer = failing;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    if (uncovered(failures(brackets, fewer), varied)) {
      ++i;
    } else {
      failing = std::move(fewer);
    }
  }
  tuning_.verdict = TuneVerdict::Infeasible;
  std::vector<std::string> where;
  for (const std::size_t i : failing) {
    tuning_.clash.push_back(tuning_.constraints[i].text);
    where.push_back(failures_text(tuning_.constraints[i].text, brackets[i], varied));
  }
  why_ = fmt::format("{}", fmt::join(where, "; "));
}

std::vector<Stretch> Tuner::failures(const std::vector<Bracket>& brackets,
                                     const std::vector<std::size_t>& of) {
  std::vector<Stretch> all;
  for (const std::size_t i : of) {
    const auto fails = stretches(brackets[i], Answer::Fails);
    all.insert(all.end(), fails.begin(), fails.end());
  }
  return all;
}

std::string Tuner::why_unknown(const std::vector<Bracket>& brackets, const Stretch& gap,
                               const VariedParameter& varied) {
  for (std::size_t i = 0; i < brackets.size(); ++i) {
    for (const Tested& step : brackets[i].steps) {
      if (step.answer != Answer::Undecided || step.x < gap.low || step.x > gap.high) continue;
      return doubt_text(tuning_.constraints[i], step, varied.shown(step.x));
    }
  }
  return fmt::format("none is known to hold between {} and {}, where not all fail",
                     varied.shown(gap.low), varied.shown(gap.high));
}

void Tuner::note_nearest_failure(ConstraintEvidence& evidence, const Bracket& bracket,
                                 double answer) {
  const auto nearest = [&bracket](Answer wanted, double to) {
    std::optional<double> best;
    for (const Tested& step : bracket.steps) {
      if (step.answer != wanted) continue;
      if (!best || std::abs(step.x - to) < std::abs(*best - to)) best = step.x;
    }
    return best;
  };
  evidence.fails = nearest(Answer::Fails, answer);
  evidence.holds = evidence.fails ? nearest(Answer::Holds, *evidence.fails) : std::nullopt;
}

std::optional<double> Tuner::cheapest(const std::vector<Stretch>& feasible,
                                      const VariedParameter& varied) {
  std::vector<double> points;
  for (const Stretch& one : feasible) {
    points.push_back(one.low);
    points.push_back(one.high);
  }
  for (int i = 0; i < kCostPoints; ++i) {
    const double x = varied.low + (varied.high - varied.low) * i / (kCostPoints - 1);
    points.push_back(varied.whole ? std::round(x) : x);
  }
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  std::optional<double> best;
  double least = std::numeric_limits<double>::infinity();
  for (const double x : points) {
    const Estimate cost = cost_at(*draws_, {x});
    if (std::isnan(cost.value)) continue;
    tuning_.costs.push_back({x, cost});
    const bool holds = std::any_of(feasible.begin(), feasible.end(), [x](const Stretch& one) {
      return one.low <= x && x <= one.high;
    });
    if (!holds || cost.value >= least) continue;
    least = cost.value;
    best = x;
  }
  return best;
}

}  // namespace assay::analysis
