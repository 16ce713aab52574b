#include <stdexcept>

#include "analysis/report/json_fields.hpp"
#include "analysis/tuning/resistance.hpp"

namespace assay::analysis {

NLOHMANN_JSON_SERIALIZE_ENUM(Verdict, {{Verdict::NotTested, "not tested"},
                                       {Verdict::NoVerdict, "no verdict"},
                                       {Verdict::Deterred, "deterred"},
                                       {Verdict::Pays, "pays"},
                                       {Verdict::BreaksEven, "breaks even"},
                                       {Verdict::Undecided, "undecided"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Deterrent, key, method, value, bracket)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ResistanceRow, strategy, noun, parameters, gains_usd, gain_usd,
                                   level, verdict, sentence, theory, theory_contradicts, honest_usd,
                                   others_usd, griefing_factor, caught_share, delay_d, deterrents,
                                   scenario)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AttackLeftOut, strategy, noun, reason)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ResistanceTable, facts, audit_rate, confidence, share, group,
                                   rows, left_out)

std::string to_json(const ResistanceTable& table) { return nlohmann::json(table).dump(1) + "\n"; }

ResistanceTable resistance_from_json(std::string_view text) {
  try {
    return nlohmann::json::parse(text).get<ResistanceTable>();
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(std::string("not an attack table: ") + error.what());
  }
}

}  // namespace assay::analysis
