#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "gpu_backend/repops/value.hpp"
#include "gpu_backend/training/workload.hpp"

// What a step reads and writes: the parameters and the optimizer's moments.
namespace assay::backend {

/// One parameter, and how its first values are drawn.
struct Parameter {
  std::string name;
  std::size_t rows = 1;
  std::size_t columns = 1;
  float deviation = 0.0f;  ///< of the first values around `mean`
  float mean = 0.0f;

  [[nodiscard]] std::size_t size() const { return rows * columns; }
};

/// The parameters in the order in which they stand in a state.
[[nodiscard]] std::vector<Parameter> parameters(const Workload& workload);

/// Tensors that a state holds for each parameter: itself and the moments (SGD one, AdamW two).
[[nodiscard]] std::size_t copies(OptimizerKind optimizer);

/// A model in training: all parameters, then all first moments, then all second ones.
struct State {
  std::uint64_t step = 0;  ///< that are done
  std::vector<Value> tensors;

  bool operator==(const State&) const = default;
};

/// The sizes of a state's tensors, in order.
[[nodiscard]] std::vector<std::size_t> state_sizes(const Workload& workload);

/// The state before the first step. Values are uniform, drawn from (seed, parameter, index) with
/// exact arithmetic only, so every machine starts from the same bits.
[[nodiscard]] State initial_state(const Workload& workload, std::uint64_t seed);

}  // namespace assay::backend
