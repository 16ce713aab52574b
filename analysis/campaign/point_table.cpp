#include "analysis/campaign/point_table.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/experiment.hpp"
#include "analysis/results.hpp"

namespace assay::analysis {
namespace {

/// How many replications a precision asks for after `n` of them; `n` where it is reached.
int wanted(const SampleTable& table, const Precision& precision, int n) {
  const SampleColumn* column = table.find(precision.metric);
  if (column == nullptr || column->values.size() < 2) return n;
  const Estimate estimate = mean_estimate(column->values);
  const double half = estimate.interval->half_width();
  const double allowed = precision.half_width * std::abs(estimate.value);
  if (half <= allowed || n >= precision.most) return n;
  // The half-width shrinks with the root of the number; a zero mean asks for all there is.
  const double needed = allowed > 0.0 ? n * (half / allowed) * (half / allowed) : 2.0 * n;
  return std::min(precision.most,
                  static_cast<int>(std::clamp(std::ceil(needed), n + 1.0, 2.0 * n)));
}

bool is_reached(const SampleTable& table, const Precision& precision) {
  const SampleColumn* column = table.find(precision.metric);
  if (column == nullptr || column->values.size() < 2) return false;
  const Estimate estimate = mean_estimate(column->values);
  return estimate.interval->half_width() <= precision.half_width * std::abs(estimate.value);
}

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

void read_points(Campaign& campaign, const Plan& plan, const std::vector<PlannedPoint>& points,
                 PointTable& table) {
  for (const Axis& axis : plan.axes()) {
    TableAxis of{axis.key, axis.unit, name_of(axis.scale), {}, {}};
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
          [&column](const TableMetric& metric) { return metric.name == column.metric.name; });
      if (known == table.metrics.end()) {
        table.metrics.push_back(
            {column.metric.name, column.metric.title, column.metric.unit, column.metric.meaning});
      }
      const Estimate estimate = mean_estimate(column.values);
      PointEstimate of{estimate.value, {}, {}, static_cast<std::int64_t>(column.values.size())};
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

std::optional<Sweep> sweep_of(Campaign& campaign, const Plan& plan,
                              const std::vector<PlannedPoint>& points, const PointTable& table) {
  if (!table.crossed || table.axes.empty() || table.axes.size() > 2) return std::nullopt;
  Sweep sweep;
  sweep.facts = table.facts;
  for (const TableAxis& axis : table.axes) {
    SweepAxis of{axis.key, axis.unit, axis.scale == "log", {}};
    for (std::size_t i = 0; i < axis.texts.size(); ++i) {
      of.values.push_back({axis.texts[i], axis.values[i]});
    }
    sweep.axes.push_back(std::move(of));
  }
  for (const std::string& name : table.shown) {
    for (const TableMetric& metric : table.metrics) {
      if (metric.name != name) continue;
      sweep.metrics.push_back({metric.name, metric.title, metric.unit, metric.meaning, {}});
    }
  }
  for (std::size_t i = 0; i < plan.size(); ++i) {
    const SampleTable samples =
        campaign.store().samples(points[i].id, points[i].seed, points[i].replications);
    for (SweptMetric& metric : sweep.metrics) {
      const SampleColumn* column = samples.find(metric.name);
      metric.samples.push_back(column != nullptr ? column->values : std::vector<double>());
    }
  }
  if (sweep.metrics.empty()) return std::nullopt;
  return sweep;
}

}  // namespace assay::analysis
