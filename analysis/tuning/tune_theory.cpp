#include "analysis/tuning/tune_theory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/numbers.hpp"
#include "analysis/tuning/break_even.hpp"

namespace assay::analysis {
namespace {

std::optional<CheatTermsOfTask> terms_at(MarketUnderStudy& market, const VariedParameter& varied,
                                         const Attack& attack, const TaskMoney& task, double x) {
  const auto attacked = market.attacked({varied.set(x)}, attack);
  return terms_of(attacked.scenario, *attacked.rules, deviating_groups(*attacked.rules).front(),
                  task);
}

/// The value at which the closed form's gain is zero; none where it has one sign.
std::optional<double> root_of(MarketUnderStudy& market, const VariedParameter& varied,
                              const Attack& attack, const TaskMoney& task) {
  const auto gain = [&](double x) {
    return gain_of_task_usd(*terms_at(market, varied, attack, task, x));
  };
  return break_even_between(gain, varied.low, varied.high, varied.whole);
}

/// The middle of the range, or where the search ended.
double known_point(const VariedParameter& varied, const ConstraintEvidence& searched) {
  if (searched.holds) return *searched.holds;
  const double middle = (varied.low + varied.high) / 2;
  return varied.whole ? std::round(middle) : middle;
}

}  // namespace

TuneTheory theory_of(MarketUnderStudy& market, const VariedParameter& varied,
                     std::span<const Attack> attacks, const ConstraintEvidence& searched,
                     int replications) {
  TuneTheory theory;
  const double at = known_point(varied, searched);
  // From where on it holds; of several attacks the most demanding decides.
  const bool upwards = !searched.holds || *searched.holds > *searched.fails;
  for (const Attack& attack : attacks) {
    const auto task = market.attack({varied.set(at)}, attack, replications).task;
    const auto terms = terms_at(market, varied, attack, task.value_or(TaskMoney{}), at);
    if (!terms) continue;
    if (!task) {
      // A formula without costs would put every break-even at zero.
      if (theory.formulas.empty()) theory.text = "Theory has no costs to go by: no task was done.";
      continue;
    }
    const auto root = root_of(market, varied, attack, *task);
    if (theory.formulas.empty()) theory.formulas = formulas_for(*terms);
    if (!root) continue;
    if (theory.value && (upwards ? *root <= *theory.value : *root >= *theory.value)) continue;
    theory.value = root;
    theory.formulas = formulas_for(*terms);
  }
  if (theory.formulas.empty() && !theory.text.empty()) return theory;
  if (theory.formulas.empty()) {
    theory.text = "No closed form is known for these attacks.";
  } else if (!theory.value) {
    theory.text =
        fmt::format("Theory ({}) puts the break-even outside the range.", theory.formulas);
  } else {
    theory.text = fmt::format("Theory ({}) puts the break-even at {}", theory.formulas,
                              varied.shown(std::stod(fmt::format("{:.3g}", *theory.value))));
    if (searched.holds) {
      const auto [low, high] = std::minmax(*searched.fails, *searched.holds);
      const bool inside = low <= *theory.value && *theory.value <= high;
      theory.text +=
          fmt::format(", {} the bracket that was found, {} to {}", inside ? "inside" : "outside",
                      varied.shown(low), varied.shown(high));
    }
    theory.text += ".";
  }
  return theory;
}

}  // namespace assay::analysis
