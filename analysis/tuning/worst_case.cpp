#include "analysis/tuning/worst_case.hpp"

#include <fmt/format.h>

#include <limits>

#include "analysis/numbers.hpp"

namespace assay::analysis {
namespace {

/// A number as scenarios write it: decimal, without trailing zeros.
std::string decimal_text(double value) {
  std::string text = fmt::format("{:.6f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

/// Equally spaced values of one parameter, its ends among them.
std::vector<Attack::Parameter> values_of(const protocol::SearchedParameter& searched, int points) {
  std::vector<Attack::Parameter> values;
  for (int i = 0; i < points; ++i) {
    const double value =
        searched.low + (searched.high - searched.low) * static_cast<double>(i) / (points - 1);
    const bool share = searched.unit.empty() && searched.high <= 1.0;
    values.push_back({std::string(searched.key),
                      share ? decimal_text(value * 100) + " %"
                            : fmt::format("{}{}{}", decimal_text(value),
                                          searched.unit.empty() ? "" : " ", searched.unit)});
  }
  return values;
}

}  // namespace

Attack worst_case(MarketUnderStudy& pilot, const MarketUnderStudy::Sets& sets,
                  const std::string& strategy, int replications) {
  std::vector<Attack> tried{{strategy, {}}};
  const auto& traits = protocol::traits_of<protocol::Strategy>(strategy);
  const bool several = !traits.searched[1].key.empty();
  for (const protocol::SearchedParameter& searched : traits.searched) {
    if (searched.key.empty()) continue;
    std::vector<Attack> crossed;
    for (const Attack& attack : tried) {
      for (auto& value : values_of(searched, several ? 3 : 4)) {
        crossed.push_back(attack);
        crossed.back().parameters.push_back(std::move(value));
      }
    }
    tried = std::move(crossed);
  }
  if (tried.size() == 1) return tried.front();
  Attack worst;
  double most = -std::numeric_limits<double>::infinity();
  for (const Attack& attack : tried) {
    const double gain = mean(pilot.attack(sets, attack, replications).gain_usd);
    // Of equal ones the last: more of it.
    if (gain >= most) {
      most = gain;
      worst = attack;
    }
  }
  return worst;
}

std::string parameters_text(const Attack& attack) {
  std::string text;
  for (const auto& parameter : attack.parameters) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", parameter.key, parameter.text);
  }
  return text;
}

}  // namespace assay::analysis
