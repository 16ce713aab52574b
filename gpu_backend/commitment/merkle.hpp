#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/digest.hpp"

// Merkle trees over SHA-256. Two nodes side by side make one; the last of an odd number moves up as
// it is. What is hashed opens with a byte that says what it is, so no leaf passes for a node and no
// root for one of another kind; a root also holds the number of leaves, so none can be left out or
// repeated (the trap of Bitcoin's tree, CVE-2012-2459).
namespace assay::backend {

using sim::Hash;

/// The first byte of everything that is hashed. Numbers are part of the commitments: append only.
enum class Domain : std::uint8_t {
  Leaf,             ///< up to 64 KiB of a tensor
  Node,             ///< two nodes
  TensorRoot,       ///< over a tensor's leaves, labelled with its size
  StateRoot,        ///< over a state's tensors, labelled with the steps that are done
  CheckpointsRoot,  ///< over the states after every interval of a segment
  StepsRoot,        ///< over the states after every step of an interval
  TraceRoot,        ///< over the records of a step's operators
  OperatorRecord,   ///< an operator's address, the digests of its inputs, those of its outputs
  OperatorAddress,
  SourceAddress,   ///< of what a graph is fed with
  AssemblyAddress  ///< of the next state
};

class MerkleTree {
 public:
  /// One leaf or more. `label` is hashed into the root.
  MerkleTree(Domain kind, std::uint64_t label, std::vector<Hash> leaves);

  [[nodiscard]] const Hash& root() const { return root_; }
  [[nodiscard]] std::size_t leaves() const { return levels_.front().size(); }
  [[nodiscard]] const Hash& leaf(std::size_t index) const { return levels_.front().at(index); }
  /// What proves a leaf: its siblings from the bottom up.
  [[nodiscard]] std::vector<Hash> path(std::size_t index) const;
  /// The nodes `down` levels below node `index` of `level` (the leaves are level 0); down <= level.
  [[nodiscard]] std::vector<Hash> below(std::size_t level, std::size_t index,
                                        std::size_t down) const;

 private:
  std::vector<std::vector<Hash>> levels_;  // from the leaves to the top
  Hash root_;
};

/// The level of the top: ceil(log2 leaves).
[[nodiscard]] std::size_t tree_depth(std::size_t leaves);
/// How many nodes stand `down` levels below node `index` of `level` in a tree of so many leaves.
[[nodiscard]] std::size_t nodes_below(std::size_t leaves, std::size_t level, std::size_t index,
                                      std::size_t down);
/// The node over neighbours of one level that are all the descendants of it.
[[nodiscard]] Hash fold(std::vector<Hash> nodes);
/// The root over the top node.
[[nodiscard]] Hash typed_root(Domain kind, std::uint64_t label, std::size_t leaves,
                              const Hash& top);

/// Whether `path` proves that `leaf` is number `index` of the `leaves` leaves under `root`.
[[nodiscard]] bool opens(const Hash& root, Domain kind, std::uint64_t label, std::size_t leaves,
                         std::size_t index, const Hash& leaf, std::span<const Hash> path);

}  // namespace assay::backend
