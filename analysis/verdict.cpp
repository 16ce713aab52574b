#include "analysis/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "analysis/numbers.hpp"
#include "sim/check.hpp"

namespace assay::analysis {
namespace {

constexpr std::array<std::string_view, 6> kNames = {"not tested", "no verdict",  "deterred",
                                                    "pays",       "breaks even", "undecided"};
const Unit kUsd = unit_of("USD");

bool lies_within(const Interval& interval, double limit) {
  return -limit <= interval.low && interval.high <= limit;
}

Verdict decide(const AttackEvidence& attack, const Estimate& gain, double honest_profit_usd) {
  if (attack.bad_leases == 0) return Verdict::NotTested;
  if (attack.gains_usd.size() < kLeastReplications) return Verdict::NoVerdict;
  if (gain.interval->high < 0) return Verdict::Deterred;
  if (gain.interval->low > 0) return Verdict::Pays;
  if (lies_within(*gain.interval, kBreaksEvenWithin * std::abs(honest_profit_usd))) {
    return Verdict::BreaksEven;
  }
  return Verdict::Undecided;
}

/// `17 [13, 21] USD`: the unit follows the bracket, so that it carries all three numbers.
std::string dollars(const Estimate& gain, Sign sign) {
  const auto text = rounded(gain, kUsd, sign);
  return with_unit(fmt::format("{}\u00a0{}", text.value, text.bracket()), kUsd);
}

Estimate negated(const Estimate& gain) {
  return {-gain.value, Interval{-gain.interval->high, -gain.interval->low}};
}

std::string decided_sentence(const AttackEvidence& attack, const Judgement& judgement,
                             const AuditSetting& setting) {
  const bool poorer = judgement.verdict == Verdict::Deterred;
  const Estimate amount = poorer ? negated(judgement.gain_usd) : judgement.gain_usd;
  std::string sentence =
      fmt::format("{} ends {} {} than by staying honest", attack.subject,
                  dollars(amount, Sign::MinusOnly), poorer ? "poorer" : "richer");
  if (setting.honest_profit_usd != 0.0) {
    const double part = std::abs(judgement.gain_usd.value / setting.honest_profit_usd);
    sentence +=
        fmt::format(", {} of an honest {}", with_unit(significant(part * 100, 2), unit_of("share")),
                    setting.honest_profit_usd > 0 ? "profit" : "loss");
  }
  sentence += ".";
  if (poorer && setting.rate == 0.0) sentence += " Audits are off: the loss has another cause.";
  return sentence;
}

/// How many replications would bring the interval off zero if the gain stays where it is; the
/// factor 1.2 leaves room for the chance in both. None where that is more than ten times as many.
std::optional<std::int64_t> replications_to_decide(const Estimate& gain, std::size_t replications) {
  const auto n = static_cast<double>(replications);
  const double needed = 1.2 * n * std::pow(gain.interval->half_width() / gain.value, 2);
  if (!(needed <= 10 * n)) return std::nullopt;  // a gain of exactly zero, too
  return static_cast<std::int64_t>(std::ceil(needed));
}

std::string remedy(const std::optional<std::int64_t>& replications) {
  if (replications) return fmt::format("About {} replications would decide.", count(*replications));
  return "The gain is too near zero for more replications to help; change the scenario instead.";
}

std::string sentence_of(const AttackEvidence& attack, const Judgement& judgement,
                        const AuditSetting& setting) {
  switch (judgement.verdict) {
    case Verdict::NotTested:
      return fmt::format("{} did no bad work: nothing was tested.", attack.subject);
    case Verdict::NoVerdict: {
      const auto n = attack.gains_usd.size();
      if (n == 0) return "The run has no honest twins, so no gain is known.";
      return fmt::format("{} {} cannot carry a verdict; at least {} are needed.", n,
                         n == 1 ? "replication" : "replications", kLeastReplications);
    }
    case Verdict::Deterred:
    case Verdict::Pays:
      return decided_sentence(attack, judgement, setting);
    case Verdict::BreaksEven:
      return fmt::format("{} gains {}, within {} of an honest {} of nothing.", attack.subject,
                         dollars(judgement.gain_usd, Sign::Always), percent_text(kBreaksEvenWithin),
                         setting.honest_profit_usd < 0 ? "loss" : "profit");
    case Verdict::Undecided:
      return fmt::format("{} gains {}: the interval holds zero. {}", attack.subject,
                         dollars(judgement.gain_usd, Sign::Always),
                         remedy(judgement.replications_to_decide));
  }
  SIM_CHECK(false);
}

void add_theory(Judgement& judgement, const Theory& theory, const AuditSetting& setting) {
  if (std::isnan(judgement.gain_usd.value)) return;  // nothing to hold it against
  if (theory.formulas.empty() || (!theory.break_even_rate && !theory.gain_usd)) {
    judgement.theory = "No closed form is known for it.";
    return;
  }
  judgement.theory = fmt::format("Theory ({})", theory.formulas);
  if (theory.break_even_rate) {
    const double rate = *theory.break_even_rate;
    const auto place = rate > 1.0 ? "beyond " + percent_text(1.0)
                                  : "at " + with_unit(significant(rate * 100, 2), unit_of("share"));
    const auto side = setting.rate > rate ? "above" : setting.rate < rate ? "below" : "at";
    judgement.theory += fmt::format(" puts the break-even {}; the {} set is {} it", place,
                                    percent_text(setting.rate), side);
  }
  if (theory.gain_usd && judgement.verdict != Verdict::NotTested) {
    const double predicted = *theory.gain_usd;
    judgement.theory += theory.break_even_rate ? ", and predicts " : " predicts ";
    const auto amount = with_unit(significant(predicted, 2, Sign::Always), kUsd);
    if (!judgement.gain_usd.interval) {
      judgement.theory += amount;
    } else if (judgement.gain_usd.interval->holds(predicted)) {
      judgement.theory += "this gain";
    } else if ((predicted > 0) == (judgement.gain_usd.value > 0)) {
      judgement.theory += amount + ": same sign, other size";
    } else {
      judgement.theory += amount + ": it contradicts the run; look here first";
      judgement.theory_contradicts = true;
    }
  }
  judgement.theory += ".";
}

/// `pays` of one noun, `pay` of several.
std::string agree(std::span<const std::string> nouns, std::string_view singular,
                  std::string_view plural) {
  return fmt::format("{} {}", list_text(nouns), nouns.size() == 1 ? singular : plural);
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  return fmt::format("{}", fmt::join(parts, separator));
}

struct Nouns {
  std::vector<std::string> deterred, paying, even, undecided;
};

/// What follows the first part of a headline: `the ring breaks even; for x this run cannot tell`.
std::vector<std::string> remaining_parts(const Nouns& nouns) {
  std::vector<std::string> parts;
  if (!nouns.even.empty()) parts.push_back(agree(nouns.even, "breaks even", "break even"));
  if (!nouns.undecided.empty()) {
    parts.push_back(fmt::format("for {} this run cannot tell", list_text(nouns.undecided)));
  }
  return parts;
}

std::string unaudited_headline(const Nouns& nouns, std::size_t tested) {
  if (nouns.paying.size() == tested) {
    return fmt::format("Nothing is audited, and {} pays: {}.",
                       tested == 1 ? "the one attack tried" : "every attack tried",
                       list_text(nouns.paying));
  }
  std::vector<std::string> parts;
  if (!nouns.paying.empty()) parts.push_back(agree(nouns.paying, "pays", "pay"));
  if (!nouns.deterred.empty()) {
    parts.push_back(agree(nouns.deterred, "loses", "lose") + " for another reason than audits");
  }
  for (auto& part : remaining_parts(nouns)) parts.push_back(std::move(part));
  return fmt::format("Nothing is audited: {}.", joined(parts, "; "));
}

std::string audited_headline(const Nouns& nouns, std::size_t tested, const std::string& rate) {
  const bool alone = tested == 1;
  if (nouns.deterred.size() == tested) {
    return fmt::format("Auditing {} of tasks deters {}: {}.", rate,
                       alone ? "the one attack tried" : "every attack tried",
                       list_text(nouns.deterred));
  }
  if (nouns.paying.size() == tested) {
    return alone ? fmt::format("Auditing {} of tasks does not deter the one attack tried: {}.",
                               rate, agree(nouns.paying, "pays", "pay"))
                 : fmt::format("Auditing {} of tasks deters none of the attacks tried: {}.", rate,
                               agree(nouns.paying, "pays", "pay"));
  }
  if (nouns.undecided.size() == tested) {
    return fmt::format(
        "Whether auditing {} of tasks deters {}, this run cannot tell.", rate,
        alone ? "the one attack tried, " + nouns.undecided.front() : list_text(nouns.undecided));
  }
  const auto rest = remaining_parts(nouns);
  if (nouns.deterred.empty() && nouns.paying.empty()) {
    return fmt::format("With {} of tasks audited, {}.", rate, joined(rest, "; "));
  }
  std::string text = fmt::format("Auditing {} of tasks ", rate);
  if (nouns.deterred.empty()) {
    text += "does not deter " + list_text(nouns.paying);
  } else {
    text += "deters " + list_text(nouns.deterred);
    if (!nouns.paying.empty()) text += ", but " + agree(nouns.paying, "pays", "pay");
  }
  for (const auto& part : rest) text += "; " + part;
  return text + ".";
}

}  // namespace

std::string_view name_of(Verdict verdict) { return kNames.at(static_cast<std::size_t>(verdict)); }

bool is_decided(Verdict verdict) {
  return verdict == Verdict::Deterred || verdict == Verdict::Pays;
}

std::vector<Judgement> judge(std::span<const AttackEvidence> attacks, const AuditSetting& setting,
                             double alpha) {
  const std::vector<AuditSetting> settings(attacks.size(), setting);
  return judge(attacks, settings, alpha);
}

std::vector<Judgement> judge(std::span<const AttackEvidence> attacks,
                             std::span<const AuditSetting> settings, double alpha) {
  SIM_CHECK(settings.size() == attacks.size());
  std::vector<std::vector<double>> tested;
  for (const auto& attack : attacks) {
    SIM_CHECK(attack.gains_usd.size() == attacks.front().gains_usd.size());
    if (attack.bad_leases > 0 && !attack.gains_usd.empty()) tested.push_back(attack.gains_usd);
  }
  const auto widened = holm_estimates(tested, alpha);

  std::vector<Judgement> judgements;
  std::size_t next = 0;
  for (std::size_t i = 0; i < attacks.size(); ++i) {
    const AttackEvidence& attack = attacks[i];
    const AuditSetting& setting = settings[i];
    Judgement judgement;
    if (attack.gains_usd.empty()) {
      judgement.gain_usd.value = std::numeric_limits<double>::quiet_NaN();
    } else if (attack.bad_leases > 0) {
      judgement.gain_usd = widened[next].estimate;
      judgement.level = widened[next].level;
      ++next;
    } else {
      judgement.gain_usd = mean_estimate(attack.gains_usd, alpha);
    }
    judgement.verdict = decide(attack, judgement.gain_usd, setting.honest_profit_usd);
    if (judgement.verdict == Verdict::Undecided) {
      judgement.replications_to_decide =
          replications_to_decide(judgement.gain_usd, attack.gains_usd.size());
    }
    judgement.sentence = sentence_of(attack, judgement, setting);
    add_theory(judgement, attack.theory, setting);
    judgements.push_back(std::move(judgement));
  }
  return judgements;
}

std::string headline(std::span<const AttackEvidence> attacks, std::span<const Judgement> judgements,
                     const AuditSetting& setting) {
  SIM_CHECK(attacks.size() == judgements.size());
  Nouns nouns;
  std::size_t tested = 0;
  bool too_few = false;
  for (std::size_t i = 0; i < attacks.size(); ++i) {
    const auto& noun = attacks[i].noun;
    switch (judgements[i].verdict) {
      case Verdict::NotTested:
        continue;
      case Verdict::NoVerdict:
        too_few = true;
        break;
      case Verdict::Deterred:
        nouns.deterred.push_back(noun);
        break;
      case Verdict::Pays:
        nouns.paying.push_back(noun);
        break;
      case Verdict::BreaksEven:
        nouns.even.push_back(noun);
        break;
      case Verdict::Undecided:
        nouns.undecided.push_back(noun);
        break;
    }
    ++tested;
  }
  if (tested == 0) {
    return "Nobody attacks in this scenario, so the run says nothing about deterrence.";
  }
  if (attacks.front().gains_usd.empty()) return "Without honest twins this run gives no verdict.";
  if (too_few) return "Too few replications for a verdict.";
  if (setting.rate == 0.0) return unaudited_headline(nouns, tested);
  return audited_headline(nouns, tested, percent_text(setting.rate));
}

bool rests_on_costs(std::string_view noun, std::span<const CostBand> costs) {
  return std::any_of(costs.begin(), costs.end(), [noun](const CostBand& cost) {
    return std::any_of(cost.turns.begin(), cost.turns.end(), [&](const TurningPoint& turn) {
      return turn.noun == noun && cost.low <= turn.factor && turn.factor <= cost.high;
    });
  });
}

std::string band_text(double low, double high) {
  const auto side = [](double factor) {
    return with_unit(shortest(std::round((factor - 1) * 100)), unit_of("share"));
  };
  return fmt::format("{} to {}{}", side(low), high > 1 ? "+" : "", side(high));
}

std::string what_could_turn_it(std::span<const std::string> decided,
                               std::span<const CostBand> costs) {
  if (decided.empty()) return "No verdict is decided, so no cost can turn one.";
  std::vector<std::string> resting;
  std::vector<std::string> firm;
  for (const auto& noun : decided) (rests_on_costs(noun, costs) ? resting : firm).push_back(noun);
  if (resting.empty()) {
    return "No cost: every verdict stands throughout the error band of each.";
  }
  // The cost that turns most verdicts is named, the widest band first among equals.
  const CostBand* named = nullptr;
  std::size_t most = 0;
  std::size_t turning = 0;
  for (const auto& cost : costs) {
    const auto turned = static_cast<std::size_t>(std::count_if(
        resting.begin(), resting.end(),
        [&](const std::string& noun) { return rests_on_costs(noun, std::span(&cost, 1)); }));
    if (turned == 0) continue;
    ++turning;
    if (turned > most || (turned == most && cost.high / cost.low > named->high / named->low)) {
      named = &cost;
      most = turned;
    }
  }
  std::string text =
      fmt::format("The verdict on {} changes within the error band of {} ({})", list_text(resting),
                  named->cost, band_text(named->low, named->high));
  if (turning > 1) {
    text += fmt::format(" and of {} other {}", turning - 1, turning == 2 ? "cost" : "costs");
  }
  text += ".";
  if (!firm.empty()) text += fmt::format(" That on {} does not.", list_text(firm));
  return text;
}

}  // namespace assay::analysis
