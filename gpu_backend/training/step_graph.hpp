#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gpu_backend/repops/operator.hpp"
#include "gpu_backend/training/workload.hpp"
#include "sim/digest.hpp"

// One training step as a graph: operators joined by the tensors that they hand on. It depends on
// the workload alone. What changes from step to step (state, batch, bias corrections) enters as
// tensors, so one graph serves a whole run, and a referee who knows the workload knows the graph.
namespace assay::backend {

/// What a graph is fed with.
enum class SourceKind : std::uint32_t {
  StateTensor,     ///< tensor `index` of the state
  Ids,             ///< of micro-batch `index`
  Labels,          ///< of micro-batch `index`
  BiasCorrection,  ///< [2]: 1 - beta1^t and 1 - beta2^t of step t = 1, 2, ...
  Zeros            ///< `size` zeros: the bias of a linear map that has none
};

struct GraphSource {
  SourceKind kind = SourceKind::StateTensor;
  std::uint32_t index = 0;
  std::size_t size = 0;
};

/// Tensors are numbered: first the sources, then the outputs of the operators in their order.
using TensorId = std::uint32_t;

struct GraphOperator {
  Operator op;
  std::vector<TensorId> inputs;
  std::vector<TensorId> outputs;
  /// SHA-256 of the operator and of where each of its inputs comes from: what this operator
  /// computes of the graph's sources, whoever built the graph.
  sim::Hash address;
};

struct StepGraph {
  std::vector<GraphSource> sources;
  /// In an order in which each stands after those that it reads from.
  std::vector<GraphOperator> operators;
  std::vector<std::size_t> tensor_sizes;  ///< by tensor id
  std::vector<TensorId> next_state;       ///< the state after the step, as in `State`
  TensorId loss = 0;                      ///< [1]
  /// Of the assembly of the next state from its tensors, which ends a step and computes nothing.
  sim::Hash assembly;

  static constexpr std::uint32_t kSource = 0xFFFFFFFFu;
  /// The operator that writes each tensor, or kSource.
  std::vector<std::uint32_t> producer;
  /// The last operator that reads each tensor; operators.size() for what the step hands on.
  std::vector<std::uint32_t> last_use;

  /// Operators that `op` reads from, each once, ascending. The assembly is operator
  /// `operators.size()`.
  [[nodiscard]] std::vector<std::uint32_t> producers_of(std::size_t op) const;
  /// The tensors that it reads; those of the assembly are the next state.
  [[nodiscard]] const std::vector<TensorId>& inputs_of(std::size_t op) const;
};

/// The graph of one step of `workload`. Throws std::invalid_argument on one that cannot be.
[[nodiscard]] StepGraph step_graph(const Workload& workload);

/// For each operator whether the next state depends on it: the others only report the loss.
[[nodiscard]] std::vector<bool> feeds_state(const StepGraph& graph);

}  // namespace assay::backend
