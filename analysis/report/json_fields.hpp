#pragma once

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "analysis/study.hpp"
#include "analysis/sweep.hpp"
#include "analysis/tuning/deviation.hpp"
#include "protocol/scenario/nearest.hpp"

// The fields that a result's JSON has, for the few sources that write and read it. nlohmann's
// macros write both directions from one list of fields, so neither can forget one.
namespace nlohmann {
template <class T>
struct adl_serializer<std::optional<T>> {
  static void to_json(json& out, const std::optional<T>& value) {
    if (value) {
      out = *value;
    } else {
      out = nullptr;
    }
  }
  static void from_json(const json& in, std::optional<T>& value) {
    if (in.is_null()) {
      value.reset();
    } else {
      value = in.get<T>();
    }
  }
};
}  // namespace nlohmann

namespace assay::analysis {

/// The value of an enum that ends with `last`, by the word that `name_of` says of it; throws
/// std::runtime_error for any other word.
template <class Enum>
[[nodiscard]] Enum named(const nlohmann::json& in, Enum last) {
  const auto word = in.get<std::string>();
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const auto value = static_cast<Enum>(i);
    if (name_of(value) == word) return value;
    names.emplace_back(name_of(value));
  }
  throw std::runtime_error(
      fmt::format("found {}, expected {}", protocol::shown(word), protocol::either(names)));
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Interval, low, high)
/// A value that is not a number is null.
inline void to_json(nlohmann::json& out, const Estimate& estimate) {
  out = {{"value", estimate.value}, {"interval", estimate.interval}};
}
inline void from_json(const nlohmann::json& in, Estimate& estimate) {
  const nlohmann::json& value = in.at("value");
  estimate.value = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
  in.at("interval").get_to(estimate.interval);
}
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TurningPoint, noun, factor)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CostBand, cost, low, high, turns)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ReportCost, band, value, kind, source)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ScenarioLine, text, default_text)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(InputFile, path, sha256)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Entry, title, text)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Command, purpose, line)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(StudyFacts, question, name, version, seed, replications, runs,
                                   reused, wall_s, threads, interrupted, failures, commands, inputs,
                                   costs, scenario, not_modelled, glossary)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AttackLeftOut, strategy, noun, reason)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SweepAxis, key, unit, scale, texts, values)

}  // namespace assay::analysis
