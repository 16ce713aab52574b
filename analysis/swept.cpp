#include "analysis/swept.hpp"

#include <algorithm>
#include <numeric>

#include "analysis/attack_evidence.hpp"
#include "analysis/results.hpp"
#include "analysis/tuning/break_even.hpp"
#include "analysis/tuning/tune.hpp"
#include "protocol/scenario/error.hpp"

namespace assay::analysis {
namespace {

/// The group whose gain a metric is; none for other metrics.
std::optional<std::size_t> group_of(const MetricWords& metric, const protocol::Rules& rules) {
  for (std::size_t g = 0; g < rules.groups.size(); ++g) {
    if (metric.name == gain_metric(rules.groups[g].name)) return g;
  }
  return std::nullopt;
}

/// The mean over the replications of a point; none where it has none.
std::optional<double> mean_of(const SampleTable& table, const std::string& name) {
  const SampleColumn* column = table.find(name);
  if (column == nullptr) return std::nullopt;
  const std::vector<double> values = defined(column->values);
  if (values.empty()) return std::nullopt;
  return mean(values);
}

/// What an honest task of a group cost and paid at a point.
std::optional<TaskMoney> money_of(const SampleTable& table, const std::string& group) {
  const auto cost = mean_of(table, task_cost_metric(group));
  const auto reward = mean_of(table, task_reward_metric(group));
  if (!cost || !reward || !(*cost > 0.0) || !(*reward > 0.0)) return std::nullopt;
  return TaskMoney{*cost, *reward};
}

/// The axis as a range that any value between two of its own can be taken from.
VariedParameter parameter_of(const Axis& axis) {
  const bool share = axis.unit == "share";
  return {axis.key, 0.0, share ? 100.0 : 1.0, share ? "%" : axis.unit,
          takes_whole_numbers(axis.key)};
}

/// Solves the closed form of one gain along the axis.
class BreakEven {
 public:
  BreakEven(const Plan& plan, const std::string& group)
      : plan_(plan), varied_(parameter_of(plan.axes().front())), group_(group) {}

  /// Between two values of the axis, whose honest tasks cost and paid `money` in the mean.
  [[nodiscard]] std::optional<SweepTheory> between(double low, double high,
                                                   const TaskMoney& money) const {
    const auto terms = terms_at(low, money);
    if (!terms) return std::nullopt;
    const auto gain = [&](double x) { return gain_of_task_usd(*terms_at(x, money)); };
    try {
      const auto value = break_even_between(gain, low, high, varied_.whole);
      if (!value) return std::nullopt;
      return SweepTheory{gain_metric(group_), group_, formulas_for(*terms), *value};
    } catch (const protocol::ConfigError&) {
      return std::nullopt;  // no scenario takes the values between these two: nothing to solve
    }
  }

 private:
  [[nodiscard]] std::optional<CheatTermsOfTask> terms_at(double x, const TaskMoney& money) const {
    const double written = varied_.unit == "%" ? 100.0 * x : x;
    const auto loaded = plan_.load_with(varied_.set(written));
    if (loaded.scenario.token.kind() != "fixed") return std::nullopt;
    const auto& groups = loaded.rules->groups;
    const auto at =
        std::find_if(groups.begin(), groups.end(),
                     [this](const protocol::Group& group) { return group.name == group_; });
    if (at == groups.end()) return std::nullopt;
    return terms_of(loaded.scenario, *loaded.rules, static_cast<std::size_t>(at - groups.begin()),
                    money);
  }

  const Plan& plan_;
  VariedParameter varied_;
  std::string group_;
};

/// The first break-even along the axis. `money`: by point, of the group.
std::optional<SweepTheory> theory_of(const Plan& plan, const std::string& group,
                                     const std::vector<std::optional<TaskMoney>>& money) {
  const Axis& axis = plan.axes().front();
  std::vector<std::size_t> order(axis.values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&axis](std::size_t a, std::size_t b) {
    return *axis.values[a].value < *axis.values[b].value;
  });
  const BreakEven solver(plan, group);
  for (std::size_t i = 0; i + 1 < order.size(); ++i) {
    const auto& here = money[order[i]];
    const auto& there = money[order[i + 1]];
    if (!here || !there) continue;
    // One amount at both ends: what turns the sign is the axis, and not the noise of the runs.
    const TaskMoney both{(here->cost_usd + there->cost_usd) / 2,
                         (here->reward_usd + there->reward_usd) / 2};
    auto found =
        solver.between(*axis.values[order[i]].value, *axis.values[order[i + 1]].value, both);
    if (found) return found;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Sweep> sweep_of(Campaign& campaign, const Plan& plan,
                              const std::vector<PlannedPoint>& points, const PointTable& table) {
  if (!table.crossed || table.axes.empty() || table.axes.size() > 2) return std::nullopt;
  Sweep sweep;
  sweep.facts = table.facts;
  sweep.axes = table.axes;
  for (const std::string& name : table.shown) {
    for (const MetricWords& metric : table.metrics) {
      if (metric.name == name) sweep.metrics.push_back({metric, {}});
    }
  }
  if (sweep.metrics.empty()) return std::nullopt;
  const protocol::LoadedScenario first = plan.load(0).loaded;
  const bool numbers = plan.axes().size() == 1 && plan.axes().front().scale != AxisScale::Words;
  std::vector<std::string> attackers;  // by metric; empty: no gain, or none to solve for
  for (const SweptMetric& metric : sweep.metrics) {
    const auto group = numbers ? group_of(metric, *first.rules) : std::nullopt;
    attackers.push_back(group ? first.rules->groups[*group].name : "");
  }
  std::vector<std::vector<std::optional<TaskMoney>>> money(attackers.size());
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const SampleTable samples =
        campaign.store().samples(points[i].id, points[i].seed, points[i].replications);
    for (std::size_t m = 0; m < sweep.metrics.size(); ++m) {
      const SampleColumn* column = samples.find(sweep.metrics[m].name);
      sweep.metrics[m].samples.push_back(column != nullptr ? defined(column->values)
                                                           : std::vector<double>());
      if (!attackers[m].empty()) money[m].push_back(money_of(samples, attackers[m]));
    }
  }
  for (std::size_t m = 0; m < attackers.size(); ++m) {
    if (attackers[m].empty()) continue;
    if (auto theory = theory_of(plan, attackers[m], money[m])) {
      sweep.theory.push_back(std::move(*theory));
    }
  }
  return sweep;
}

}  // namespace assay::analysis
