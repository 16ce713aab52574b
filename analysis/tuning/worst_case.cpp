#include "analysis/tuning/worst_case.hpp"

#include <fmt/format.h>

#include <algorithm>

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

/// The words of one parameter, or equally spaced values, its ends among them.
std::vector<Attack::Parameter> values_of(const protocol::SearchedParameter& searched, int points) {
  std::vector<Attack::Parameter> values;
  for (const std::string_view word : searched.words) {
    values.push_back({std::string(searched.key), std::string(word)});
  }
  if (!values.empty()) return values;
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

/// The attack with this parameter set, whatever it was before.
Attack with(Attack attack, Attack::Parameter value) {
  for (Attack::Parameter& known : attack.parameters) {
    if (known.key != value.key) continue;
    known = std::move(value);
    return attack;
  }
  attack.parameters.push_back(std::move(value));
  return attack;
}

/// `from` with every combination of its numbers.
std::vector<Attack> grid(const Attack& from) {
  const auto& all = protocol::traits_of<protocol::Strategy>(from.strategy).searched;
  const auto is_number = [](const protocol::SearchedParameter& one) {
    return !one.key.empty() && one.words.empty();
  };
  const auto numbers = std::count_if(all.begin(), all.end(), is_number);
  std::vector<Attack> tried{from};
  for (const protocol::SearchedParameter& searched : all) {
    if (!is_number(searched)) continue;
    std::vector<Attack> crossed;
    for (const Attack& attack : tried) {
      for (auto& value : values_of(searched, numbers > 1 ? 3 : 4)) {
        crossed.push_back(with(attack, std::move(value)));
      }
    }
    tried = std::move(crossed);
  }
  if (tried.size() == 1) return tried.front();
  const Attack* worst = &tried.front();
  bool acted = false;
  double most = -std::numeric_limits<double>::infinity();
  for (const Attack& attack : tried) {
    const PairedAttack paired = pilot.attack(sets, attack, replications);
    if (acted && !paired.acted()) continue;
    const double gain = mean(paired.gain_usd);
    // Of equal ones the last: more of it.
    if (gain >= most || (paired.acted() && !acted)) {
      most = gain;
      worst = &attack;
    }
    acted = acted || paired.acted();
  }
  return *worst;
}

std::string parameters_text(const Attack& attack) {
  std::string text;
  for (const auto& parameter : attack.parameters) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", parameter.key, parameter.text);
  }
  return text;
}

}  // namespace assay::analysis
