#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "gpu_backend/precision.hpp"
#include "gpu_backend/torch/backend.hpp"
#include "gpu_backend/training/state.hpp"

namespace assay::backend {

/// A model in training on libtorch's device: the parameters and moments of a `State`, and the
/// gradients of the step at hand. Throws as `with_torch_errors`.
class TorchTrainer {
 public:
  TorchTrainer(Workload workload, std::uint64_t seed, TorchDevice device);
  ~TorchTrainer();
  TorchTrainer(const TorchTrainer&) = delete;
  TorchTrainer& operator=(const TorchTrainer&) = delete;

  [[nodiscard]] const Workload& workload() const;
  /// Steps that are done.
  [[nodiscard]] std::uint64_t step() const;
  void set_step(std::uint64_t step);

  /// Copies a state to the device, or back.
  void load(const State& state);
  [[nodiscard]] State state() const;

  /// The gradients of the mean loss over the next step's first `micro_batches`; returns that loss.
  float compute_gradients(Precision precision, std::uint32_t micro_batches);
  /// Of one parameter, by its number.
  [[nodiscard]] Tensor gradient(std::size_t parameter) const;
  void set_gradient(std::size_t parameter, std::span<const float> values);
  /// Updates the parameters by the gradients; the step is done.
  void update();

 private:
  struct Model;
  std::unique_ptr<Model> model_;
};

}  // namespace assay::backend
