#include "analysis/search/noisy_optimum.hpp"

#include <nlopt.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <memory>

#include "sim/check.hpp"

namespace assay::analysis {
namespace {

struct Evaluated {
  Point x;
  double cost = 0.0;
  double penalised = 0.0;
};

/// A point without a cost is worse than any violation at one that has.
constexpr double kNoCost = 1e9;

/// What a candidate's constraint is tested with; the optimiser keeps as far from the limit as that
/// test will ask for with so few observations, so that its candidates pass.
double error_of_test(const NoisyProblem& problem, const OptimumOptions& options) {
  const std::size_t tests = static_cast<std::size_t>(options.candidates) *
                            std::max<std::size_t>(1, problem.limits.size());
  return options.alpha / static_cast<double>(tests);
}

class Objective {
 public:
  Objective(const NoisyProblem& problem, const OptimumOptions& options)
      : problem_(problem), options_(options) {}

  /// At a point of the unit cube.
  double at(const double* unit) {
    Point x;
    for (std::size_t i = 0; i < problem_.box.size(); ++i) {
      const NoisyProblem::Side& side = problem_.box[i];
      const double value = side.low + (side.high - side.low) * std::clamp(unit[i], 0.0, 1.0);
      x.push_back(side.whole ? std::round(value) : value);
    }
    const auto known = std::find_if(tried_.begin(), tried_.end(),
                                    [&x](const Evaluated& one) { return one.x == x; });
    if (known != tried_.end()) return known->penalised;
    const auto costs = problem_.cost(0, x, options_.replications, false);
    Evaluated fresh{x, defined_estimate(costs).value, 0.0};
    fresh.penalised =
        costs.empty() ? kNoCost : fresh.cost / scale_of(cost_scale_, fresh.cost) + penalty(x);
    tried_.push_back(std::move(fresh));
    return tried_.back().penalised;
  }

  /// NLopt is C: an exception waits until it has returned.
  static double call(unsigned, const double* unit, double*, void* self) {
    auto& objective = *static_cast<Objective*>(self);
    try {
      return objective.at(unit);
    } catch (...) {
      objective.thrown_ = std::current_exception();
      nlopt_force_stop(objective.running_);
      return 0.0;
    }
  }

  void minimise(nlopt_algorithm algorithm, int evaluations, Point& unit) {
    const auto n = static_cast<unsigned>(problem_.box.size());
    const std::unique_ptr<nlopt_opt_s, void (*)(nlopt_opt)> optimiser(nlopt_create(algorithm, n),
                                                                      nlopt_destroy);
    SIM_CHECK(optimiser);
    running_ = optimiser.get();
    nlopt_set_min_objective(running_, &Objective::call, this);
    nlopt_set_lower_bounds1(running_, 0.0);
    nlopt_set_upper_bounds1(running_, 1.0);
    nlopt_set_maxeval(running_, evaluations);
    nlopt_set_xtol_abs1(running_, 1e-4);
    double least = 0.0;
    nlopt_optimize(running_, unit.data(), &least);  // how it ended does not matter: see tried()
    running_ = nullptr;
    if (thrown_) std::rethrow_exception(thrown_);
  }

  [[nodiscard]] const std::vector<Evaluated>& tried() const { return tried_; }

 private:
  /// Costs and limits come in all sizes: the first one seen is the measure.
  static double scale_of(double& scale, double value) {
    if (scale == 0.0) scale = std::abs(value) > 0.0 ? std::abs(value) : 1.0;
    return scale;
  }

  double penalty(const Point& x) {
    constexpr double kStep = 1.0;    // any violation outweighs the whole cost at the first point
    constexpr double kSlope = 10.0;  // and leads back
    limit_scales_.resize(problem_.limits.size(), 0.0);
    double sum = 0.0;
    for (std::size_t i = 0; i < problem_.limits.size(); ++i) {
      const NoisyProblem::Limit& limit = problem_.limits[i];
      for (std::size_t part = 0; part < limit.parts; ++part) {
        const auto sample = limit.observe(part, x, options_.replications, false);
        if (sample.size() < 2) {
          sum += kStep;
          continue;
        }
        if (is_constant(sample) && limit.acts &&
            !limit.acts(part, x, options_.replications, false)) {
          continue;
        }
        const Interval interval =
            *mean_estimate(sample, 2 * error_of_test(problem_, options_)).interval;
        const double beyond =
            limit.below ? interval.high - limit.limit : limit.limit - interval.low;
        const double scale = scale_of(limit_scales_[i], mean(sample) - limit.limit);
        if (beyond >= 0.0) sum += kStep + kSlope * beyond / scale;
      }
    }
    return sum;
  }

  const NoisyProblem& problem_;
  const OptimumOptions& options_;
  std::vector<Evaluated> tried_;
  double cost_scale_ = 0.0;
  std::vector<double> limit_scales_;
  nlopt_opt running_ = nullptr;
  std::exception_ptr thrown_;
};

Tested test(const NoisyProblem::Limit& limit, const Point& x, double error, const Looks& looks) {
  const Constraint constraint{
      limit.parts, limit.below, limit.limit,
      [&](std::size_t part, double, int n) { return limit.observe(part, x, n, true); },
      [&](std::size_t part, double, int n) { return !limit.acts || limit.acts(part, x, n, true); }};
  return test_constraint(constraint, x.front(), error, looks);
}

}  // namespace

Optimum find_cheapest(const NoisyProblem& problem, const OptimumOptions& options) {
  SIM_CHECK(!problem.box.empty() && options.evaluations >= 4 && options.candidates >= 1);
  Objective objective(problem, options);
  Point unit(problem.box.size(), 0.5);
  objective.minimise(NLOPT_GN_DIRECT_L, options.evaluations * 2 / 3, unit);
  objective.minimise(NLOPT_LN_SBPLX, options.evaluations / 3, unit);

  std::vector<Evaluated> best = objective.tried();
  std::stable_sort(best.begin(), best.end(), [](const Evaluated& a, const Evaluated& b) {
    return a.penalised < b.penalised;
  });
  Optimum optimum;
  optimum.evaluated = static_cast<int>(best.size());
  best.resize(std::min(best.size(), static_cast<std::size_t>(options.candidates)));
  const double error = error_of_test(problem, options);
  for (const Evaluated& candidate : best) {
    optimum.x = candidate.x;
    optimum.limits.clear();
    for (const NoisyProblem::Limit& limit : problem.limits) {
      optimum.limits.push_back(test(limit, candidate.x, error, options.looks));
    }
    optimum.found =
        !std::isnan(candidate.cost) &&
        std::all_of(optimum.limits.begin(), optimum.limits.end(),
                    [](const Tested& tested) { return tested.answer == Answer::Holds; });
    if (optimum.found) break;
  }
  return optimum;
}

}  // namespace assay::analysis
