#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/campaign/plan.hpp"
#include "analysis/statistics.hpp"
#include "analysis/study.hpp"
#include "analysis/sweep.hpp"

/// What a campaign found: every metric at every point, with its interval.
namespace assay::analysis {

/// The mean of a metric over the replications of a point, with its 95 % interval; neither where no
/// run was finished, no interval from one replication.
struct PointEstimate {
  std::optional<double> value;
  std::optional<double> low;
  std::optional<double> high;
  std::int64_t n = 0;
};

struct TablePoint {
  std::string label;
  std::string key;                      ///< as the store and an export have it
  std::vector<Coordinate> coordinates;  ///< one an axis
  std::int64_t replications = 0;        ///< finished
  std::int64_t failed = 0;
  bool reached = true;  ///< the precision that was asked for, if it was
  std::map<std::string, PointEstimate> estimates;
};

struct TableAxis {
  std::string key;
  std::string unit;                           ///< `share`, `h`; empty for pure numbers and words
  std::string scale;                          ///< `linear`, `log` or `words`
  std::vector<std::string> texts;             ///< its values, in order
  std::vector<std::optional<double>> values;  ///< the same as numbers of the unit
};

struct TableMetric {
  std::string name;
  std::string title;
  std::string unit;
  std::string meaning;
};

/// A failed run, and how to see it fail again.
struct TableFailure {
  std::string label;
  std::int64_t replication = 0;
  std::string error;
  std::string command;
};

/// A campaign's points as its folder keeps them, for other programs: any number of axes, all
/// metrics.
struct PointTable {
  StudyFacts facts;
  std::vector<TableAxis> axes;
  bool crossed = true;  ///< every value of one axis with every value of the others
  std::vector<TableMetric> metrics;
  std::vector<std::string> shown;  ///< the metrics that were asked for
  std::vector<TablePoint> points;
  std::vector<TableFailure> failures;
  std::optional<double> precision;  ///< of the first metric shown, as a part of its mean
};

/// The metrics that the runs of a scenario will have, without running it.
[[nodiscard]] std::vector<Metric> metrics_of(const protocol::LoadedScenario& loaded);

/// Computes what is missing of a plan. With a precision it goes on point by point: at first the
/// plan's replications, then as many as the spread seen so far asks for, at most twice as many at
/// once; so the number does not depend on threads, processes or what the store held before. False
/// where it was told to stop. `points` come from `Plan::enter`.
[[nodiscard]] bool run_plan(Campaign& campaign, const std::optional<Precision>& precision,
                            std::vector<PlannedPoint>& points);

/// What the page of a sweep is drawn from: the samples of the metrics shown. None where there are
/// not one or two crossed axes. Call it after `read_points`.
[[nodiscard]] std::optional<Sweep> sweep_of(Campaign& campaign, const Plan& plan,
                                            const std::vector<PlannedPoint>& points,
                                            const PointTable& table);

/// Reads the estimates of all points from the store, one point at a time.
void read_points(Campaign& campaign, const Plan& plan, const std::vector<PlannedPoint>& points,
                 PointTable& table);

/// The table for a terminal: a row a value with one axis, a matrix for each metric shown with two
/// crossed axes, else a row a point.
[[nodiscard]] std::string table_text(const PointTable& table);
/// One row for each point and metric: axes, metric, value, low, high, n, unit.
[[nodiscard]] std::string table_csv(const PointTable& table);

/// As JSON, one key for each field, and back; throws std::runtime_error for a missing or mistyped
/// key.
[[nodiscard]] std::string to_json(const PointTable& table);
[[nodiscard]] PointTable point_table_from_json(std::string_view text);

}  // namespace assay::analysis
