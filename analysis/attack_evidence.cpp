#include "analysis/attack_evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "analysis/numbers.hpp"
#include "protocol/execution/live_terms.hpp"
#include "protocol/scenario/printer.hpp"

namespace assay::analysis {
namespace {

using protocol::Group;
using protocol::Role;

/// `text` with every `{key}` replaced by what `value` says of it.
template <class Value>
std::string filled(std::string_view text, Value value) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = text.find('{', at);
    out += text.substr(at, open - at);
    if (open == std::string_view::npos) break;
    const std::size_t close = text.find('}', open);
    SIM_CHECK(close != std::string_view::npos);
    out += value(text.substr(open + 1, close - open - 1));
    at = close + 1;
  }
  return out;
}

/// What a strategy that may cheat in several ways does: `fabricated gradients` where they are
/// executed, else the row of the cost table, `stale work`. None for its usual way.
std::optional<std::string> cheat_text(protocol::Choice<protocol::Strategy> strategy,
                                      const protocol::TrainingExecutor& execution) {
  const auto cheat = parameter_text(strategy, "cheat");
  if (!cheat) return std::nullopt;
  if (const protocol::LiveTerms* live = execution.live()) {
    for (const protocol::LiveTerms::Cheat& known : live->cheats) {
      if (known.name != *cheat) continue;
      std::string does = known.does;
      std::replace(does.begin(), does.end(), '-', ' ');
      return does.ends_with('s') ? does : does + "s";
    }
  }
  protocol::Choice<protocol::Strategy> usual(strategy.kind());
  if (*cheat == parameter_text(usual, "cheat")) return std::nullopt;
  return *cheat + " work";
}

/// The chance that a verifier who is drawn approves the claims of this group unseen: a hostile one
/// of the same owner, or one that approves everybody's.
double colluding_share(const protocol::Rules& rules, const Group& group) {
  const bool by_stake = rules.verification->verifier_terms().draw == protocol::VerifierDraw::Stake;
  double unseen = 0.0;
  double all = 0.0;
  for (const Group& other : rules.groups) {
    if (other.role != Role::Verifier) continue;
    const double weight = static_cast<double>(other.count) *
                          (by_stake ? (other.stake_per_slot * other.slots).as_double()
                                    : static_cast<double>(other.names()));
    all += weight;
    const bool same_owner = !group.principal.empty() && other.principal == group.principal;
    const auto& traits = protocol::traits_of<protocol::Strategy>(other.strategy_kind);
    if ((same_owner && other.strategy->hostile()) || traits.approves_unseen) unseen += weight;
  }
  return all > 0.0 ? unseen / all : 0.0;
}

}  // namespace

std::optional<std::string> parameter_text(protocol::ChoiceBase& choice, std::string_view key) {
  const std::string text =
      protocol::print_map([&](protocol::Fields& field) { choice.describe(field); });
  const std::string start = fmt::format("{}: ", key);
  std::size_t at = text.rfind(start, 0) == 0 ? 0 : text.find("\n" + start);
  if (at == std::string::npos) return std::nullopt;
  at = text.find(start, at) + start.size();
  return text.substr(at, text.find('\n', at) - at);
}

AttackWords words_for(const protocol::ActorGroup& actor,
                      const protocol::TrainingExecutor& execution) {
  const auto& traits = protocol::traits_of<protocol::Strategy>(actor.strategy.kind());
  auto strategy = actor.strategy;
  AttackWords words;
  const auto cheat = cheat_text(strategy, execution);
  words.noun = cheat ? *cheat : std::string(traits.noun);
  if (actor.name != actor.strategy.kind()) words.noun += " of " + actor.name;
  const std::string_view subject =
      cheat ? "A provider who hands in {cheat} for {share} of its work" : traits.subject;
  words.subject = filled(subject, [&](std::string_view key) {
    if (key == "count") return count(actor.count);
    if (key == "cheat") return *cheat;
    const auto value = parameter_text(strategy, key);
    SIM_CHECK(value);
    return *value;
  });
  return words;
}

std::optional<CheatTermsOfTask> terms_of(const protocol::Scenario& scenario,
                                         const protocol::Rules& rules, std::size_t group,
                                         const TaskMoney& task) {
  const protocol::ActorGroup& actor = scenario.actors[group];
  if (!protocol::traits_of<protocol::Strategy>(actor.strategy.kind()).skips) return std::nullopt;
  if (rules.verification->voting() != nullptr) return std::nullopt;  // nothing is audited
  const Group& of = rules.groups[group];
  CheatTermsOfTask terms;
  terms.cost_usd = task.cost_usd;
  terms.reward_usd = task.reward_usd;
  terms.stake_usd = rules.slashing->penalty(of.stake_per_slot).amount.as_double() *
                    protocol::usd_per_token(rules.token->start_price());
  terms.rate = rules.verification->audit_rate().as_double();
  const protocol::AuditPlan audit = rules.verification->audit_of(
      std::numeric_limits<std::uint32_t>::max());  // of a claim with segments enough
  terms.segments = audit.segments;
  terms.verifiers = audit.verifiers;
  terms.cheated = parameter(actor.strategy, "share").value_or(1.0);
  terms.colluding = colluding_share(rules, of);
  return terms;
}

std::string formulas_for(const CheatTermsOfTask& terms) {
  return fmt::format("{}{}", terms.cheated < 1.0 ? "V3" : "V2",
                     terms.colluding > 0.0 ? ", V5" : "");
}

}  // namespace assay::analysis
