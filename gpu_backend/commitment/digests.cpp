#include "gpu_backend/commitment/digests.hpp"

#include <algorithm>
#include <utility>

#include "gpu_backend/commitment/sha256.hpp"

namespace assay::backend {

MerkleTree tensor_tree(std::span<const float> values) {
  Sha256 sha;
  std::vector<Hash> leaves;
  for (auto rest = std::as_bytes(values); !rest.empty();) {
    const auto leaf = rest.first(std::min(rest.size(), kLeafBytes));
    leaves.push_back(sha.begin(Domain::Leaf).add(leaf).finish());
    rest = rest.subspan(leaf.size());
  }
  return {Domain::TensorRoot, values.size(), std::move(leaves)};
}

Hash tensor_digest(std::span<const float> values) { return tensor_tree(values).root(); }

Hash tensor_root(std::size_t size, std::vector<Hash> leaves) {
  return MerkleTree(Domain::TensorRoot, size, std::move(leaves)).root();
}

Hash state_root(std::uint64_t step, std::vector<Hash> tensors) {
  return MerkleTree(Domain::StateRoot, step, std::move(tensors)).root();
}

}  // namespace assay::backend
