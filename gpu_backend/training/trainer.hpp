#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "gpu_backend/repops/operator.hpp"
#include "gpu_backend/training/state.hpp"
#include "gpu_backend/training/step_graph.hpp"

namespace assay::backend {

/// Called after each operator, in order. It may change the outputs, and the step goes on with what
/// it leaves there.
using OperatorHook = std::function<void(std::size_t op, InputValues inputs, OutputValues outputs)>;

struct StepResult {
  State state;
  float loss = 0.0f;
  std::size_t peak_numbers = 0;  ///< the most that all tensors held at once, 4 bytes each
};

/// Executes the graph of a workload's step. A tensor is freed after its last use: a step holds the
/// state once, and what the backward pass still needs.
class Trainer {
 public:
  /// `runner` must outlive the trainer. Throws std::invalid_argument on a workload that cannot be.
  Trainer(Workload workload, std::uint64_t seed, OperatorRunner& runner);

  [[nodiscard]] const Workload& workload() const { return workload_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  [[nodiscard]] const StepGraph& graph() const { return graph_; }
  [[nodiscard]] OperatorRunner& runner() const { return *runner_; }

  /// One honest step. Takes the state apart: move it in, or copy it where it is needed again. The
  /// new state lies where the runner computes; the loss is there when the step is done.
  [[nodiscard]] StepResult step(State state, const OperatorHook& hook = {});

 private:
  /// The tensors by id, with the sources in place.
  [[nodiscard]] std::vector<Value> feed(State state) const;

  Workload workload_;
  std::uint64_t seed_;
  OperatorRunner* runner_;
  StepGraph graph_;
};

/// The value of a source that is not part of the state, at the step that follows `step` done ones.
/// A referee computes it like anybody else.
[[nodiscard]] Tensor source_value(const Workload& workload, std::uint64_t seed,
                                  const GraphSource& source, std::uint64_t step);

}  // namespace assay::backend
