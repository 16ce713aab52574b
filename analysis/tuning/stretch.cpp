#include "analysis/tuning/stretch.hpp"

#include <algorithm>

namespace assay::analysis {

std::vector<Stretch> stretches(const Bracket& bracket, Answer answer) {
  std::vector<Tested> steps = bracket.steps;
  std::sort(steps.begin(), steps.end(), [](const Tested& a, const Tested& b) { return a.x < b.x; });
  std::vector<Stretch> all;
  bool open = false;
  for (const Tested& step : steps) {
    if (step.answer == answer) {
      if (open) {
        all.back().high = step.x;
      } else {
        all.push_back({step.x, step.x});
      }
    }
    open = step.answer == answer;
  }
  return all;
}

std::vector<Stretch> both(const std::vector<Stretch>& a, const std::vector<Stretch>& b) {
  std::vector<Stretch> common;
  for (const Stretch& left : a) {
    for (const Stretch& right : b) {
      const Stretch shared{std::max(left.low, right.low), std::min(left.high, right.high)};
      if (shared.low <= shared.high) common.push_back(shared);
    }
  }
  return common;
}

std::optional<Stretch> uncovered(std::vector<Stretch> all, const VariedParameter& range) {
  std::sort(all.begin(), all.end(),
            [](const Stretch& a, const Stretch& b) { return a.low < b.low; });
  const double step = range.whole ? 1.0 : 0.0;
  double reached = range.low - step;
  for (const Stretch& one : all) {
    if (one.low > reached + step) return Stretch{std::max(reached, range.low), one.low};
    reached = std::max(reached, one.high);
  }
  if (reached < range.high) return Stretch{std::max(reached, range.low), range.high};
  return std::nullopt;
}

}  // namespace assay::analysis
