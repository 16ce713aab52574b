#include "gpu_backend/torch/conduct.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace assay::backend {

TorchConduct::TorchConduct(TorchTrainer& trainer, Segment segment, const Cheat& cheat,
                           Precision precision, State start)
    : trainer_(trainer),
      cheat_(cheat),
      precision_(precision),
      touched_(touched_steps(cheat, segment, trainer.workload())) {
  if (cheat.op) {
    throw std::invalid_argument(
        fmt::format("{}: found an operator to tamper with, expected none: "
                    "libtorch's have no numbers",
                    name_of(cheat.kind)));
  }
  if (cheat.kind == CheatKind::LowPrecision && precision == Precision::Bf16) {
    throw std::invalid_argument(
        fmt::format("{}: found bf16, expected a higher precision to claim", name_of(cheat.kind)));
  }
  trainer_.load(start);
  if (cheat.kind == CheatKind::StaleCheckpoint) start_ = std::move(start);
}

float TorchConduct::advance() {
  const std::uint32_t micro_batches = trainer_.workload().micro_batches;
  const bool cheats = std::binary_search(touched_.begin(), touched_.end(), trainer_.step());
  float loss = 0.0f;
  switch (cheats ? cheat_.kind : CheatKind::Honest) {
    case CheatKind::Skip:
      trainer_.set_step(trainer_.step() + 1);
      return loss;
    case CheatKind::FabricatedGradients:
      make_gradients_up();
      break;
    case CheatKind::StaleCheckpoint: {
      const std::uint64_t step = trainer_.step();
      trainer_.load(start_);
      trainer_.set_step(step);
      loss = trainer_.compute_gradients(precision_, micro_batches);
      break;
    }
    case CheatKind::FewerMicroBatches:
      loss = trainer_.compute_gradients(precision_,
                                        fewer_micro_batches(trainer_.workload()).micro_batches);
      break;
    case CheatKind::LowPrecision:
      loss = trainer_.compute_gradients(Precision::Bf16, micro_batches);
      break;
    case CheatKind::TamperedOperator:
      loss = trainer_.compute_gradients(precision_, micro_batches);
      tamper();
      break;
    case CheatKind::Honest:
      loss = trainer_.compute_gradients(precision_, micro_batches);
      break;
  }
  trainer_.update();
  return loss;
}

void TorchConduct::make_gradients_up() {
  const std::vector<Parameter> list = parameters(trainer_.workload());
  for (std::size_t p = 0; p < list.size(); ++p) {
    Tensor noise(list[p].size());
    fill_with_noise(noise, draws_for(cheat_, Purpose::CheatNoise, sim::mix(trainer_.step(), p)));
    trainer_.set_gradient(p, noise);
  }
}

void TorchConduct::tamper() {
  sim::Draws draws = draws_for(cheat_, Purpose::CheatBit, touched_.front());
  const std::size_t p = draws.below(parameters(trainer_.workload()).size());
  Tensor gradient = trainer_.gradient(p);
  float& value = gradient[draws.below(gradient.size())];
  value = tampered(value, draws);
  trainer_.set_gradient(p, gradient);
}

}  // namespace assay::backend
