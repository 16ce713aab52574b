#include <stdexcept>

#include "analysis/compare.hpp"
#include "analysis/report/json_fields.hpp"

namespace assay::analysis {

NLOHMANN_JSON_SERIALIZE_ENUM(Better, {{Better::Neither, "neither"},
                                      {Better::Higher, "higher"},
                                      {Better::Lower, "lower"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Difference, {{Difference::NoVerdict, "no verdict"},
                                          {Difference::None, "same"},
                                          {Difference::Higher, "higher"},
                                          {Difference::Lower, "lower"},
                                          {Difference::Undecided, "undecided"},
                                          {Difference::NoSpread, "no spread"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ComparedMetric, name, title, unit, meaning, a, b, left_out,
                                   mean_a, mean_b, difference, tested, level, unpaired, p,
                                   variance_ratio, verdict, better)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Comparison, facts, name_a, name_b, digest_a, digest_b, changed,
                                   changed_from, metrics, only_a, only_b)

std::string to_json(const Comparison& comparison) {
  return nlohmann::json(comparison).dump(1) + "\n";
}

Comparison comparison_from_json(std::string_view text) {
  try {
    return nlohmann::json::parse(text).get<Comparison>();
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(std::string("not a comparison: ") + error.what());
  }
}

}  // namespace assay::analysis
