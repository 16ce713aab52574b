#include <algorithm>
#include <cmath>
#include <utility>

#include "analysis/range.hpp"
#include "analysis/report/collect_source.hpp"
#include "sim/math.hpp"

namespace assay::analysis::collecting {
namespace {

double price_of_cell(const protocol::Cell& cell) {
  if (cell.awarded_work_us == 0) return std::nan("");
  return as_double(cell.awarded_uusd) * kMicro * kHourUs / as_double(cell.awarded_work_us);
}

double utilisation_of_cell(const Source& source, const RunOutcome& run, std::size_t cell) {
  const double slot_us = source.cell_d * 86'400e6 * as_double(run.provider_slots);
  return as_double(run.cells[cell].busy_slot_us) / slot_us;
}

/// One value for each cell of the measured time.
PerReplication by_cell(const Source& source, const RunOutcome& run,
                       const std::function<double(std::size_t)>& take) {
  PerReplication values;
  for (std::size_t cell = source.first_cell; cell < run.cells.size(); ++cell)
    values.push_back(take(cell));
  return values;
}

void collect_prices(const Source& source, ReportData& data) {
  data.price_by_day_usd_per_hour = source.series(
      "price", kNotNegative,
      [](const RunOutcome& run, std::size_t cell) { return price_of_cell(run.cells[cell]); });
  data.utilisation_by_day_share =
      source.series("utilisation", kPartOfWhole, [&](const RunOutcome& run, std::size_t cell) {
        return utilisation_of_cell(source, run, cell);
      });
  if (!data.price_by_day_usd_per_hour.mean.empty()) {
    const auto prices = [&](const RunOutcome& run) {
      return by_cell(source, run, [&](std::size_t cell) { return price_of_cell(run.cells[cell]); });
    };
    data.price_p95_per_p5 = source.each_finite([&](const RunOutcome& run) {
      return sim::sample_quantile(prices(run), 0.95) / sim::sample_quantile(prices(run), 0.05);
    });
    // A price that stays where it is has ranks by rounding alone.
    constexpr double kMoves = 1.001;
    data.price_utilisation_rank_correlation = source.each_finite([&](const RunOutcome& run) {
      const auto of_run = prices(run);
      if (sim::sample_quantile(of_run, 0.95) < kMoves * sim::sample_quantile(of_run, 0.05))
        return std::nan("");
      const auto used = by_cell(
          source, run, [&](std::size_t cell) { return utilisation_of_cell(source, run, cell); });
      return spearman(of_run, used).value_or(std::nan(""));
    });
  }
  std::vector<double> cloud;
  for (const auto& replication : source.replications) {
    const auto& known = replication.run.cloud_usd_per_hour;
    cloud.insert(cloud.end(), known.begin(), known.end());
  }
  if (cloud.empty() || sim::sample_quantile(cloud, 0.5) <= 0.0) return;
  data.cloud_p10_usd_per_hour = sim::sample_quantile(cloud, 0.1);
  data.cloud_median_usd_per_hour = sim::sample_quantile(cloud, 0.5);
  data.cloud_p90_usd_per_hour = sim::sample_quantile(cloud, 0.9);
}

void collect_supply(const Source& source, ReportData& data) {
  for (std::size_t g = 0; g < source.rules.groups.size(); ++g) {
    const Group& group = source.rules.groups[g];
    if (group.role != Role::Provider) continue;
    const auto gpus = static_cast<std::int64_t>(group.count) * group.slots;
    const auto sold = source.each([&](const RunOutcome& run) {
      return as_double(run.groups[g].busy_slot_us) / (run.measured_s * 1e6 * as_double(gpus));
    });
    const auto online = source.each_finite([&](const RunOutcome& run) {
      return as_double(run.groups[g].panel_up_us) / as_double(run.groups[g].panel_us);
    });
    if (online.empty()) continue;
    SupplyGroup supply{group.name, gpus, sold, {}, {}};
    for (std::size_t i = 0; i < sold.size(); ++i) {
      // The panel is a sample: where it saw less time online than was sold, nothing was idle.
      supply.idle_share.push_back(std::max(0.0, online[i] - sold[i]));
      supply.away_share.push_back(1.0 - sold[i] - supply.idle_share.back());
    }
    data.supply.push_back(std::move(supply));
  }
}

void collect_overhead(const Source& source, ReportData& data) {
  const auto per_network = [&](std::int64_t protocol::MarketTotals::*part) {
    return source.each_finite([&](const RunOutcome& run) {
      return as_double(run.market.*part) / as_double(run.market.work_network_us);
    });
  };
  const auto audits = per_network(&protocol::MarketTotals::audited_work_us);
  const auto disputes = per_network(&protocol::MarketTotals::rerun_work_us);
  const auto commitments = source.metric("commitment_overhead");
  if (audits.empty()) return;
  data.overhead = {{"audits", "replicas among them", audits},
                   {"commitments", "hashing and proofs", commitments},
                   {"disputes", "bisection and referee", disputes}};
  for (std::size_t i = 0; i < audits.size(); ++i) {
    data.overhead_share.push_back(audits[i] + disputes[i] + commitments[i]);
  }
}

}  // namespace

void collect_market(const Source& source, ReportData& data) {
  collect_prices(source, data);
  collect_supply(source, data);
  collect_overhead(source, data);
}

}  // namespace assay::analysis::collecting
