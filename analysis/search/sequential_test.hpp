#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "analysis/statistics.hpp"

/// Is a mean below its limit? Asked of simulations, which are dear: a few observations decide where
/// the answer is clear, more are taken where it is not, and the chance of a wrong answer stays what
/// was stated however often one looked.
namespace assay::analysis {

/// The first `n` observations of one part of a constraint at parameter value `x`; fewer where some
/// of them have no value. Asked for more, the earlier ones stay as they were; under common random
/// numbers observation i belongs to the same draws at every x.
using Observe = std::function<std::vector<double>(std::size_t part, double x, int n)>;

/// A constraint on one or several means: it holds where all of them lie below (or above) the limit.
struct Constraint {
  std::size_t parts = 1;
  bool below = true;
  double limit = 0.0;
  Observe observe;
  /// Whether there was anything to observe of a part in its first `n` observations at x; always
  /// where it is empty. A part that did nothing is no evidence and is left out.
  std::function<bool(std::size_t part, double x, int n)> acts = {};
};

/// When the test looks: after `first` observations, and each time they have doubled, to `most`.
struct Looks {
  int first = 4;
  int most = 256;
};

enum class Answer {
  Holds,
  Fails,
  Undecided  ///< the difference is smaller than its noise after all observations
};
[[nodiscard]] std::string_view name_of(Answer answer);

/// What the test saw of one mean at its last look, and the interval that decided: it lies off the
/// limit exactly when the part was decided.
struct TestedPart {
  Answer answer = Answer::Undecided;
  int observations = 0;   ///< that have a value
  int asked = 0;          ///< of so many
  bool constant = false;  ///< all of them are equal
  bool idle = false;      ///< it did nothing, and was left out
  Estimate estimate;      ///< without an interval below two observations
};

struct Tested {
  double x = 0.0;
  Answer answer = Answer::Undecided;
  int observations = 0;  ///< of the part that took most
  std::vector<TestedPart> parts;
  /// The part nearest to the limit or farthest beyond it, in half-widths of its interval.
  std::size_t worst = 0;
};

/// Tests a constraint at x. The chance to say Holds where it fails, or Fails where it holds, is at
/// most `error`: each look spends a part of it in proportion to the observations, by Student's
/// one-sided bounds; a constraint of several parts holds only where each does at `error`
/// (intersection-union, Berger 1982), and fails where one of k does at `error` / k.
/// kConstantFrom equal observations are taken for a constant, which fails where it equals the
/// limit; fewer stay undecided. A part that did nothing in so many, or in all there may be, is left
/// out; where every part is, nothing was tested and nothing is decided. Observations must be near
/// enough to normal for Student's bounds at `looks.first` of them; the spending leaves the early
/// looks little, which is what protects skewed ones.
[[nodiscard]] Tested test_constraint(const Constraint& constraint, double x, double error,
                                     const Looks& looks);

}  // namespace assay::analysis
