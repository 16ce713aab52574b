#include <stdexcept>

#include "analysis/campaign/sweep.hpp"
#include "analysis/report/json_fields.hpp"

namespace assay::analysis {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Coordinate, key, text, value, unit)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SweepEstimate, value, low, high, n)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SweepPoint, label, key, coordinates, replications, failed,
                                   reached, estimates)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SweepAxis, key, unit, scale, texts, values)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SweepMetric, name, title, unit, meaning)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SweepFailure, label, replication, error, command)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Sweep, facts, axes, crossed, metrics, shown, points, failures,
                                   precision)

std::string to_json(const Sweep& sweep) { return nlohmann::json(sweep).dump(1) + "\n"; }

Sweep sweep_from_json(std::string_view text) {
  try {
    return nlohmann::json::parse(text).get<Sweep>();
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(std::string("not a sweep: ") + error.what());
  }
}

}  // namespace assay::analysis
