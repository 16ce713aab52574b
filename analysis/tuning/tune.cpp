#include "analysis/tuning/tune.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "analysis/campaign/run_plan.hpp"
#include "analysis/numbers.hpp"
#include "analysis/search/noisy_optimum.hpp"
#include "analysis/tuning/tune_theory.hpp"
#include "analysis/tuning/worst_case.hpp"

namespace assay::analysis {
namespace {

using Sets = MarketUnderStudy::Sets;

constexpr int kPilotReplications = 4;
constexpr int kCostPoints = 5;
/// So often a worse attack at the answer sends the search back.
constexpr int kRounds = 5;
/// How narrow the bracket is by which attacks are chosen.
constexpr double kRough = 0.3;
// Seeds for what must not share its draws with the search.
constexpr std::uint64_t kPilot = 0x70696C6F74;
constexpr std::uint64_t kFresh = 0x6672657368;

std::string noun_of(const Attack& attack) {
  const std::string noun(protocol::traits_of<protocol::Strategy>(attack.strategy).noun);
  return attack.parameters.empty() ? noun : fmt::format("{} ({})", noun, parameters_text(attack));
}

bool same(const Attack& a, const Attack& b) {
  return a.strategy == b.strategy && parameters_text(a) == parameters_text(b);
}

/// The values of one parameter at which a constraint is taken to hold.
struct Feasible {
  double low = 0.0;
  double high = 0.0;
  bool some = true;   ///< false: none is known
  bool known = true;  ///< false: the search could not tell
};

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
    for (int round = 0; round < kRounds; ++round) {
      one ? search_one() : search_several();
      if (tuning_.verdict == TuneVerdict::Found && worse_attack_at_answer()) continue;
      if (precision_ == question_.precision) break;
      precision_ = question_.precision;
    }
    finish();
    return std::move(tuning_);
  }

 private:
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
  std::vector<double> observe(MarketUnderStudy& market, const ConstraintEvidence& evidence,
                              std::size_t part, const Point& x, int n) {
    if (evidence.metric == kAttackGain) {
      return market.attack(sets_at(x), attacks_[part], n).gain_usd;
    }
    return market.honest_metric(sets_at(x), evidence.metric, n);
  }
  Estimate cost_at(MarketUnderStudy& market, const Point& x) {
    return mean_estimate(market.honest_metric(sets_at(x), tuning_.minimise, question_.replications),
                         question_.alpha);
  }

  // ---- One parameter: a bracket for each constraint
  // ----------------------------------------------

  void search_one() {
    tuning_.constraints = blank_;
    tuning_.clash.clear();
    tuning_.costs.clear();
    const VariedParameter& varied = question_.vary.front();
    // Half of the error is for the searches, half for the tests at the answer.
    const double error =
        question_.alpha / 2 / static_cast<double>(std::max<std::size_t>(1, blank_.size()));
    std::vector<Feasible> feasible;
    for (ConstraintEvidence& evidence : tuning_.constraints) {
      feasible.push_back(search(evidence, varied, error));
      say_(fmt::format("{}: {}", evidence.text, search_text(evidence, varied)));
    }
    const Feasible all = intersection(feasible, varied);
    if (!all.some || !all.known) return;
    const double x = cheapest(all, varied);
    answer_ = {x};
    tuning_.verdict = TuneVerdict::Found;
    for (ConstraintEvidence& evidence : tuning_.constraints) {
      const Constraint constraint{parts_of(evidence), evidence.below, evidence.limit,
                                  [&](std::size_t part, double at, int n) {
                                    return observe(market_, evidence, part, {at}, n);
                                  }};
      note(evidence, test_constraint(constraint, x, error, question_.looks));
      if (evidence.answer != name_of(Answer::Holds)) tuning_.verdict = TuneVerdict::Undecided;
    }
    tuning_.cost = cost_at(market_, answer_);
  }

