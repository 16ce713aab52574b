#include <stdexcept>

#include "analysis/report/json_fields.hpp"
#include "analysis/sweep.hpp"

namespace assay::analysis {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SweptMetric, name, title, unit, meaning, samples)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SweepTheory, metric, group, formulas, value)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Sweep, facts, axes, metrics, theory)

std::string to_json(const Sweep& sweep) { return nlohmann::json(sweep).dump(1) + "\n"; }

Sweep sweep_from_json(std::string_view text) {
  try {
    return nlohmann::json::parse(text).get<Sweep>();
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(std::string("not a sweep: ") + error.what());
  }
}

}  // namespace assay::analysis
