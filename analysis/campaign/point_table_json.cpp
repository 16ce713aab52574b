#include <stdexcept>

#include "analysis/campaign/point_table.hpp"
#include "analysis/report/json_fields.hpp"

namespace assay::analysis {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Coordinate, key, text, value, unit)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PointEstimate, value, low, high, n)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TablePoint, label, key, coordinates, replications, failed,
                                   reached, estimates)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MetricWords, name, title, unit, meaning)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TableFailure, label, replication, error, command)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PointTable, facts, axes, crossed, metrics, shown, points,
                                   failures, precision)

std::string to_json(const PointTable& table) { return nlohmann::json(table).dump(1) + "\n"; }

PointTable point_table_from_json(std::string_view text) {
  try {
    return nlohmann::json::parse(text).get<PointTable>();
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(std::string("not a table of points: ") + error.what());
  }
}

}  // namespace assay::analysis
