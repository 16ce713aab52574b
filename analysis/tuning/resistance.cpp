#include "analysis/tuning/resistance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "analysis/numbers.hpp"
#include "analysis/range.hpp"
#include "analysis/search/bracket.hpp"
#include "analysis/tuning/worst_case.hpp"
#include "protocol/scenario/printer.hpp"

namespace assay::analysis {
namespace {

using Sets = MarketUnderStudy::Sets;

constexpr int kPilotReplications = 4;
/// A seed for choosing the worst case, so that measuring it starts afresh.
constexpr std::uint64_t kPilot = 0x70696C6F74;

double total(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

/// The terms of one cheated task of an attack, for the closed forms.
/// None where no honest task was seen: a formula without costs would put every break-even at zero.
std::optional<CheatTermsOfTask> terms_of(const protocol::LoadedScenario& attacked,
                                         const std::optional<TaskMoney>& task) {
  if (!task) return std::nullopt;
  const std::size_t group = deviating_groups(*attacked.rules).front();
  return terms_of(attacked.scenario, *attacked.rules, group, *task);
}

Theory theory_of(const std::optional<CheatTermsOfTask>& terms, const PairedAttack& paired) {
  if (!terms) return {};
  Theory theory;
  theory.formulas = formulas_for(*terms);
  theory.break_even_rate = break_even_rate(*terms);
  theory.gain_usd = gain_of_task_usd(*terms) * mean(paired.bad_leases);
  return theory;
}

AttackEvidence evidence_of(const protocol::LoadedScenario& attacked, const PairedAttack& paired,
                           const protocol::StrategyTraits& traits) {
  const std::size_t group = deviating_groups(*attacked.rules).front();
  AttackEvidence evidence;
  evidence.noun = traits.noun;
  evidence.subject = words_for(attacked.scenario.actors[group], *attacked.rules->execution).subject;
  evidence.gains_usd = paired.gain_usd;
  // Not every attack hands in bad work, and a verifier's whole point may be to do nothing.
  const bool happened = paired.acted() || !traits.provides;
  evidence.bad_leases = happened ? 1 : 0;
  evidence.theory = theory_of(terms_of(attacked, paired.task), paired);
  return evidence;
}

/// What is turned: the stake, where all deviators have the same. Else that of the first group is
/// said, and the others move with it.
std::string stake_key(const protocol::LoadedScenario& attacked,
                      const std::vector<std::size_t>& groups) {
  const auto& actors = attacked.scenario.actors;
  const protocol::ActorGroup& first = actors[groups.front()];
  const bool one = std::all_of(groups.begin(), groups.end(), [&](std::size_t group) {
    return actors[group].role != protocol::Role::Provider ||
           actors[group].stake_per_slot == first.stake_per_slot;
  });
  return one ? "stake" : fmt::format("stake of {}, others in proportion", first.name);
}

/// The market with the stakes of all providers multiplied, and balances that cover them.
Sets with_stakes(const protocol::Scenario& scenario, double factor) {
  Sets sets;
  for (const protocol::ActorGroup& group : scenario.actors) {
    if (group.role != protocol::Role::Provider) continue;
    const double stake = group.stake_per_slot.as_double() * factor;
    const double balance = group.balance.as_double() + stake * group.slots;
    sets.push_back(fmt::format("actors.{}.stake_per_slot={:.6f} tok", group.name, stake));
    sets.push_back(fmt::format("actors.{}.balance={:.6f} tok", group.name, balance));
  }
  return sets;
}

std::string why_not(const Bracket& bracket) {
  switch (bracket.ending) {
    case BracketEnding::HoldsEverywhere:
      return "deterred at both ends of the range";
    case BracketEnding::FailsEverywhere:
      return "none tried deters";
    case BracketEnding::WrongWay:
      return "more of it does not deter, less does";
    case BracketEnding::HoldsBetween:
      return "deters only between";
    default:
      return "undecided";
  }
}

/// Searches the value from which on an attack does not pay.
Deterrent measured(MarketUnderStudy& market, const Attack& attack, std::string key, double low,
                   double high, const std::function<Sets(double)>& sets, double alpha) {
  const Constraint no_gain{1, true, 0.0, [&](std::size_t, double x, int n) {
                             return market.attack(sets(x), attack, n).gain_usd;
                           }};
  BracketOptions options;
  options.low = low;
  options.high = high;
  options.alpha = alpha;
  options.precision = 0.1;
  options.looks.most = 64;
  options.holds_from = HoldsFrom::RootUp;
  const Bracket bracket = find_bracket(no_gain, options);
  if (!bracket.found()) return {std::move(key), why_not(bracket), std::nullopt, std::nullopt};
  const auto [from, to] = std::minmax(bracket.fails, bracket.holds);
  return {std::move(key), "measured", bracket.holds, Interval{from, to}};
}

/// By formula: the stake at which the closed form's gain is zero.
std::optional<double> break_even_stake(const CheatTermsOfTask& terms, double usd_per_token) {
  const double found = terms.rate * found_if_audited(terms);
  if (!(found > 0.0)) return std::nullopt;
  const double stake_usd = terms.cheated * terms.cost_usd / found - terms.reward_usd;
  return std::max(0.0, stake_usd) / usd_per_token;
}

std::vector<Deterrent> deterrents_of(MarketUnderStudy& market, const Attack& attack,
                                     const PairedAttack& paired, const ResistanceOptions& options) {
  const protocol::LoadedScenario attacked = market.attacked({}, attack);
  const auto terms = terms_of(attacked, paired.task);
  std::vector<Deterrent> all;
  if (terms) {
    const double price = protocol::usd_per_token(attacked.rules->token->start_price());
    if (const auto rate = break_even_rate(*terms)) {
      all.push_back({"audit rate", formulas_for(*terms), rate, std::nullopt});
    }
    if (const auto stake = break_even_stake(*terms, price)) {
      all.push_back({"stake", formulas_for(*terms), stake, std::nullopt});
    }
  }
  if (!options.deter) return all;
  const protocol::Scenario& scenario = market.at({}).scenario;
  if (parameter(scenario.verification, "rate")) {
    all.push_back(measured(
        market, attack, "audit rate", 0.0, 1.0,
        [](double x) { return Sets{fmt::format("verification.rate={:.9f}", x)}; }, options.alpha));
  }
  constexpr double kLeast = 0.05;
  constexpr double kMost = 20.0;
  const auto groups = deviating_groups(*attacked.rules);
  const double stake = attacked.scenario.actors[groups.front()].stake_per_slot.as_double();
  if (stake > 0.0) {
    Deterrent found = measured(
        market, attack, stake_key(attacked, groups), kLeast, kMost,
        [&](double x) { return with_stakes(scenario, x); }, options.alpha);
    if (found.value) *found.value *= stake;
    if (found.bracket)
      found.bracket = Interval{found.bracket->low * stake, found.bracket->high * stake};
    all.push_back(std::move(found));
  }
  return all;
}

/// The attacked market as a file that plays it against its honest twin.
std::string playable(protocol::Scenario scenario, int replications) {
  scenario.twins = true;
  scenario.replications = replications;
  return protocol::print(std::move(scenario));
}

ResistanceRow row_of(const Attack& attack, const PairedAttack& paired, double alpha) {
  ResistanceRow row;
  row.strategy = attack.strategy;
  row.noun = protocol::traits_of<protocol::Strategy>(attack.strategy).noun;
  row.parameters = parameters_text(attack);
  row.gains_usd = paired.gain_usd;
  row.honest_usd = mean(paired.honest_usd);
  row.others_usd = mean_estimate(paired.others_usd, alpha);
  row.griefing_factor = griefing_factor(paired, alpha);
  if (total(paired.cheated) > 0.0) {
    row.caught_share = within(kPartOfWhole, ratio_of_means(paired.caught, paired.cheated, alpha));
  }
  // Time at risk for each conviction: identities not caught by the end count with their time.
  if (total(paired.caught) > 0.0) {
    row.delay_d = within(kNotNegative, ratio_of_means(paired.cheating_d, paired.caught, alpha));
  }
  return row;
}

}  // namespace

std::optional<Estimate> griefing_factor(const PairedAttack& paired, double alpha) {
  const Estimate attackers = mean_estimate(paired.gain_total_usd, alpha);
  const Estimate others = mean_estimate(paired.others_total_usd, alpha);
  if (!attackers.interval || attackers.interval->high >= 0.0) return std::nullopt;
  if (others.interval->high >= 0.0) return std::nullopt;
  return ratio_of_means(paired.others_total_usd, paired.gain_total_usd, alpha);
}

ResistanceTable resistance(MarketUnderStudy& market, const ResistanceOptions& options) {
  const protocol::LoadedScenario& loaded = market.at({});
  ResistanceTable table;
  table.facts = study_facts(loaded);
  table.audit_rate = loaded.rules->verification->audit_rate().as_double();
  table.confidence = 1.0 - options.alpha;
  table.share = market.deviation().share.as_double();
  table.group = market.deviation().group;

  const auto seed = static_cast<std::uint64_t>(loaded.scenario.seed);
  MarketUnderStudy pilot = market.reseeded(sim::mix(seed, kPilot));
  std::vector<AttackEvidence> evidence;
  std::vector<AuditSetting> settings;  // other people deviate by other strategies
  const std::vector<std::string> strategies =
      options.against.empty() ? playable_attacks(market, {}, table.left_out) : options.against;
  for (const std::string& strategy : strategies) {
    const Attack attack = worst_case(pilot, {}, strategy, kPilotReplications);
    const PairedAttack paired = market.attack({}, attack, options.replications);
    const protocol::LoadedScenario attacked = market.attacked({}, attack);
    evidence.push_back(
        evidence_of(attacked, paired, protocol::traits_of<protocol::Strategy>(strategy)));
    table.rows.push_back(row_of(attack, paired, options.alpha));
    table.rows.back().scenario = playable(attacked.scenario, options.replications);
    table.rows.back().deterrents = deterrents_of(market, attack, paired, options);
    settings.push_back({table.audit_rate, table.rows.back().honest_usd});
  }
  const auto judgements = judge(evidence, settings, options.alpha);
  for (std::size_t i = 0; i < judgements.size(); ++i) {
    ResistanceRow& row = table.rows[i];
    row.gain_usd = judgements[i].gain_usd;
    row.level = judgements[i].level;
    row.verdict = judgements[i].verdict;
    row.sentence = judgements[i].sentence;
    row.theory = judgements[i].theory;
    row.theory_contradicts = judgements[i].theory_contradicts;
  }
  std::stable_sort(table.rows.begin(), table.rows.end(),
                   [](const ResistanceRow& a, const ResistanceRow& b) {
                     return a.gain_usd.value > b.gain_usd.value;
                   });
  table.facts.replications = options.replications;
  table.facts.seed = seed;
  table.facts.runs = market.runs() + pilot.runs();
  return table;
}

std::string headline(const ResistanceTable& table) {
  const auto nouns_of = [&table](Verdict verdict) {
    std::vector<std::string> nouns;
    for (const ResistanceRow& row : table.rows) {
      if (row.verdict == verdict) nouns.push_back(row.noun);
    }
    return nouns;
  };
  const auto verb = [](std::size_t n, const char* one, const char* many) {
    return n == 1 ? one : many;
  };
  std::vector<std::string> parts;
  const auto part = [&](Verdict verdict, const char* one, const char* many) {
    const auto nouns = nouns_of(verdict);
    if (nouns.empty()) return;
    parts.push_back(
        fmt::format("{} {} ({})", nouns.size(), verb(nouns.size(), one, many), list_text(nouns)));
  };
  part(Verdict::Pays, "pays", "pay");
  part(Verdict::BreaksEven, "breaks even", "break even");
  part(Verdict::Deterred, "is deterred", "are deterred");
  part(Verdict::Undecided, "is undecided", "are undecided");
  part(Verdict::NotTested, "did nothing", "did nothing");
  part(Verdict::NoVerdict, "has too few replications", "have too few replications");
  return fmt::format("Of {} {}, {}.", table.rows.size(),
                     verb(table.rows.size(), "attack", "attacks"), list_text(parts));
}

std::string deviators_text(const ResistanceTable& table) {
  // Somebody stays honest, so that there is a market to attack.
  return fmt::format("{} of {}", table.share < 1.0 ? percent_text(table.share) : "all but one",
                     table.group.empty() ? "each honest group" : table.group);
}

}  // namespace assay::analysis
