#include "analysis/tuning/tune.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "analysis/numbers.hpp"
#include "analysis/range.hpp"
#include "analysis/search/noisy_optimum.hpp"
#include "analysis/tuning/stretch.hpp"
#include "analysis/tuning/tune_sentences.hpp"
#include "analysis/tuning/tune_theory.hpp"
#include "analysis/tuning/worst_case.hpp"

namespace assay::analysis {
namespace {

using Sets = MarketUnderStudy::Sets;

constexpr int kPilotReplications = 4;
constexpr int kCostPoints = 5;
/// How narrow the bracket is by which attacks are chosen.
constexpr double kRough = 0.3;
// Seeds for what must not share its draws with the search.
constexpr std::uint64_t kPilot = 0x70696C6F74;
constexpr std::uint64_t kFresh = 0x6672657368;
constexpr std::uint64_t kRound = 0x726F756E64;

std::string noun_of(const Attack& attack) {
  const std::string noun(protocol::traits_of<protocol::Strategy>(attack.strategy).noun);
  return attack.parameters.empty() ? noun : fmt::format("{} ({})", noun, parameters_text(attack));
}

bool same(const Attack& a, const Attack& b) {
  return a.strategy == b.strategy && parameters_text(a) == parameters_text(b);
}

class Tuner {
 public:
  Tuner(MarketUnderStudy& market, const TuneQuestion& question,
        const std::function<void(const std::string&)>& say)
      : market_(market),
        question_(question),
        say_(say),
        seed_(static_cast<std::uint64_t>(market.at({}).scenario.seed)),
        pilot_(market.reseeded(sim::mix(seed_, kPilot))) {}

