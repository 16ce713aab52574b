#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gpu_backend/training/workload.hpp"

namespace assay::backend {

/// Numbers of a picture's point: red, green, blue.
inline constexpr std::uint32_t kColours = 3;

/// Two convolutions of 3 by 3 around which the input is added.
struct ResidualBlock {
  std::string name;
  std::uint32_t side = 1;  ///< of the pictures that come in
  std::uint32_t inputs = 1;
  std::uint32_t outputs = 1;
  std::uint32_t stride = 1;  ///< 2: half the side goes out, and the input goes around by a
                             ///< convolution of 1 by 1

  [[nodiscard]] std::uint32_t side_out() const { return (side - 1) / stride + 1; }
};

/// The blocks of a workload of `Family::ResNet`, in their order: three stages of `layers` blocks,
/// each stage after the first with half the side and twice the channels.
[[nodiscard]] std::vector<ResidualBlock> residual_blocks(const Workload& workload);

/// Numbers that go into the head: all channels of all points of the last block's pictures.
[[nodiscard]] std::uint32_t head_inputs(const Workload& workload);

}  // namespace assay::backend