  Feasible search(ConstraintEvidence& evidence, const VariedParameter& varied, double error) {
    const Constraint constraint{parts_of(evidence), evidence.below, evidence.limit,
                                [&](std::size_t part, double x, int n) {
                                  return observe(market_, evidence, part, {x}, n);
                                }};
    BracketOptions options;
    options.low = varied.low;
    options.high = varied.high;
    options.alpha = error;
    options.precision = precision_;
    options.grid = varied.whole ? 1.0 : 0.0;
    options.looks = question_.looks;
    const Bracket bracket = find_bracket(constraint, options);
    evidence.search = name_of(bracket.ending);
    for (const Tested& step : bracket.steps) {
      const TestedPart& worst = step.parts[step.worst];
      evidence.steps.push_back(
          {step.x, std::string(name_of(step.answer)), worst.observations, worst.estimate,
           evidence.metric == kAttackGain ? noun_of(attacks_[step.worst]) : std::string()});
    }
    switch (bracket.ending) {
      case BracketEnding::HoldsEverywhere:
        return {varied.low, varied.high};
      case BracketEnding::FailsEverywhere:
        note(evidence, *std::max_element(bracket.steps.begin(), bracket.steps.end(),
                                         [&](const Tested& a, const Tested& b) {
                                           return distance(evidence, a) < distance(evidence, b);
                                         }));
        return {0.0, 0.0, false};
      case BracketEnding::Precise:
      case BracketEnding::Undecided:
        evidence.fails = bracket.fails;
        evidence.holds = bracket.holds;
        if (bracket.holds > bracket.fails) return {bracket.holds, varied.high};
        return {varied.low, bracket.holds};
      case BracketEnding::EndUndecided:
      case BracketEnding::WrongWay:
        break;
    }
    // One end cannot be told. The other is all that is known to hold, if it does.
    for (const Tested& step : bracket.steps) {
      if (step.answer == Answer::Holds) return {step.x, step.x};
    }
    note(evidence, bracket.steps.back());
    return {0.0, 0.0, true, false};
  }

  /// How far the worst mean of a test lies on the good side.
  static double distance(const ConstraintEvidence& evidence, const Tested& tested) {
    const double off = evidence.limit - tested.parts[tested.worst].estimate.value;
    return evidence.below ? off : -off;
  }

  Feasible intersection(const std::vector<Feasible>& feasible, const VariedParameter& varied) {
    Feasible all{varied.low, varied.high};
    std::size_t from = feasible.size();  // the constraints that bound it
    std::size_t to = feasible.size();
    for (std::size_t i = 0; i < feasible.size(); ++i) {
      const ConstraintEvidence& evidence = tuning_.constraints[i];
      if (!feasible[i].known) all.known = false;
      if (!feasible[i].some) {
        all.some = false;
        tuning_.clash.push_back(evidence.text);
      }
      if (!feasible[i].some || !feasible[i].known) continue;
      if (feasible[i].low > all.low) {
        all.low = feasible[i].low;
        from = i;
      }
      if (feasible[i].high < all.high) {
        all.high = feasible[i].high;
        to = i;
      }
    }
    if (all.some && all.low > all.high) {
      all.some = false;
      for (const std::size_t i : {from, to}) {
        if (i < feasible.size()) tuning_.clash.push_back(tuning_.constraints[i].text);
      }
    }
    tuning_.verdict = !all.some ? TuneVerdict::Infeasible : TuneVerdict::Undecided;
    return all;
  }

  /// The cost over the range, and the cheapest of what is feasible: an end of it, or a point of the
  /// curve where the cost has its least between them.
  double cheapest(const Feasible& all, const VariedParameter& varied) {
    std::vector<double> points{all.low, all.high};
    for (int i = 0; i < kCostPoints; ++i) {
      const double x = varied.low + (varied.high - varied.low) * i / (kCostPoints - 1);
      points.push_back(varied.whole ? std::round(x) : x);
    }
    std::sort(points.begin(), points.end());
    points.erase(std::unique(points.begin(), points.end()), points.end());
    double best = all.low;
    double least = std::numeric_limits<double>::infinity();
    for (const double x : points) {
      const Estimate cost = cost_at(market_, {x});
      tuning_.costs.push_back({x, cost});
      if (x < all.low || x > all.high || cost.value >= least) continue;
      least = cost.value;
      best = x;
    }
    return best;
  }

  // ---- Several parameters: an optimiser, and fresh tests
  // -----------------------------------------

