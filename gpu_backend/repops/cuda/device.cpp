#include "gpu_backend/repops/cuda/device.hpp"

#include <cstdint>
#include <limits>
#include <new>
#include <stdexcept>
#include <utility>

namespace assay::backend::cuda {

namespace {

class OutOfDeviceMemory : public std::bad_alloc {
 public:
  explicit OutOfDeviceMemory(std::string what) : what_(std::move(what)) {}
  [[nodiscard]] const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string what_;
};

}  // namespace

void check(cudaError_t error, const std::string& what) {
  if (error == cudaSuccess) return;
  // The runtime keeps a failure for whoever asks next; this one is said here.
  static_cast<void>(cudaGetLastError());
  const std::string text =
      "CUDA: " + what + ": " + cudaGetErrorName(error) + " (" + cudaGetErrorString(error) + ")";
  if (error == cudaErrorMemoryAllocation) throw OutOfDeviceMemory(text);
  throw std::runtime_error(text);
}

void use_device(int device) {
  check(cudaSetDevice(device), "choosing the device");
  cudaMemPool_t pool = nullptr;
  check(cudaDeviceGetDefaultMemPool(&pool, device), "asking for the device's memory");
  std::uint64_t kept = std::numeric_limits<std::uint64_t>::max();
  check(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &kept),
        "keeping the device's memory");
}

// Everything happens in the default stream, one thing after the other: what an operator gives back,
// the next one may have at once.
void* allocate(std::size_t bytes) {
  void* memory = nullptr;
  check(cudaMallocAsync(&memory, bytes, nullptr),
        "asking for " + std::to_string(bytes) + " bytes of the device");
  return memory;
}

/// A failure shows in the next call that can say so.
void release(void* memory) noexcept { static_cast<void>(cudaFreeAsync(memory, nullptr)); }

}  // namespace assay::backend::cuda
