#include "gpu_backend/repops/cuda/device.hpp"

#include <new>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "gpu_backend/repops/cuda/kernels.hpp"

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

Arena::~Arena() { release(); }

void* Arena::bytes(std::size_t count) {
  constexpr std::size_t kAligned = 256;
  const std::size_t needed = (count + kAligned - 1) / kAligned * kAligned;
  if (slabs_.empty() || slabs_.back().bytes - taken_ < needed) add_slab(needed);
  char* memory = slabs_.back().memory + taken_;
  taken_ += needed;
  return memory;
}

/// What an operator needs comes piece by piece at first, and as one slab from then on.
void Arena::reset() {
  taken_ = 0;
  if (slabs_.size() < 2) return;
  const std::size_t all =
      std::accumulate(slabs_.begin(), slabs_.end(), std::size_t{0},
                      [](std::size_t sum, const Slab& slab) { return sum + slab.bytes; });
  release();
  add_slab(all);
}

void Arena::add_slab(std::size_t bytes) {
  void* memory = nullptr;
  check(cudaMalloc(&memory, bytes), "asking for " + std::to_string(bytes) + " bytes of the device");
  slabs_.push_back(Slab{static_cast<char*>(memory), bytes});
  taken_ = 0;
}

/// A failure to free shows in the next call that can say so.
void Arena::release() {
  for (const Slab& slab : slabs_) cudaFree(slab.memory);
  slabs_.clear();
  taken_ = 0;
}

}  // namespace assay::backend::cuda
