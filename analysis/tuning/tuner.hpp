#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/search/bracket.hpp"
#include "analysis/search/noisy_optimum.hpp"
#include "analysis/tuning/stretch.hpp"
#include "analysis/tuning/tune.hpp"
#include "analysis/tuning/worst_case.hpp"

namespace assay::analysis {

/// An attack as people read of it: its noun, and its parameters where it has some.
[[nodiscard]] std::string noun_of(const Attack& attack);

/// The search behind `tune`: rounds, each with draws of its own, until no worse attack shows at the
/// answer.
class Tuner {
 public:
  /// All must outlive the tuner.
  Tuner(MarketUnderStudy& market, const TuneQuestion& question,
        const std::function<void(const std::string&)>& say);
  /// Searches; to be called once.
  [[nodiscard]] Tuning run();

 private:
  /// Every round has draws of its own, so that what it says does not rest on those that chose its
  /// attacks. Only a round at the precision asked for can be the answer; however many there are,
  /// their chances of error stay below the one stated: 3/4 of it, 3/16, ...
  void begin(int round);
  /// Ends without an answer, for the first reason that is given.
  void give_up(std::string why);

  // The question.
  void prepare();
  [[nodiscard]] bool asks_for_attacks() const;
  [[nodiscard]] MarketUnderStudy::Sets sets_at(const Point& x) const;
  [[nodiscard]] MarketUnderStudy::Sets middle() const;
  [[nodiscard]] std::size_t parts_of(const ConstraintEvidence& evidence) const;
  /// The replications that have the metric.
  std::vector<double> observe(MarketUnderStudy& market, const ConstraintEvidence& evidence,
                              std::size_t part, const Point& x, int n);
  /// Whether an attack did anything; other metrics are always there to be seen.
  bool acts(MarketUnderStudy& market, const ConstraintEvidence& evidence, std::size_t part,
            const Point& x, int n);
  Constraint constraint_on(const ConstraintEvidence& evidence);
  Estimate cost_at(MarketUnderStudy& market, const Point& x);

  // One parameter: a bracket for each constraint.
  void search_one();
  Bracket search(ConstraintEvidence& evidence, const VariedParameter& varied, double error);
  /// Which attacks a test has seen act.
  void remember(const ConstraintEvidence& evidence, const Tested& tested);
  /// No value is known to satisfy everything: either the failures cover the range, or nobody knows.
  void explain_none(const std::vector<Bracket>& brackets, const VariedParameter& varied);
  static std::vector<Stretch> failures(const std::vector<Bracket>& brackets,
                                       const std::vector<std::size_t>& of);
  std::string why_unknown(const std::vector<Bracket>& brackets, const Stretch& gap,
                          const VariedParameter& varied);
  /// How far the worst mean of a test lies on the good side.
  static double distance(const ConstraintEvidence& evidence, const Tested& tested);
  /// Where a constraint holds between failures: the failing place nearest to the answer, and the
  /// holding one next to it.
  static void note_nearest_failure(ConstraintEvidence& evidence, const Bracket& bracket,
                                   double answer);
  /// The cost over the range, and the cheapest of what is feasible: an end of a stretch, or a point
  /// of the curve within one. None where no market of them has a cost.
  std::optional<double> cheapest(const std::vector<Stretch>& feasible,
                                 const VariedParameter& varied);

  // Several parameters: an optimiser, and fresh tests.
  void search_several();

  // The evidence.
  /// `at`: where it was tested, with several parameters.
  void note(ConstraintEvidence& evidence, const Tested& tested, MarketUnderStudy& market,
            const Point& at);
  /// Searches every strategy's worst case again where the answer lies; whether one was found that
  /// is not among those it was tuned against.
  bool worse_attack_at_answer();
  void finish();

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

}  // namespace assay::analysis