  Tuning run() {
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

 private:
  /// Every round has draws of its own, so that what it says does not rest on those that chose its
  /// attacks. Only a round at the precision asked for can be the answer; however many there are,
  /// their chances of error stay below the one stated: 3/4 of it, 3/16, ...
  void begin(int round) {
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

  /// Ends without an answer, for the first reason that is given.
  void give_up(std::string why) {
    tuning_.verdict = TuneVerdict::Undecided;
    tuning_.cost.reset();
    if (why_.empty()) why_ = std::move(why);
  }

  // ---- The question
  // ------------------------------------------------------------------------------

  void prepare() {
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
    for (const std::string& strategy :
         question_.against.empty() ? catalogued_attacks() : question_.against) {
      attacks_.push_back(worst_case(pilot_, middle(), strategy, kPilotReplications));
      say_(fmt::format("worst case at the middle of the range: {}", noun_of(attacks_.back())));
    }
  }

  [[nodiscard]] bool asks_for_attacks() const {
    return std::any_of(question_.constraints.begin(), question_.constraints.end(),
                       [](const TuneConstraint& one) { return one.metric == kAttackGain; });
  }

  [[nodiscard]] Sets sets_at(const Point& x) const {
    Sets sets;
    for (std::size_t i = 0; i < x.size(); ++i) sets.push_back(question_.vary[i].set(x[i]));
    return sets;
  }
  [[nodiscard]] Sets middle() const {
    Point x;
    for (const VariedParameter& varied : question_.vary) {
      const double centre = (varied.low + varied.high) / 2;
      x.push_back(varied.whole ? std::round(centre) : centre);
    }
    return sets_at(x);
  }

  [[nodiscard]] std::size_t parts_of(const ConstraintEvidence& evidence) const {
    return evidence.metric == kAttackGain ? attacks_.size() : 1;
  }
  /// The replications that have the metric.
  std::vector<double> observe(MarketUnderStudy& market, const ConstraintEvidence& evidence,
                              std::size_t part, const Point& x, int n) {
    if (evidence.metric == kAttackGain) {
      return market.attack(sets_at(x), attacks_[part], n).gain_usd;
    }
    return defined(market.honest_metric(sets_at(x), evidence.metric, n));
  }
  /// Whether an attack did anything; other metrics are always there to be seen.
  bool acts(MarketUnderStudy& market, const ConstraintEvidence& evidence, std::size_t part,
            const Point& x, int n) {
    return evidence.metric != kAttackGain || market.attack(sets_at(x), attacks_[part], n).acted();
  }
  Constraint constraint_on(const ConstraintEvidence& evidence) {
    return {parts_of(evidence), evidence.below, evidence.limit,
            [this, &evidence](std::size_t part, double x, int n) {
              return observe(*draws_, evidence, part, {x}, n);
            },
            [this, &evidence](std::size_t part, double x, int n) {
              return acts(*draws_, evidence, part, {x}, n);
            }};
  }
  Estimate cost_at(MarketUnderStudy& market, const Point& x) {
    return within(
        range_of(tuning_.minimise, tuning_.unit),
        defined_estimate(market.honest_metric(sets_at(x), tuning_.minimise, question_.replications),
                         question_.alpha));
  }

  // ---- One parameter: a bracket for each constraint
  // ----------------------------------------------

  void search_one() {
    const VariedParameter& varied = question_.vary.front();
    // Half of the error is for the searches, half for the tests at the answer.
    const double error = alpha_ / 2 / static_cast<double>(std::max<std::size_t>(1, blank_.size()));
    std::vector<Bracket> brackets;
    std::vector<Stretch> feasible{{varied.low, varied.high}};
    for (ConstraintEvidence& evidence : tuning_.constraints) {
      brackets.push_back(search(evidence, varied, error));
      feasible = both(feasible, stretches(brackets.back(), Answer::Holds));
      say_(fmt::format("{}: {}", evidence.text, search_text(evidence, varied)));
    }
    if (feasible.empty()) {
      explain_none(brackets, varied);
      return;
    }
    const auto x = cheapest(feasible, varied);
    if (!x) {
      give_up(fmt::format("no replication has a {}", lower_first(tuning_.title)));
      return;
    }
    answer_ = {*x};
    tuning_.verdict = TuneVerdict::Found;
    for (std::size_t i = 0; i < brackets.size(); ++i) {
      ConstraintEvidence& evidence = tuning_.constraints[i];
      const Tested tested = test_constraint(constraint_on(evidence), *x, error, question_.looks);
      note(evidence, tested, *draws_, answer_);
      if (brackets[i].ending == BracketEnding::HoldsBetween) {
        note_nearest_failure(evidence, brackets[i], *x);
      }
      if (tested.answer == Answer::Holds) continue;
      give_up(tested.answer == Answer::Fails
                  ? fmt::format("{} fails at {}, between values at which it holds", evidence.text,
                                varied.shown(*x))
                  : doubt_text(evidence, tested, varied.shown(*x)));
    }
    if (tuning_.verdict == TuneVerdict::Found) tuning_.cost = cost_at(*draws_, answer_);
  }

  Bracket search(ConstraintEvidence& evidence, const VariedParameter& varied, double error) {
    BracketOptions options;
    options.low = varied.low;
    options.high = varied.high;
    options.alpha = error;
    options.precision = precision_;
    options.grid = varied.whole ? 1.0 : 0.0;
    options.looks = question_.looks;
    const Constraint constraint = constraint_on(evidence);
    Bracket bracket = find_bracket(constraint, options);
    evidence.search = name_of(bracket.ending);
    for (const Tested& step : bracket.steps) {
      const TestedPart& worst = step.parts[step.worst];
      const bool seen = evidence.metric == kAttackGain && !worst.idle;
      evidence.steps.push_back({step.x, std::string(name_of(step.answer)), worst.observations,
                                within(range_of(evidence.metric, evidence.unit), worst.estimate),
                                seen ? noun_of(attacks_[step.worst]) : std::string(),
                                worst.asked - worst.observations});
      remember(evidence, step);
    }
    if (bracket.found()) {
      evidence.fails = bracket.fails;
      evidence.holds = bracket.holds;
    }
    return bracket;
  }

  /// Which attacks a test has seen act.
  void remember(const ConstraintEvidence& evidence, const Tested& tested) {
    if (evidence.metric != kAttackGain) return;
    for (std::size_t p = 0; p < tested.parts.size(); ++p) {
      const TestedPart& part = tested.parts[p];
      // A few equal observations, before another attack decided the test, have shown nothing.
      const bool seen = part.asked > 0 && !part.idle;
      if (seen && (!part.constant || part.answer != Answer::Undecided)) acted_[p] = true;
    }
  }

  /// No value is known to satisfy everything: either the failures cover the range, or nobody knows.
  void explain_none(const std::vector<Bracket>& brackets, const VariedParameter& varied) {
    for (std::size_t i = 0; i < brackets.size(); ++i) {
      const auto& steps = brackets[i].steps;
      note(tuning_.constraints[i],
           *std::max_element(steps.begin(), steps.end(),
                             [&](const Tested& a, const Tested& b) {
                               return distance(tuning_.constraints[i], a) <
                                      distance(tuning_.constraints[i], b);
                             }),
           *draws_, {});
    }
    std::vector<std::size_t> failing(brackets.size());
    std::iota(failing.begin(), failing.end(), std::size_t{0});
    const auto gap = uncovered(failures(brackets, failing), varied);
    if (gap) {
      give_up(why_unknown(brackets, *gap, varied));
      return;
    }
    // As few of them as cover the range together.
    for (std::size_t i = 0; i < failing.size();) {
      std::vector<std::size_t> fewer = failing;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      if (uncovered(failures(brackets, fewer), varied)) {
        ++i;
      } else {
        failing = std::move(fewer);
      }
    }
    tuning_.verdict = TuneVerdict::Infeasible;
    std::vector<std::string> where;
    for (const std::size_t i : failing) {
      tuning_.clash.push_back(tuning_.constraints[i].text);
      where.push_back(failures_text(tuning_.constraints[i].text, brackets[i], varied));
    }
    why_ = fmt::format("{}", fmt::join(where, "; "));
  }

  static std::vector<Stretch> failures(const std::vector<Bracket>& brackets,
                                       const std::vector<std::size_t>& of) {
    std::vector<Stretch> all;
    for (const std::size_t i : of) {
      const auto fails = stretches(brackets[i], Answer::Fails);
      all.insert(all.end(), fails.begin(), fails.end());
    }
    return all;
  }

  std::string why_unknown(const std::vector<Bracket>& brackets, const Stretch& gap,
                          const VariedParameter& varied) {
    for (std::size_t i = 0; i < brackets.size(); ++i) {
      for (const Tested& step : brackets[i].steps) {
        if (step.answer != Answer::Undecided || step.x < gap.low || step.x > gap.high) continue;
        return doubt_text(tuning_.constraints[i], step, varied.shown(step.x));
      }
    }
    return fmt::format("none is known to hold between {} and {}, where not all fail",
                       varied.shown(gap.low), varied.shown(gap.high));
  }

  /// How far the worst mean of a test lies on the good side.
  static double distance(const ConstraintEvidence& evidence, const Tested& tested) {
    const TestedPart& worst = tested.parts[tested.worst];
    if (!worst.estimate.interval) return -std::numeric_limits<double>::infinity();
    const double off = evidence.limit - worst.estimate.value;
    return evidence.below ? off : -off;
  }

  /// Where a constraint holds between failures: the failing place nearest to the answer, and the
  /// holding one next to it.
  static void note_nearest_failure(ConstraintEvidence& evidence, const Bracket& bracket,
                                   double answer) {
    const auto nearest = [&bracket](Answer wanted, double to) {
      std::optional<double> best;
      for (const Tested& step : bracket.steps) {
        if (step.answer != wanted) continue;
        if (!best || std::abs(step.x - to) < std::abs(*best - to)) best = step.x;
      }
      return best;
    };
    evidence.fails = nearest(Answer::Fails, answer);
    evidence.holds = evidence.fails ? nearest(Answer::Holds, *evidence.fails) : std::nullopt;
  }

  /// The cost over the range, and the cheapest of what is feasible: an end of a stretch, or a point
  /// of the curve within one. None where no market of them has a cost.
  std::optional<double> cheapest(const std::vector<Stretch>& feasible,
                                 const VariedParameter& varied) {
    std::vector<double> points;
    for (const Stretch& one : feasible) {
      points.push_back(one.low);
      points.push_back(one.high);
    }
    for (int i = 0; i < kCostPoints; ++i) {
      const double x = varied.low + (varied.high - varied.low) * i / (kCostPoints - 1);
      points.push_back(varied.whole ? std::round(x) : x);
    }
    std::sort(points.begin(), points.end());
    points.erase(std::unique(points.begin(), points.end()), points.end());
    std::optional<double> best;
    double least = std::numeric_limits<double>::infinity();
    for (const double x : points) {
      const Estimate cost = cost_at(*draws_, {x});
      if (std::isnan(cost.value)) continue;
      tuning_.costs.push_back({x, cost});
      const bool holds = std::any_of(feasible.begin(), feasible.end(), [x](const Stretch& one) {
        return one.low <= x && x <= one.high;
      });
      if (!holds || cost.value >= least) continue;
      least = cost.value;
      best = x;
    }
    return best;
  }

  // ---- Several parameters: an optimiser, and fresh tests
  // -----------------------------------------

  void search_several() {
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

  // ---- The evidence
  // ------------------------------------------------------------------------------

  /// `at`: where it was tested, with several parameters.
  void note(ConstraintEvidence& evidence, const Tested& tested, MarketUnderStudy& market,
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

  /// Searches every strategy's worst case again where the answer lies; whether one was found that
  /// is not among those it was tuned against.
  bool worse_attack_at_answer() {
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

  void finish() {
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

  MarketUnderStudy& market_;
  const TuneQuestion& question_;
  const std::function<void(const std::string&)>& say_;
  std::uint64_t seed_;
  MarketUnderStudy pilot_;  ///< its draws choose attacks, and are used for nothing else
  std::vector<Attack> attacks_;
  std::vector<ConstraintEvidence> blank_;  ///< the constraints before anything is known
  std::optional<MarketUnderStudy> draws_;  ///< of this round
  std::vector<bool> acted_;  ///< by attack: whether a test of this round saw it do anything
  Point answer_;
  std::string why_;         ///< there is no answer
  double precision_ = 0.0;  ///< of this round
  double alpha_ = 0.0;      ///< the chance that it errs
  int full_rounds_ = 0;     ///< rounds so far at the precision asked for
  std::int64_t runs_ = 0;
  Tuning tuning_;
};

}  // namespace

std::string_view name_of(TuneVerdict verdict) {
  static constexpr std::array<std::string_view, 3> kNames = {"found", "infeasible", "undecided"};
  return kNames.at(static_cast<std::size_t>(verdict));
}

Tuning tune(MarketUnderStudy& market, const TuneQuestion& question,
            const std::function<void(const std::string&)>& say) {
  SIM_CHECK(!question.vary.empty());
  return Tuner(market, question, say).run();
}

}  // namespace assay::analysis
