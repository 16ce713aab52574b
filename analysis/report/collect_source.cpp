#include "analysis/report/collect_source.hpp"

#include <algorithm>

#include "analysis/range.hpp"
#include "sim/check.hpp"

namespace assay::analysis::collecting {

Source::Source(const RunRecord& of)
    : record(of),
      rules(*of.loaded.rules),
      replications(of.result.replications),
      attackers(attacking_groups(rules)) {
  for (std::size_t g = 0; g < rules.groups.size(); ++g) {
    const Group& group = rules.groups[g];
    if (group.role == Role::Provider && !group.strategy->hostile()) honest.push_back(g);
  }
  cell_d = days(rules.horizon) / static_cast<double>(protocol::Metrics::kCells);
  first_cell = static_cast<std::size_t>(std::ceil(days(rules.warm_up) / cell_d - 1e-9));
  usd_per_token = protocol::usd_per_token(rules.token->start_price());
}

PerReplication Source::each(const std::function<double(const RunOutcome&)>& take) const {
  PerReplication samples;
  for (const auto& replication : replications) samples.push_back(take(replication.run));
  return samples;
}

PerReplication Source::each_finite(const std::function<double(const RunOutcome&)>& take) const {
  PerReplication samples = each(take);
  const bool all =
      std::all_of(samples.begin(), samples.end(), [](double x) { return std::isfinite(x); });
  return all ? samples : PerReplication{};
}

PerReplication Source::metric(std::string_view name) const {
  return defined(each([&](const RunOutcome& run) {
    const auto all = metrics(rules, run);
    const auto found = std::find_if(all.begin(), all.end(),
                                    [name](const Metric& metric) { return metric.name == name; });
    SIM_CHECK(found != all.end());
    return found->value;
  }));
}

PerReplication Source::sum(const Groups& groups, std::int64_t GroupTotals::*counter) const {
  return each([&](const RunOutcome& run) { return total(run, groups, counter); });
}

double Source::total(const RunOutcome& run, const Groups& groups,
                     std::int64_t GroupTotals::*counter) {
  double all = 0.0;
  for (const std::size_t g : groups) all += as_double(run.groups[g].*counter);
  return all;
}

double Source::members(const Groups& groups) const {
  double all = 0.0;
  for (const std::size_t g : groups) all += rules.groups[g].count;
  return all;
}

BandSeries Source::series(std::string name, const Interval& range,
                          const std::function<double(const RunOutcome&, std::size_t)>& take) const {
  BandSeries series{std::move(name), {}, {}, {}};
  for (std::size_t cell = first_cell; cell < protocol::Metrics::kCells; ++cell) {
    const auto samples = each_finite([&](const RunOutcome& run) { return take(run, cell); });
    if (samples.empty()) return {series.strategy, {}, {}, {}};
    const auto estimate = within(range, mean_estimate(samples));
    series.mean.push_back(estimate.value);
    if (!estimate.interval) continue;
    series.low.push_back(estimate.interval->low);
    series.high.push_back(estimate.interval->high);
  }
  return series;
}

const protocol::GroupCell& Source::cell(const RunOutcome& run, std::size_t at,
                                        std::size_t group) const {
  return run.group_cells[at * rules.groups.size() + group];
}

}  // namespace assay::analysis::collecting
