#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "gpu_backend/torch/backend.hpp"
#include "sim/draws.hpp"

namespace assay::backend {

inline SegmentTask segment(const std::string& workload, std::uint64_t steps) {
  SegmentTask task;
  task.workload = workload;
  task.seed = 7;
  task.steps = task.interval = steps;
  return task;
}

inline std::unique_ptr<StepBackend> repops() {
  return repops_backend({"cpu-repops", "this processor", 1, 0}, cpu_runner(1));
}

/// The task's first state with every weight moved by up to `share` of itself.
inline State moved(const SegmentTask& task, double share, std::uint64_t seed) {
  State state = start_state(task, {});
  sim::Draws draws(seed, 1, 1);
  for (Value& tensor : state.tensors) {
    for (float& value : tensor.edit()) {
      value = static_cast<float>(double{value} * (1.0 + share * (2.0 * draws.uniform() - 1.0)));
    }
  }
  return state;
}

inline std::vector<float> losses_from(StepBackend& backend, const SegmentTask& task,
                                      const State& state) {
  const std::vector<Input> start(state.tensors.begin(), state.tensors.end());
  return backend.run_segment(task, start, false).claim.losses;
}

/// How far two trainings that round differently may come apart, by step. To round differently is to
/// compute rightly from inputs that are a little different (backward analysis): each of the dozen
/// or so operators between a weight and the loss, forward and backward, rounds its result by at
/// most 2^-24 of it, so first weights that are moved by 2^-20 stand for sixteen roundings in a row.
/// What five such movements do to the loss, at the worst of all steps so far, is allowed, and at
/// every step sixteen roundings of the loss itself. Measured: libtorch 1.13 on OpenBLAS uses up to
/// a quarter of it, and in bfloat16 it goes a hundred times beyond.
inline std::vector<double> allowed_differences(StepBackend& exact, const SegmentTask& task,
                                               const std::vector<float>& losses) {
  std::vector<double> allowed(losses.size(), 0.0);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const std::vector<float> other = losses_from(exact, task, moved(task, 0x1p-20, seed));
    for (std::size_t i = 0; i < losses.size(); ++i) {
      allowed[i] = std::max(allowed[i], std::abs(double{other[i]} - double{losses[i]}));
    }
  }
  double worst = 0.0;
  for (std::size_t i = 0; i < losses.size(); ++i) {
    worst = std::max({worst, allowed[i], 16 * 0x1p-24 * double{losses[i]}});
    allowed[i] = worst;
  }
  return allowed;
}

/// The greatest difference between two curves, as a share of what is allowed at that step.
inline double worst_share(const std::vector<float>& found, const std::vector<float>& expected,
                          const std::vector<double>& allowed) {
  double worst = 0.0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    worst = std::max(worst, std::abs(double{found[i]} - double{expected[i]}) / allowed[i]);
  }
  return worst;
}

/// The Euclidean distance of two states' parameters, as a share of how far they moved from `start`.
inline double distance(const State& found, const State& expected, const State& start,
                       const Workload& workload) {
  double apart = 0.0;
  double way = 0.0;
  for (std::size_t p = 0; p < parameters(workload).size(); ++p) {
    for (std::size_t i = 0; i < expected.tensors[p].size(); ++i) {
      const double here = double{expected.tensors[p][i]};
      apart += std::pow(double{found.tensors[p][i]} - here, 2);
      way += std::pow(here - double{start.tensors[p][i]}, 2);
    }
  }
  return std::sqrt(apart / way);
}

}  // namespace assay::backend