  void search_several() {
    tuning_.constraints = blank_;
    MarketUnderStudy fresh = market_.reseeded(sim::mix(seed_, kFresh));
    NoisyProblem problem;
    for (const VariedParameter& varied : question_.vary) {
      problem.box.push_back({varied.low, varied.high, varied.whole});
    }
    problem.cost = [&](std::size_t, const Point& x, int n, bool) {
      return market_.honest_metric(sets_at(x), tuning_.minimise, n);
    };
    for (const ConstraintEvidence& evidence : tuning_.constraints) {
      problem.limits.push_back({parts_of(evidence), evidence.below, evidence.limit,
                                [&](std::size_t part, const Point& x, int n, bool anew) {
                                  return observe(anew ? fresh : market_, evidence, part, x, n);
                                }});
    }
    OptimumOptions options;
    options.alpha = question_.alpha;
    options.evaluations = question_.evaluations;
    options.replications = question_.replications;
    options.looks = question_.looks;
    const Optimum optimum = find_cheapest(problem, options);
    answer_ = optimum.x;
    runs_ += fresh.runs();
    bool fails = false;
    for (std::size_t i = 0; i < tuning_.constraints.size(); ++i) {
      note(tuning_.constraints[i], optimum.limits[i]);
      if (optimum.limits[i].answer != Answer::Fails) continue;
      fails = true;
      tuning_.clash.push_back(tuning_.constraints[i].text);
    }
    tuning_.verdict = optimum.found ? TuneVerdict::Found
                      : fails       ? TuneVerdict::Infeasible
                                    : TuneVerdict::Undecided;
    if (optimum.found) {
      tuning_.cost = cost_at(fresh, answer_);
      runs_ += question_.replications;
    }
    say_(fmt::format("{} points tried", optimum.evaluated));
  }

  // ---- The evidence
  // ------------------------------------------------------------------------------

  void note(ConstraintEvidence& evidence, const Tested& tested) {
    const TestedPart& worst = tested.parts[tested.worst];
    evidence.answer = name_of(tested.answer);
    evidence.estimate = worst.estimate;
    evidence.replications = worst.observations;
    if (evidence.metric == kAttackGain) evidence.worst = noun_of(attacks_[tested.worst]);
    const auto sample = observe(market_, evidence, tested.worst, answer_or(tested.x),
                                std::max(2, worst.observations));
    const double error = standard_error(sample);
    const double off = distance(evidence, tested);
    constexpr double kCertain = 100.0;  // no spread, or next to none
    evidence.distance_se =
        error > 0.0 ? std::clamp(off / error, -kCertain, kCertain) : std::copysign(kCertain, off);
  }
  [[nodiscard]] Point answer_or(double x) const {
    return question_.vary.size() == 1 ? Point{x} : answer_;
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
    for (const Attack& attack : attacks_) {
      tuning_.attacks.push_back(
          {attack.strategy,
           std::string(protocol::traits_of<protocol::Strategy>(attack.strategy).noun),
           parameters_text(attack)});
    }
    if (question_.vary.size() == 1 && !attacks_.empty()) {
      const auto gain = std::find_if(tuning_.constraints.begin(), tuning_.constraints.end(),
                                     [](const auto& one) { return one.metric == kAttackGain; });
      tuning_.theory =
          theory_of(market_, question_.vary.front(), attacks_, *gain, question_.replications);
    }
    if (tuning_.verdict == TuneVerdict::Found) {
      tuning_.scenario = market_.at(sets_at(answer_)).effective_yaml;
      tuning_.breaks_first = breaks_first();
    }
    std::stable_sort(tuning_.constraints.begin(), tuning_.constraints.end(),
                     [](const auto& a, const auto& b) { return a.distance_se < b.distance_se; });
    tuning_.headline = headline();
    tuning_.facts.seed = seed_;
    tuning_.facts.replications = question_.looks.most;
    tuning_.facts.runs = market_.runs() + pilot_.runs() + runs_;
  }

  [[nodiscard]] std::string breaks_first() const {
    if (tuning_.constraints.empty()) return "";
    // In units of the parameter where a search has found the place, else in standard errors.
    const ConstraintEvidence* nearest = nullptr;
    for (const ConstraintEvidence& evidence : tuning_.constraints) {
      if (!evidence.fails) continue;
      if (nearest == nullptr || std::abs(*evidence.fails - answer_.front()) <
                                    std::abs(*nearest->fails - answer_.front())) {
        nearest = &evidence;
      }
    }
    if (nearest != nullptr) {
      const VariedParameter& varied = question_.vary.front();
      const double way = (*nearest->fails - answer_.front()) / answer_.front();
      return fmt::format("{} breaks first: it is known to fail at {}, {} {} the answer.",
                         nearest->text, varied.shown(*nearest->fails), percent_text(std::abs(way)),
                         way < 0 ? "below" : "above");
    }
    const auto tightest = std::min_element(
        tuning_.constraints.begin(), tuning_.constraints.end(),
        [](const auto& a, const auto& b) { return a.distance_se < b.distance_se; });
    return fmt::format("{} breaks first: it stands {} standard errors from its limit.",
                       tightest->text, shortest(tightest->distance_se, 2));
  }

