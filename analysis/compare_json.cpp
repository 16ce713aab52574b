#include <stdexcept>

#include "analysis/compare.hpp"
#include "analysis/report/json_fields.hpp"

namespace assay::analysis {

static void to_json(nlohmann::json& out, Better better) { out = name_of(better); }
static void from_json(const nlohmann::json& in, Better& better) {
  better = named(in, Better::Neither);
}
static void to_json(nlohmann::json& out, Difference difference) { out = name_of(difference); }
static void from_json(const nlohmann::json& in, Difference& difference) {
  difference = named(in, Difference::NoVerdict);
}
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
  } catch (const std::exception& error) {
    throw std::runtime_error(std::string("not a comparison: ") + error.what());
  }
}

}  // namespace assay::analysis
