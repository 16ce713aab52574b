#pragma once

#include <cstdint>
#include <memory>

#include "gpu_backend/torch/backend.hpp"

namespace assay::backend {

/// What libtorch was seen doing.
struct TorchWork {
  double matrix_s = 0.0;        ///< in products of matrices, attention's among them
  double memory_s = 0.0;        ///< in other operators
  std::uint64_t operators = 0;  ///< that were called, those within others not counted
};

/// Watches libtorch's operators and memory while it lives, which costs about a microsecond an
/// operator. One at a time.
class TorchClock {
 public:
  explicit TorchClock(TorchDevice device);
  ~TorchClock();
  TorchClock(const TorchClock&) = delete;
  TorchClock& operator=(const TorchClock&) = delete;

  /// What was done since the last call. Requires that the device has finished it.
  [[nodiscard]] TorchWork take();
  /// The most that all tensors that were made since its beginning took at once.
  [[nodiscard]] std::uint64_t peak_bytes() const;

 private:
  struct Watch;
  std::unique_ptr<Watch> watch_;
};

}  // namespace assay::backend
