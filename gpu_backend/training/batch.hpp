#pragma once

#include <cstdint>

#include "gpu_backend/training/state.hpp"

namespace assay::backend {

/// Tokens and what follows them, whole numbers in fp32.
/// GPT: both [batch * context]. MLP: ids [batch * context], labels [batch]. ResNet: pictures
/// [batch, side, side, 3] and their classes [batch].
struct Batch {
  Tensor ids;
  Tensor labels;
};

/// A function of its arguments: a referee draws it again instead of asking for it.
[[nodiscard]] Batch draw_batch(const Workload& workload, std::uint64_t seed, std::uint64_t step,
                               std::uint32_t micro_batch);

}  // namespace assay::backend
