#include "gpu_backend/commitment/merkle.hpp"

#include <algorithm>
#include <utility>

#include "gpu_backend/commitment/sha256.hpp"
#include "sim/check.hpp"

namespace assay::backend {
namespace {

Hash join(Sha256& sha, const Hash& left, const Hash& right) {
  return sha.begin(Domain::Node).add(left).add(right).finish();
}

/// The next level: pairs are joined, a last one without a neighbour moves up as it is.
std::vector<Hash> level_above(Sha256& sha, const std::vector<Hash>& nodes) {
  std::vector<Hash> above;
  above.reserve((nodes.size() + 1) / 2);
  for (std::size_t i = 0; i + 1 < nodes.size(); i += 2) {
    above.push_back(join(sha, nodes[i], nodes[i + 1]));
  }
  if (nodes.size() % 2 == 1) above.push_back(nodes.back());
  return above;
}

/// Nodes at a level, in a tree of so many leaves.
std::size_t width(std::size_t leaves, std::size_t level) { return ((leaves - 1) >> level) + 1; }

}  // namespace

MerkleTree::MerkleTree(Domain kind, std::uint64_t label, std::vector<Hash> leaves) {
  SIM_CHECK(!leaves.empty());
  Sha256 sha;
  levels_.push_back(std::move(leaves));
  while (levels_.back().size() > 1) levels_.push_back(level_above(sha, levels_.back()));
  root_ = typed_root(kind, label, this->leaves(), levels_.back().front());
}

std::vector<Hash> MerkleTree::path(std::size_t index) const {
  SIM_CHECK(index < leaves());
  std::vector<Hash> siblings;
  for (const std::vector<Hash>& level : levels_) {
    if (const std::size_t sibling = index ^ 1; sibling < level.size()) {
      siblings.push_back(level[sibling]);
    }
    index /= 2;
  }
  return siblings;
}

std::vector<Hash> MerkleTree::below(std::size_t level, std::size_t index, std::size_t down) const {
  SIM_CHECK(level < levels_.size() && index < levels_[level].size() && down <= level);
  const auto first = levels_[level - down].begin() + static_cast<std::ptrdiff_t>(index << down);
  return {first, first + static_cast<std::ptrdiff_t>(nodes_below(leaves(), level, index, down))};
}

std::size_t tree_depth(std::size_t leaves) {
  std::size_t depth = 0;
  while (width(leaves, depth) > 1) ++depth;
  return depth;
}

std::size_t nodes_below(std::size_t leaves, std::size_t level, std::size_t index,
                        std::size_t down) {
  return std::min(std::size_t{1} << down, width(leaves, level - down) - (index << down));
}

Hash fold(std::vector<Hash> nodes) {
  SIM_CHECK(!nodes.empty());
  Sha256 sha;
  while (nodes.size() > 1) nodes = level_above(sha, nodes);
  return nodes.front();
}

Hash typed_root(Domain kind, std::uint64_t label, std::size_t leaves, const Hash& top) {
  return Sha256().begin(kind).add(label).add(std::uint64_t{leaves}).add(top).finish();
}

bool opens(const Hash& root, Domain kind, std::uint64_t label, std::size_t leaves,
           std::size_t index, const Hash& leaf, std::span<const Hash> path) {
  if (index >= leaves) return false;
  Sha256 sha;
  Hash node = leaf;
  for (std::size_t level = 0; width(leaves, level) > 1; ++level) {
    const std::size_t place = index >> level;
    if ((place ^ 1) >= width(leaves, level)) continue;  // it moves up alone
    if (path.empty()) return false;
    node = place % 2 == 0 ? join(sha, node, path.front()) : join(sha, path.front(), node);
    path = path.subspan(1);
  }
  return path.empty() && typed_root(kind, label, leaves, node) == root;
}

}  // namespace assay::backend
