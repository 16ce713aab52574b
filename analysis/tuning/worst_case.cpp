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
  return tried;
}

}  // namespace

Attack worst_case(MarketUnderStudy& pilot, const MarketUnderStudy::Sets& sets,
                  const std::string& strategy, int replications) {
  Attack worst{strategy, {}};
  std::vector<double> most;  // its gains
  bool acted = false;        // whether it did anything
  const auto try_grid = [&] {
    for (const Attack& attack : grid(worst)) {
      PairedAttack paired = pilot.attack(sets, attack, replications);
      if (acted && !paired.acted()) continue;
      // Of equal ones the last: more of it.
      const bool first_to_act = paired.acted() && !acted;
      if (!first_to_act && !most.empty() && mean(paired.gain_usd) < mean(most)) continue;
      acted = paired.acted();
      most = std::move(paired.gain_usd);
      worst = attack;
    }
  };
  const auto& all = protocol::traits_of<protocol::Strategy>(strategy).searched;
  if (all.front().key.empty()) return worst;
  try_grid();
  bool other_words = false;
  for (const protocol::SearchedParameter& searched : all) {
    if (searched.words.empty()) continue;
    protocol::Choice<protocol::Strategy> defaults(strategy);
    const auto known = parameter_text(defaults, searched.key);
    const Attack before = worst;
    for (auto& value : values_of(searched, 0)) {
      if (value.text == known) continue;
      const Attack attack = with(before, std::move(value));
      PairedAttack paired = pilot.attack(sets, attack, replications);
      // A word must gain more than chance does: most of them do the same where they are not asked.
      const std::vector<double> more = paired_difference(paired.gain_usd, most);
      if (!paired.acted() || !(mean(more) > 2.0 * standard_error(more))) continue;
      acted = true;
      most = std::move(paired.gain_usd);
      worst = attack;
      other_words = true;
    }
  }
  // What is best beside one word need not be beside another.
  if (other_words) try_grid();
  return worst;
}

std::string parameters_text(const Attack& attack) {
  constexpr std::string_view kPercent = " %";
  std::string text;
  for (const auto& parameter : attack.parameters) {
    // A share of a grid is said to three digits, as all inputs are.
    const std::string said = parameter.text.ends_with(kPercent)
                                 ? shortest(std::stod(parameter.text)) + std::string(kPercent)
                                 : parameter.text;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", parameter.key, said);
  }
  return text;
}

}  // namespace assay::analysis
