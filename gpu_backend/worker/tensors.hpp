#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "gpu_backend/worker/descriptor.hpp"

namespace assay::backend {

/// The most floats that one message's tensors have: 4 GiB of them.
inline constexpr std::uint64_t kMaxTensorFloats = std::uint64_t{1} << 30;

/// Writes tensors, one behind the other, into shared memory that nobody can change or shrink any
/// more (a sealed memfd). Requires at least one float. Throws std::bad_alloc where there is no
/// room.
[[nodiscard]] Descriptor share_tensors(std::span<const std::span<const float>> tensors);

/// Tensors that another process shares, mapped for reading.
class SharedTensors {
 public:
  /// `sizes`: floats of each tensor. Throws WireError where the file's size is another one, or
  /// where its owner could still change it: a reader of a file that shrinks dies of SIGBUS.
  SharedTensors(const Descriptor& file, std::span<const std::uint64_t> sizes);
  SharedTensors(const SharedTensors&) = delete;
  SharedTensors& operator=(const SharedTensors&) = delete;
  ~SharedTensors();

  [[nodiscard]] const std::vector<std::span<const float>>& tensors() const { return tensors_; }

 private:
  void* mapped_ = nullptr;
  std::size_t bytes_ = 0;
  std::vector<std::span<const float>> tensors_;
};

}  // namespace assay::backend
