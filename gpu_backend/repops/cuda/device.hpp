#pragma once
/// What every kernel file includes: CUDA, or its emulation in tests on the CPU. C++17, for nvcc.

#include <cstddef>
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

/// Lets this process use `device` from now on, and keep the memory that it gives back. Throws as
/// `check`.
void use_device(int device);

/// Bytes of the device in use, aligned to 256. Throws std::bad_alloc where it has too few left.
[[nodiscard]] void* allocate(std::size_t bytes);
void release(void* memory) noexcept;

/// Memory of the device for some objects, not initialised. It is given back in the order of what is
/// launched: what was launched before still finds it.
template <class T>
class DeviceMemory {
 public:
  explicit DeviceMemory(std::size_t count)
      : memory_(static_cast<T*>(allocate(count * sizeof(T)))) {}
  ~DeviceMemory() { release(memory_); }
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  [[nodiscard]] T* get() const { return memory_; }

 private:
  T* memory_;
};

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
