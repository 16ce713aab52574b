#pragma once

#include <cstdint>
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

/// The mean of a metric over those `n` replications of a point that have it, with its 95 %
/// interval; neither where none has, no interval from one.
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

/// A failed run, and how to see it fail again.
struct TableFailure {
  std::string label;
  std::int64_t replication = 0;
  std::string error;
  std::string command;
};

/// A campaign's points as its folder keeps them, for terminals and other programs: the estimates of
/// all metrics over any number of axes. What the page is drawn from is a Sweep.
struct PointTable {
  StudyFacts facts;
  std::vector<SweepAxis> axes;
  bool crossed = true;  ///< every value of one axis with every value of the others
  std::vector<MetricWords> metrics;
  std::vector<std::string> shown;  ///< the metrics that were asked for
  std::vector<TablePoint> points;
  std::vector<TableFailure> failures;
  std::optional<double> precision;  ///< of the first metric shown, as a part of its mean
};

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
