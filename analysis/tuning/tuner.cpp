#include "analysis/tuning/tuner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "analysis/numbers.hpp"
#include "analysis/range.hpp"
#include "analysis/tuning/tune_sentences.hpp"
#include "analysis/tuning/tune_theory.hpp"

namespace assay::analysis {
namespace {

constexpr int kPilotReplications = 4;
/// How narrow the bracket is by which attacks are chosen.
constexpr double kRough = 0.3;
// Seeds for what must not share its draws with the search.
constexpr std::uint64_t kPilot = 0x70696C6F74;
constexpr std::uint64_t kFresh = 0x6672657368;
constexpr std::uint64_t kRound = 0x726F756E64;

bool same(const Attack& a, const Attack& b) {
  return a.strategy == b.strategy && parameters_text(a) == parameters_text(b);
}

}  // namespace

std::string noun_of(const Attack& attack) {
  const std::string noun(protocol::traits_of<protocol::Strategy>(attack.strategy).noun);
  return attack.parameters.empty() ? noun : fmt::format("{} ({})", noun, parameters_text(attack));
}

Tuner::Tuner(MarketUnderStudy& market, const TuneQuestion& question,
             const std::function<void(const std::string&)>& say)
    : market_(market),
      question_(question),
      say_(say),
      seed_(static_cast<std::uint64_t>(market.at({}).scenario.seed)),
      pilot_(market.reseeded(sim::mix(seed_, kPilot))) {}

Tuning Tuner::run() {
  prepare();
  const bool one = question_.vary.size() == 1;
  // Roughly first: where the answer lies decides which attacks are worst.
  precision_ = one ? std::max(kRough, question_.precision) : question_.precision;
  bool settled = false;
  for (int round = 0; round < question_.rounds && !settled; ++round) {
    begin(round);
    one ? search_one() : search_several();
    if (tuning_.verdict == TuneVerdict::Found && worse_attack_at_answer()) continue;
    settled = precision_ == question_.precision;
    precision_ = question_.precision;
  }
  if (!settled) {
    why_.clear();
    give_up(fmt::format("{} searches did not settle it, worse attacks kept showing at the answer",
                        question_.rounds));
  }
  finish();
  return std::move(tuning_);
}

void Tuner::begin(int round) {
  if (draws_) runs_ += draws_->runs();
  const bool full = precision_ == question_.precision;
  draws_.emplace(
      full && full_rounds_ == 0
          ? market_
          : market_.reseeded(sim::mix(seed_, kRound, static_cast<std::uint64_t>(round))));
  alpha_ = question_.alpha;
  if (full) {
    alpha_ *= 0.75 * std::pow(0.25, full_rounds_);
    ++full_rounds_;
  }
  tuning_.verdict = TuneVerdict::Undecided;
  tuning_.constraints = blank_;
  tuning_.clash.clear();
  tuning_.costs.clear();
  tuning_.cost.reset();
  answer_.clear();
  why_.clear();
  acted_.assign(attacks_.size(), false);
}

void Tuner::give_up(std::string why) {
  tuning_.verdict = TuneVerdict::Undecided;
  tuning_.cost.reset();
  if (why_.empty()) why_ = std::move(why);
}

void Tuner::prepare() {
  const protocol::LoadedScenario& loaded = market_.at(middle());
  tuning_.facts = study_facts(loaded);
  tuning_.confidence = 1.0 - question_.alpha;
  tuning_.share = market_.deviation().share.as_double();
  const auto known = market_.honest_metrics(middle());
  const Metric cost = find_metric(known, question_.minimise, "--minimise");
  tuning_.minimise = cost.name;
  tuning_.title = cost.title;
  tuning_.unit = cost.unit;
  for (const TuneConstraint& asked : question_.constraints) {
    ConstraintEvidence evidence;
    evidence.text = asked.text;
    evidence.below = asked.below;
    evidence.limit = asked.limit;
    if (asked.metric == kAttackGain) {
      evidence.metric = kAttackGain;
      evidence.unit = "USD";
    } else {
      const Metric metric = find_metric(known, asked.metric, "--subject-to", kAttackGain);
      evidence.metric = metric.name;
      evidence.unit = metric.unit;
    }
    blank_.push_back(std::move(evidence));
  }
  if (!asks_for_attacks()) return;
  const std::vector<std::string> strategies =
      question_.against.empty() ? playable_attacks(market_, middle(), tuning_.left_out)
                                : question_.against;
  for (const std::string& text : left_out_texts(tuning_.left_out)) {
    say_(fmt::format("left out, because this market cannot play it: {}", text));
  }
  for (const std::string& strategy : strategies) {
    attacks_.push_back(worst_case(pilot_, middle(), strategy, kPilotReplications));
    say_(fmt::format("worst case at the middle of the range: {}", noun_of(attacks_.back())));
  }
}

bool Tuner::asks_for_attacks() const {
  return std::any_of(question_.constraints.begin(), question_.constraints.end(),
                     [](const TuneConstraint& one) { return one.metric == kAttackGain; });
}

MarketUnderStudy::Sets Tuner::sets_at(const Point& x) const {
  MarketUnderStudy::Sets sets;
  for (std::size_t i = 0; i < x.size(); ++i) sets.push_back(question_.vary[i].set(x[i]));
  return sets;
}

MarketUnderStudy::Sets Tuner::middle() const {
  Point x;
  for (const VariedParameter& varied : question_.vary) {
    const double centre = (varied.low + varied.high) / 2;
    x.push_back(varied.whole ? std::round(centre) : centre);
  }
  return sets_at(x);
}

std::size_t Tuner::parts_of(const ConstraintEvidence& evidence) const {
  return evidence.metric == kAttackGain ? attacks_.size() : 1;
}

std::vector<double> Tuner::observe(MarketUnderStudy& market, const ConstraintEvidence& evidence,
                                   std::size_t part, const Point& x, int n) {
  if (evidence.metric == kAttackGain) {
    return market.attack(sets_at(x), attacks_[part], n).gain_usd;
  }
  return defined(market.honest_metric(sets_at(x), evidence.metric, n));
}

bool Tuner::acts(MarketUnderStudy& market, const ConstraintEvidence& evidence, std::size_t part,
                 const Point& x, int n) {
  return evidence.metric != kAttackGain || market.attack(sets_at(x), attacks_[part], n).acted();
}

Constraint Tuner::constraint_on(const ConstraintEvidence& evidence) {
  return {parts_of(evidence), evidence.below, evidence.limit,
          [this, &evidence](std::size_t part, double x, int n) {
            return observe(*draws_, evidence, part, {x}, n);
          },
          [this, &evidence](std::size_t part, double x, int n) {
            return acts(*draws_, evidence, part, {x}, n);
          }};
}

Estimate Tuner::cost_at(MarketUnderStudy& market, const Point& x) {
  return within(
      range_of(tuning_.minimise, tuning_.unit),
      defined_estimate(market.honest_metric(sets_at(x), tuning_.minimise, question_.replications),
                       question_.alpha));
}

void Tuner::remember(const ConstraintEvidence& evidence, const Tested& tested) {
  if (evidence.metric != kAttackGain) return;
  for (std::size_t p = 0; p < tested.parts.size(); ++p) {
    const TestedPart& part = tested.parts[p];
    // A few equal observations, before another attack decided the test, have shown nothing.
    const bool seen = part.asked > 0 && !part.idle;
    if (seen && (!part.constant || part.answer != Answer::Undecided)) acted_[p] = true;
  }
}

double Tuner::distance(const ConstraintEvidence& evidence, const Tested& tested) {
  const TestedPart& worst = tested.parts[tested.worst];
  if (!worst.estimate.interval) return -std::numeric_limits<double>::infinity();
  const double off = evidence.limit - worst.estimate.value;
  return evidence.below ? off : -off;
}

void Tuner::search_several() {
  MarketUnderStudy fresh =
      draws_->reseeded(sim::mix(seed_, kFresh, static_cast<std::uint64_t>(full_rounds_)));
  NoisyProblem problem;
  for (const VariedParameter& varied : question_.vary) {
    problem.box.push_back({varied.low, varied.high, varied.whole});
  }
  problem.cost = [&](std::size_t, const Point& x, int n, bool) {
    return defined(draws_->honest_metric(sets_at(x), tuning_.minimise, n));
  };
  for (const ConstraintEvidence& evidence : tuning_.constraints) {
    problem.limits.push_back({parts_of(evidence), evidence.below, evidence.limit,
                              [&](std::size_t part, const Point& x, int n, bool anew) {
                                return observe(anew ? fresh : *draws_, evidence, part, x, n);
                              },
                              [&](std::size_t part, const Point& x, int n, bool anew) {
                                return acts(anew ? fresh : *draws_, evidence, part, x, n);
                              }});
  }
  OptimumOptions options;
  options.alpha = alpha_;
  options.evaluations = question_.evaluations;
  options.replications = question_.replications;
  options.looks = question_.looks;
  const Optimum optimum = find_cheapest(problem, options);
  answer_ = optimum.x;
  for (std::size_t i = 0; i < optimum.limits.size(); ++i) {
    note(tuning_.constraints[i], optimum.limits[i], fresh, answer_);
    remember(tuning_.constraints[i], optimum.limits[i]);
  }
  if (optimum.found) {
    tuning_.verdict = TuneVerdict::Found;
    tuning_.cost = cost_at(fresh, answer_);
  } else {
    give_up(
        fmt::format("none of the {} points tried does for certain, which does not say that "
                    "no other would",
                    optimum.evaluated));
  }
  runs_ += fresh.runs();
  say_(fmt::format("{} points tried", optimum.evaluated));
}

void Tuner::note(ConstraintEvidence& evidence, const Tested& tested, MarketUnderStudy& market,
                 const Point& at) {
  const TestedPart& worst = tested.parts[tested.worst];
  evidence.answer = name_of(tested.answer);
  evidence.estimate = within(range_of(evidence.metric, evidence.unit), worst.estimate);
  evidence.replications = worst.observations;
  evidence.left_out = worst.asked - worst.observations;
  if (evidence.metric == kAttackGain && !worst.idle) {
    evidence.worst = noun_of(attacks_[tested.worst]);
  }
  if (!worst.estimate.interval) return;
  const auto sample =
      observe(market, evidence, tested.worst, at.empty() ? Point{tested.x} : at, worst.asked);
  const double error = standard_error(sample);
  const double off = distance(evidence, tested);
  constexpr double kCertain = 100.0;  // no spread, or next to none
  evidence.distance_se =
      error > 0.0 ? std::clamp(off / error, -kCertain, kCertain) : std::copysign(kCertain, off);
}

bool Tuner::worse_attack_at_answer() {
  bool found = false;
  std::vector<std::string> strategies;
  for (const Attack& attack : attacks_) {
    if (std::find(strategies.begin(), strategies.end(), attack.strategy) == strategies.end()) {
      strategies.push_back(attack.strategy);
    }
  }
  for (const std::string& strategy : strategies) {
    const Attack worst = worst_case(pilot_, sets_at(answer_), strategy, kPilotReplications);
    const bool known = std::any_of(attacks_.begin(), attacks_.end(),
                                   [&](const Attack& one) { return same(one, worst); });
    if (known) continue;
    say_(fmt::format("worse at the answer: {}; the search goes on with it", noun_of(worst)));
    attacks_.push_back(worst);
    found = true;
  }
  return found;
}

void Tuner::finish() {
  for (std::size_t i = 0; i < question_.vary.size(); ++i) {
    const VariedParameter& varied = question_.vary[i];
    tuning_.parameters.push_back(
        {varied.key, varied.unit, varied.low, varied.high, std::nullopt, ""});
    if (tuning_.verdict != TuneVerdict::Found) continue;
    tuning_.parameters.back().value = answer_[i];
    tuning_.parameters.back().text = varied.text(answer_[i]);
  }
  for (std::size_t i = 0; i < attacks_.size(); ++i) {
    const Attack& attack = attacks_[i];
    tuning_.attacks.push_back(
        {attack.strategy,
         std::string(protocol::traits_of<protocol::Strategy>(attack.strategy).noun),
         parameters_text(attack), i >= acted_.size() || acted_[i]});
  }
  if (question_.vary.size() == 1 && !attacks_.empty()) {
    const auto gain = std::find_if(tuning_.constraints.begin(), tuning_.constraints.end(),
                                   [](const auto& one) { return one.metric == kAttackGain; });
    tuning_.theory =
        theory_of(*draws_, question_.vary.front(), attacks_, *gain, question_.replications);
  }
  if (tuning_.verdict == TuneVerdict::Found) {
    tuning_.scenario = market_.at(sets_at(answer_)).effective_yaml;
    tuning_.breaks_first = breaks_first_text(tuning_, question_, answer_);
  }
  std::stable_sort(tuning_.constraints.begin(), tuning_.constraints.end(),
                   [](const auto& a, const auto& b) { return a.distance_se < b.distance_se; });
  tuning_.headline = headline_text(tuning_, question_, why_);
  tuning_.facts.seed = seed_;
  tuning_.facts.replications = question_.looks.most;
  tuning_.facts.runs = draws_->runs() + pilot_.runs() + runs_;
}

}  // namespace assay::analysis
