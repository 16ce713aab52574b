#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/strategy/strategy.hpp"

namespace assay::protocol {

/// An attack that a scenario writes down itself: rules from a hook and a condition to an action.
///
///     strategy:
///       kind: table
///       rules:
///         - {hook: work, when: "price > 1 USD and reputation >= 90 %", do: skip 30 %}
///         - {hook: move, when: cheated, do: stall}
///
/// Of the rules of a hook, the first whose condition holds decides; where none does, the actor is
/// honest. Conditions and actions are read, and refused, when the scenario is loaded.
class RuleTable final : public Strategy {
 public:
  static constexpr auto kKind = "table";
  static constexpr auto kSummary = "Rules of the scenario's own: hook, condition, action.";
  static constexpr Traits kTraits{.verifies = true,
                                  .catalogued = false,
                                  .noun = "the table",
                                  .subject = "Each of the {count} actors who follow the table"};
  struct RuleText {
    std::string hook = "work";
    std::string when;
    std::string act;
    void describe(Fields& field);
  };
  struct Params {
    std::vector<RuleText> rules;
    bool hurry = false;
    void describe(Fields& field);
  };
  /// Throws ConfigError with all that is wrong in the rules, each under its key: `rules[0].when`.
  explicit RuleTable(const Params& params);

  [[nodiscard]] std::vector<std::string> cheats() const override { return cheats_; }
  [[nodiscard]] std::optional<Usd> quote(const View& view, const QuoteFacts& facts,
                                         const Bidding& bidding) const override;
  [[nodiscard]] WorkPlan work(const View& view, const WorkFacts& facts) const override;
  [[nodiscard]] bool unstakes(const View& view, const CommitFacts& facts) const override;
  [[nodiscard]] VerifyPlan verify(const View& view, const VerifyFacts& facts) const override;
  [[nodiscard]] Act move(const View& view, const MoveFacts& facts) const override;
  [[nodiscard]] bool re_enter(const View& view) const override;

  struct Quantity;  ///< a name that conditions may use, and its value
  struct Scene;     ///< a decision: the view and the facts of its hook
  struct Condition {
    enum class Relation : std::uint8_t { Below, AtMost, Above, AtLeast, Equal };
    const Quantity* quantity = nullptr;
    Relation relation = Relation::Equal;
    std::int64_t bound = 0;  ///< in the quantity's smallest unit; a flag is 0 or 1
  };
  enum class Hook : std::uint8_t { Quote, Work, Unstake, Verify, Move, ReEnter };
  /// What a rule does; the words that a hook knows stand in the source file.
  enum class Deed : std::uint8_t { Honest, Bid, Pass, Cheat, Quit, Unstake, Verdict, Move, Leave };
  struct Rule {
    Hook hook = Hook::Work;
    std::vector<Condition> conditions;  ///< all must hold
    Deed deed = Deed::Honest;
    Share share;               ///< of own cost, of the segments, or of the lease's time
    bool independent = false;  ///< each segment alone
    std::uint16_t cheat = 0;   ///< a place in `cheats()`
    Usd elsewhere;             ///< an hour
    Act act = Act::Truth;
    Say say = Say::Found;
  };

 private:
  [[nodiscard]] const Rule* rule_for(Hook hook, const Scene& scene) const;

  std::vector<std::string> cheats_{"skip"};
  std::vector<Rule> rules_;
  bool hurry_ = false;
};

}  // namespace assay::protocol
