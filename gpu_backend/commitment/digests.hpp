#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gpu_backend/commitment/merkle.hpp"

namespace assay::backend {

/// Bytes of a tensor that one leaf covers.
inline constexpr std::size_t kLeafBytes = 64 * 1024;

/// The digest of a tensor: a Merkle root over its little-endian fp32 values in leaves of 64 KiB.
/// One number or more.
[[nodiscard]] Hash tensor_digest(std::span<const float> values);

/// The tree behind it, to prove a single leaf.
[[nodiscard]] MerkleTree tensor_tree(std::span<const float> values);

/// The digest of a tensor of `size` numbers from those of its leaves.
[[nodiscard]] Hash tensor_root(std::size_t size, std::vector<Hash> leaves);

/// The root of a state after `step` steps, from the digests of its tensors in order.
[[nodiscard]] Hash state_root(std::uint64_t step, std::vector<Hash> tensors);

}  // namespace assay::backend
