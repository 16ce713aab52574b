#pragma once

#include <cstddef>
#include <cstdint>

#include "gpu_backend/repops/operator.hpp"

namespace assay::backend::repops {

/// An operator and its tensors, in types that need no code of the standard library: see lanes.hpp.
struct Work {
  OperatorKind kind = OperatorKind::Add;
  std::uint32_t dims[6] = {};
  float constants[6] = {};
  const float* in[5] = {};
  float* out[3] = {};
};

/// Which share of the outputs is meant, out of how many, and memory to work in.
struct Part {
  std::size_t index = 0;
  std::size_t count = 1;
  float* scratch = nullptr;  ///< kScratch floats, on a cache line's boundary
};

/// Room for one chunk of both factors of a product: see gemm.hpp.
inline constexpr std::size_t kScratch = std::size_t{256} * (240 + 960);

/// Computes one part. Every part writes its own outputs only, so they may run at the same time.
using Kernels = void (*)(const Work&, const Part&);

// One per instruction set, from the same text.
namespace generic {
void run(const Work& work, const Part& part);
}
#ifdef __x86_64__
namespace avx2 {
void run(const Work& work, const Part& part);
}
namespace avx512 {
void run(const Work& work, const Part& part);
}
#endif

}  // namespace assay::backend::repops
