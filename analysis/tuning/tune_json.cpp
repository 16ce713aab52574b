#include <stdexcept>

#include "analysis/report/json_fields.hpp"
#include "analysis/tuning/tune.hpp"

namespace assay::analysis {

static void to_json(nlohmann::json& out, TuneVerdict verdict) { out = name_of(verdict); }
static void from_json(const nlohmann::json& in, TuneVerdict& verdict) {
  verdict = named(in, TuneVerdict::Undecided);
}
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TuneStep, value, answer, replications, left_out, estimate, worst)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ConstraintEvidence, text, metric, unit, below, limit, answer,
                                   estimate, replications, left_out, worst, distance_se, search,
                                   fails, holds, steps)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TunedParameter, key, unit, low, high, value, text)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TunedAttack, strategy, noun, parameters, acted)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CostPoint, value, cost)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TuneTheory, formulas, value, text)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Tuning, facts, verdict, headline, confidence, share, minimise,
                                   title, unit, cost, parameters, constraints, breaks_first, clash,
                                   attacks, left_out, theory, costs, scenario)

std::string to_json(const Tuning& tuning) { return nlohmann::json(tuning).dump(1) + "\n"; }

Tuning tuning_from_json(std::string_view text) {
  try {
    return nlohmann::json::parse(text).get<Tuning>();
  } catch (const std::exception& error) {
    throw std::runtime_error(std::string("not a tuning: ") + error.what());
  }
}

}  // namespace assay::analysis
