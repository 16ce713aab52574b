#include <stdexcept>

#include "analysis/report/json_fields.hpp"
#include "analysis/tuning/resistance.hpp"

namespace assay::analysis {

static void to_json(nlohmann::json& out, Verdict verdict) { out = name_of(verdict); }
static void from_json(const nlohmann::json& in, Verdict& verdict) {
  verdict = named(in, Verdict::Undecided);
}
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Deterrent, key, method, value, bracket)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ResistanceRow, strategy, noun, parameters, gains_usd, gain_usd,
                                   level, verdict, sentence, theory, theory_contradicts, honest_usd,
                                   others_usd, griefing_factor, caught_share, delay_d, deterrents,
                                   scenario)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ResistanceTable, facts, audit_rate, confidence, share, group,
                                   rows, left_out)

std::string to_json(const ResistanceTable& table) { return nlohmann::json(table).dump(1) + "\n"; }

ResistanceTable resistance_from_json(std::string_view text) {
  try {
    return nlohmann::json::parse(text).get<ResistanceTable>();
  } catch (const std::exception& error) {
    throw std::runtime_error(std::string("not an attack table: ") + error.what());
  }
}

}  // namespace assay::analysis
