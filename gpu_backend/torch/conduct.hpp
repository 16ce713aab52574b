#pragma once

#include "gpu_backend/torch/trainer.hpp"
#include "gpu_backend/training/cheat.hpp"

namespace assay::backend {

/// A worker that trains a segment by libtorch, honestly or not. Its cheats are those of `Conduct`,
/// but for two: it tampers with a gradient, whichever operator wrote it, and it can compute in
/// bfloat16 what it claims to have computed in fp32.
class TorchConduct {
 public:
  /// `trainer` must outlive it and is loaded with `start`. Throws std::invalid_argument as
  /// `touched_steps`, where a cheat names an operator, and where it has no lower precision.
  TorchConduct(TorchTrainer& trainer, Segment segment, const Cheat& cheat, Precision precision,
               State start);

  /// Does the step at which the trainer stands; returns the loss that is reported, as
  /// `Conduct::advance`.
  float advance();

 private:
  void make_gradients_up();
  void tamper();

  TorchTrainer& trainer_;
  Cheat cheat_;
  Precision precision_;
  State start_;  // where it is needed again
  std::vector<std::uint64_t> touched_;
};

}  // namespace assay::backend
