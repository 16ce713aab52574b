#pragma once

#include <functional>
#include <vector>

#include "analysis/search/sequential_test.hpp"

/// The cheapest point of a box at which noisy constraints hold.
namespace assay::analysis {

using Point = std::vector<double>;

/// Observations at a point. Under common random numbers those of [0, n) belong to the same draws at
/// every point; `fresh` asks for others.
using ObserveAt =
    std::function<std::vector<double>(std::size_t part, const Point& x, int n, bool fresh)>;

struct NoisyProblem {
  struct Side {
    double low = 0.0;
    double high = 1.0;
    bool whole = false;
  };
  struct Limit {
    std::size_t parts = 1;
    bool below = true;
    double limit = 0.0;
    ObserveAt observe;
    /// As `Constraint::acts`.
    std::function<bool(std::size_t part, const Point& x, int n, bool fresh)> acts = {};
  };
  std::vector<Side> box;
  ObserveAt cost;  ///< part 0
  std::vector<Limit> limits;
};

struct OptimumOptions {
  double alpha = 0.05;   ///< chance that any constraint fails at the answer
  int evaluations = 60;  ///< points that the optimiser tries
  int replications = 8;  ///< observations at each
  int candidates = 4;    ///< of them, the cheapest that are put to the test
  Looks looks;           ///< of that test
};

struct Optimum {
  bool found = false;
  Point x;
  std::vector<Tested> limits;  ///< the tests at x under fresh draws; at the last candidate tried
                               ///< where none was found
  int evaluated = 0;           ///< points
};

/// Minimises the mean cost over the box with a penalty for constraints whose one-sided bounds do
/// not hold, over a fixed set of draws: first DIRECT, which covers the box (Gablonsky and Kelley
/// 2001), then Subplex from the best point (Rowan 1990), both from NLopt. The cheapest points are
/// then put to sequential tests under fresh draws, each at alpha / (candidates * constraints), and
/// the first at which every constraint holds is the answer.
[[nodiscard]] Optimum find_cheapest(const NoisyProblem& problem, const OptimumOptions& options);

}  // namespace assay::analysis
