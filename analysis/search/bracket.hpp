#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "analysis/search/sequential_test.hpp"

/// Where does a constraint begin to hold? Bisection in which every comparison is a sequential test.
namespace assay::analysis {

/// On which side of the root a constraint holds.
enum class HoldsFrom { RootUp, RootDown };

struct BracketOptions {
  double low = 0.0;  ///< the range searched
  double high = 1.0;
  double alpha = 0.05;      ///< chance that the bracket does not hold the root
  double precision = 0.02;  ///< width of the bracket wanted, relative to its upper end
  double grid = 0.0;        ///< only `low` and whole multiples of this above it; 0: any value
  int steps = 20;           ///< tests at most, both ends of the range included
  Looks looks;
  /// Which way the constraint is known to turn; where it turns the other way the search says so.
  std::optional<HoldsFrom> holds_from;
};

enum class BracketEnding {
  Precise,          ///< as narrow as wanted, or as the grid allows
  Undecided,        ///< closer to the root tests stay undecided, or the steps were used up
  HoldsEverywhere,  ///< at both ends, so at every point of a monotone constraint
  FailsEverywhere,  ///< at both ends, and at three points between them
  WrongWay,         ///< it holds where it was to fail and fails where it was to hold
  EndUndecided,     ///< an end of the range cannot be told, and no point that fails bounds the rest
  HoldsBetween      ///< at neither end, but between them
};
[[nodiscard]] std::string_view name_of(BracketEnding ending);

struct Bracket {
  BracketEnding ending = BracketEnding::Undecided;
  double fails = 0.0;          ///< the nearest value at which it was found to fail
  double holds = 0.0;          ///< and to hold; the root lies between the two
  std::optional<double> root;  ///< between them, by the line through the means around it
  std::vector<Tested> steps;   ///< in the order of the tests
  [[nodiscard]] bool found() const {
    return ending == BracketEnding::Precise || ending == BracketEnding::Undecided;
  }
  [[nodiscard]] const Tested* step_at(double x) const;
};

/// Finds the root of a constraint whose mean moves one way in the parameter. Where it holds at
/// neither end, points between are tried in case it does not. Each of at most
/// `steps` tests may err with alpha / steps, so that all answers are right, and the bracket holds
/// the root, with a chance of at least 1 - alpha. A point where the difference stays smaller than
/// its noise lies near the root; the search goes on to both sides of it, and ends where the tests
/// decide no more.
[[nodiscard]] Bracket find_bracket(const Constraint& constraint, const BracketOptions& options);

}  // namespace assay::analysis
