#pragma once

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "analysis/report/attack_theory.hpp"
#include "protocol/rules.hpp"
#include "protocol/scenario/scenario.hpp"

namespace assay::analysis {

/// What a table and a sentence call the attack of a group of actors: the words of its strategy, or
/// of what it does instead of the work where the strategy leaves that open, with the group's name
/// where that is another.
struct AttackWords {
  std::string noun;     ///< `lazy work`, `the ring of labs`
  std::string subject;  ///< `A provider who skips 30 % of its work`
};
/// `execution` knows what stands for a cheat where segments are executed.
[[nodiscard]] AttackWords words_for(const protocol::ActorGroup& actor,
                                    const protocol::TrainingExecutor& execution);

/// A parameter of a chosen mechanism as `effective.yaml` writes it (`30 %`); none where the
/// mechanism has no such parameter.
[[nodiscard]] std::optional<std::string> parameter_text(protocol::ChoiceBase& choice,
                                                        std::string_view key);
/// The same as a plain number: shares as such, everything else without its unit.
template <class Family>
[[nodiscard]] std::optional<double> parameter(protocol::Choice<Family> choice,
                                              std::string_view key) {
  const auto text = parameter_text(choice, key);
  if (!text) return std::nullopt;
  const double number = std::strtod(text->c_str(), nullptr);
  return text->find('%') == std::string::npos ? number : number / 100;
}

/// What one task of a group costs when it is done honestly, and what it pays.
struct TaskMoney {
  double cost_usd = 0.0;
  double reward_usd = 0.0;
};
/// The terms of one cheated task of group `group` for the closed forms. None where they are not
/// about its strategy, or not about how claims are checked.
[[nodiscard]] std::optional<CheatTermsOfTask> terms_of(const protocol::Scenario& scenario,
                                                       const protocol::Rules& rules,
                                                       std::size_t group, const TaskMoney& task);
/// The closed forms that these terms are put into: `V2`, `V3, V5`.
[[nodiscard]] std::string formulas_for(const CheatTermsOfTask& terms);

}  // namespace assay::analysis
