#include "analysis/campaign/point_table.hpp"

#include <algorithm>

#include "analysis/campaign/run_plan.hpp"
#include "analysis/range.hpp"

namespace assay::analysis {
namespace {

std::string name_of(AxisScale scale) {
  switch (scale) {
    case AxisScale::Linear:
      return "linear";
    case AxisScale::Log:
      return "log";
    case AxisScale::Words:
      break;
  }
  return "words";
}

}  // namespace

void read_points(Campaign& campaign, const Plan& plan, const std::vector<PlannedPoint>& points,
                 PointTable& table) {
  for (const Axis& axis : plan.axes()) {
    SweepAxis of{axis.key, axis.unit, name_of(axis.scale), {}, {}};
    for (const AxisValue& value : axis.values) {
      of.texts.push_back(value.text);
      of.values.push_back(axis.scale == AxisScale::Words ? std::nullopt : value.value);
    }
    table.axes.push_back(std::move(of));
  }
  table.crossed = !plan.spec().sampling && plan.spec().zipped.empty();
  for (std::size_t i = 0; i < points.size(); ++i) {
    const PlannedPoint& planned = points[i];
    const SampleTable samples =
        campaign.store().samples(planned.id, planned.seed, planned.replications);
    TablePoint point;
    point.label = plan.label(i);
    point.key = planned.key;
    point.coordinates = plan.coordinates(i);
    point.replications = static_cast<std::int64_t>(samples.replications.size());
    point.failed = samples.failed;
    if (plan.spec().precision) point.reached = is_reached(samples, *plan.spec().precision);
    for (const SampleColumn& column : samples.columns) {
      const auto known = std::find_if(
          table.metrics.begin(), table.metrics.end(),
          [&column](const MetricWords& metric) { return metric.name == column.metric.name; });
      if (known == table.metrics.end()) {
        table.metrics.push_back(
            {column.metric.name, column.metric.title, column.metric.unit, column.metric.meaning});
      }
      const std::vector<double> values = defined(column.values);
      const Estimate estimate =
          within(range_of(column.metric.name, column.metric.unit), defined_estimate(values));
      PointEstimate of{{}, {}, {}, static_cast<std::int64_t>(values.size())};
      if (!values.empty()) of.value = estimate.value;
      if (estimate.interval) {
        of.low = estimate.interval->low;
        of.high = estimate.interval->high;
      }
      point.estimates[column.metric.name] = of;
    }
    table.points.push_back(std::move(point));
    if (samples.failed == 0) continue;
    for (const FailedRun& failed :
         campaign.store().failures(planned.id, planned.seed, planned.replications)) {
      table.failures.push_back({failed.label, failed.replication, failed.error, failed.command});
    }
  }
}

}  // namespace assay::analysis