  [[nodiscard]] std::string search_text(const ConstraintEvidence& evidence,
                                        const VariedParameter& varied) const {
    if (!evidence.holds) return evidence.search;
    return fmt::format("holds at {}, fails at {}", varied.shown(*evidence.holds),
                       varied.shown(*evidence.fails));
  }

  [[nodiscard]] std::string headline() const {
    std::vector<std::string> asked;
    for (const ConstraintEvidence& evidence : blank_) asked.push_back(evidence.text);
    std::vector<std::string> values;
    for (std::size_t i = 0; i < tuning_.parameters.size(); ++i) {
      const TunedParameter& one = tuning_.parameters[i];
      if (one.value) {
        values.push_back(fmt::format("{} = {}", one.key, question_.vary[i].shown(*one.value)));
      }
    }
    std::vector<std::string> ranges;
    for (const VariedParameter& one : question_.vary) {
      ranges.push_back(
          fmt::format("{} from {} to {}", one.key, one.shown(one.low), one.shown(one.high)));
    }
    switch (tuning_.verdict) {
      case TuneVerdict::Found:
        return fmt::format("{} is the cheapest that keeps {}: {} {}, with {} confidence.",
                           list_text(values), list_text(asked), lower_first(tuning_.title),
                           estimate_text(*tuning_.cost, unit_of(tuning_.unit)),
                           percent_text(tuning_.confidence));
      case TuneVerdict::Infeasible:
        return fmt::format("No {} keeps {}.", list_text(ranges), list_text(tuning_.clash));
      case TuneVerdict::Undecided:
        break;
    }
    return fmt::format(
        "This search cannot tell which {} keeps {}: differences stay within their "
        "noise after {} replications.",
        list_text(ranges), list_text(asked), question_.looks.most);
  }

  static std::string lower_first(std::string text) {
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z')
      text[0] = static_cast<char>(text[0] + 32);
    return text;
  }

  MarketUnderStudy& market_;
  const TuneQuestion& question_;
  const std::function<void(const std::string&)>& say_;
  std::uint64_t seed_;
  MarketUnderStudy pilot_;  ///< its draws choose attacks, and are used for nothing else
  std::vector<Attack> attacks_;
  std::vector<ConstraintEvidence> blank_;  ///< the constraints before anything is known
  Point answer_;
  double precision_ = 0.0;  ///< of this round
  std::int64_t runs_ = 0;
  Tuning tuning_;
};

}  // namespace

std::string_view name_of(TuneVerdict verdict) {
  static constexpr std::array<std::string_view, 3> kNames = {"found", "infeasible", "undecided"};
  return kNames.at(static_cast<std::size_t>(verdict));
}

void check_question(const std::filesystem::path& scenario, const Sets& sets,
                    const Deviation& deviation, const TuneQuestion& question) {
  const auto with = [&](const std::string& set) {
    Sets all = sets;
    all.push_back(set);
    return protocol::load_scenario(scenario, std::span<const std::string>(all));
  };
  protocol::Complaints complaints;
  for (const VariedParameter& varied : question.vary) {
    for (const double end : {varied.low, varied.high}) {
      try {
        (void)with(varied.set(end));
      } catch (const protocol::ConfigError& error) {
        for (protocol::Complaint complaint : error.complaints()) {
          complaints.add({"", 0, 0, "--vary: " + complaint.text});
        }
      }
    }
  }
  complaints.throw_if_any();
  const auto loaded = protocol::load_scenario(scenario, std::span<const std::string>(sets));
  for (const std::string& strategy : question.against) {
    (void)honest_pair(loaded.scenario, {strategy, {}}, deviation);
  }
  const auto known = metrics_of(honest_pair(loaded.scenario, {"lazy", {}}, deviation));
  (void)find_metric(known, question.minimise, "--minimise");
  for (const TuneConstraint& asked : question.constraints) {
    if (asked.metric != kAttackGain) {
      (void)find_metric(known, asked.metric, "--subject-to", kAttackGain);
    }
  }
}

Tuning tune(MarketUnderStudy& market, const TuneQuestion& question,
            const std::function<void(const std::string&)>& say) {
  SIM_CHECK(!question.vary.empty());
  return Tuner(market, question, say).run();
}

}  // namespace assay::analysis
