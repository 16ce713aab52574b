#pragma once
/// What every kernel file includes: CUDA, or its emulation in tests on the CPU. C++17, for nvcc.

#include <string>

#ifdef ASSAY_CUDA_EMULATED
#include "gpu_backend/repops/cuda/emulation.hpp"
#else
#include <cuda_runtime.h>
#endif

namespace assay::backend::cuda {

/// Throws what a failed call of the CUDA runtime means, and `what` was being done: std::bad_alloc
/// where the device has no memory left, else std::runtime_error.
void check(cudaError_t error, const std::string& what);

#if defined(__CUDACC__) || defined(ASSAY_CUDA_EMULATED)

/// The memory that the threads of a block share, as one object of type `T` for each type.
template <class T>
__device__ __forceinline__ T& block_shared() {
#ifdef ASSAY_CUDA_EMULATED
  static const char tag = 0;
  return *static_cast<T*>(emulation::block_memory(&tag, sizeof(T)));
#else
  __shared__ T memory;
  return memory;
#endif
}

/// Runs `kernel` on a grid of blocks; throws as `check` where the launch is refused.
template <class... Parameters, class... Arguments>
void launch(const char* what, void (*kernel)(Parameters...), dim3 grid, dim3 block,
            const Arguments&... arguments) {
#ifdef ASSAY_CUDA_EMULATED
  emulation::run_grid(grid, block, [&] { kernel(arguments...); });
#else
  // clang-format off
  kernel<<<grid, block>>>(arguments...);
  // clang-format on
#endif
  check(cudaGetLastError(), what);
}

#endif

}  // namespace assay::backend::cuda
