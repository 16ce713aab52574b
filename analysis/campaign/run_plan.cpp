#include "analysis/campaign/run_plan.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/experiment.hpp"
#include "analysis/results.hpp"

namespace assay::analysis {
namespace {

/// How many replications a precision asks for after `n` of them; `n` where it is reached.
int wanted(const SampleTable& table, const Precision& precision, int n) {
  const SampleColumn* column = table.find(precision.metric);
  if (column == nullptr) return n;
  const Estimate estimate = defined_estimate(column->values);
  if (!estimate.interval) return n;
  const double half = estimate.interval->half_width();
  const double allowed = precision.half_width * std::abs(estimate.value);
  if (half <= allowed || n >= precision.most) return n;
  // The half-width shrinks with the root of the number; a zero mean asks for all there is.
  const double needed = allowed > 0.0 ? n * (half / allowed) * (half / allowed) : 2.0 * n;
  return std::min(precision.most,
                  static_cast<int>(std::clamp(std::ceil(needed), n + 1.0, 2.0 * n)));
}

}  // namespace

bool is_reached(const SampleTable& table, const Precision& precision) {
  const SampleColumn* column = table.find(precision.metric);
  if (column == nullptr) return false;
  const Estimate estimate = defined_estimate(column->values);
  return estimate.interval &&
         estimate.interval->half_width() <= precision.half_width * std::abs(estimate.value);
}

std::vector<Metric> metrics_of(const protocol::LoadedScenario& loaded) {
  // A market at time zero has them all.
  const auto empty = [](const std::shared_ptr<const protocol::Rules>& rules) {
    return outcome(protocol::Model(rules, 1));
  };
  Replication replication{empty(loaded.rules), std::nullopt};
  if (const auto twin = twin_of(loaded)) replication.twin = empty(twin);
  return metrics(*loaded.rules, replication);
}

bool run_plan(Campaign& campaign, const std::optional<Precision>& precision,
              std::vector<PlannedPoint>& points) {
  if (!campaign.compute(points)) return false;
  if (!precision) return true;
  std::vector<std::size_t> open(points.size());
  for (std::size_t i = 0; i < open.size(); ++i) open[i] = i;
  while (true) {
    std::vector<PlannedPoint> more;
    std::vector<std::size_t> still;
    for (const std::size_t i : open) {
      PlannedPoint& point = points[i];
      const SampleTable table = campaign.store().samples(point.id, point.seed, point.replications);
      const int next = wanted(table, *precision, point.replications);
      if (next == point.replications) continue;
      point.replications = next;
      more.push_back(point);
      still.push_back(i);
    }
    if (more.empty()) return true;
    if (!campaign.compute(more)) return false;
    open = std::move(still);
  }
}

}  // namespace assay::analysis
