#include "gpu_backend/commitment/merkle.hpp"

#include <numeric>

#include "gpu_backend/commitment/digests.hpp"
#include "gpu_backend/commitment/sha256.hpp"
#include "sim/draws.hpp"
#include "tests/catch.hpp"

using namespace assay;
using namespace assay::backend;

namespace {

std::vector<Hash> some_leaves(std::size_t count) {
  Sha256 sha;
  std::vector<Hash> leaves;
  for (std::uint64_t i = 0; i < count; ++i) {
    leaves.push_back(sha.begin(Domain::Leaf).add(i).finish());
  }
  return leaves;
}

std::vector<float> counting(std::size_t count) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), 0.0f);
  return values;
}

constexpr Domain kKind = Domain::StepsRoot;

}  // namespace

TEST_CASE("a tensor's digest is what its definition says", "[commitment]") {
  // From Python's hashlib over struct.pack('<f') of 0, 1, 2, ...: sha256(2 | u64 numbers | u64
  // leaves | top), a leaf sha256(0 | up to 64 KiB), a node sha256(1 | left | right).
  CHECK(sim::hex(tensor_digest(counting(1))) ==
        "278637ff8102f66448e2be3414f922da508ae2f2737564fbc7f9a9c274a5a346");
  CHECK(sim::hex(tensor_digest(counting(16384))) ==
        "38d0fd1f14c32277322b32e025917525f00131610ba5f5ba568bf22b3faae24c");
  CHECK(sim::hex(tensor_digest(counting(16385))) ==
        "2d149d84047684e718350102e045bad5db9938737e7fad9b55f120e660d35628");
  CHECK(sim::hex(tensor_digest(counting(40000))) ==
        "50b9b298ef9e2698b8af5b1fd30d4ab6824a9c5dff733e3812e72780e929efd6");
  CHECK(sim::hex(state_root(7, some_leaves(3))) ==
        "0dd867397795d85465b09cd77776549010307759d92f0934736a59c7c32d223f");
}

TEST_CASE("every leaf opens at its place and nowhere else", "[commitment]") {
  for (const std::size_t count : {1u, 2u, 3u, 5u, 8u, 13u, 16u, 17u}) {
    const MerkleTree tree(kKind, 4, some_leaves(count));
    for (std::size_t index = 0; index < count; ++index) {
      const std::vector<Hash> path = tree.path(index);
      CAPTURE(count, index);
      CHECK(opens(tree.root(), kKind, 4, count, index, tree.leaf(index), path));
      for (std::size_t other = 0; other <= count; ++other) {
        if (other == index) continue;
        CHECK_FALSE(opens(tree.root(), kKind, 4, count, other, tree.leaf(index), path));
      }
      // Another kind, label or count of leaves is another commitment.
      CHECK_FALSE(opens(tree.root(), Domain::StateRoot, 4, count, index, tree.leaf(index), path));
      CHECK_FALSE(opens(tree.root(), kKind, 5, count, index, tree.leaf(index), path));
      CHECK_FALSE(opens(tree.root(), kKind, 4, count + 1, index, tree.leaf(index), path));
    }
  }
}

TEST_CASE("no changed bit of a proof is accepted", "[commitment]") {
  const std::size_t count = 13;
  const MerkleTree tree(kKind, 0, some_leaves(count));
  sim::Draws draws(1, 1, 1);
  for (int trial = 0; trial < 500; ++trial) {
    const auto index = static_cast<std::size_t>(draws.below(count));
    Hash leaf = tree.leaf(index);
    std::vector<Hash> path = tree.path(index);
    const std::uint64_t what = draws.below(path.size() + 3);
    if (what < path.size()) {
      path[what][draws.below(32)] ^= std::byte{1} << draws.below(8);
    } else if (what == path.size()) {
      leaf[draws.below(32)] ^= std::byte{1} << draws.below(8);
    } else if (what == path.size() + 1) {
      path.pop_back();
    } else {
      path.push_back(leaf);
    }
    CAPTURE(trial, index, what);
    CHECK_FALSE(opens(tree.root(), kKind, 0, count, index, leaf, path));
  }
}

TEST_CASE("a leaf never passes for a node, nor a repeated leaf for an odd one", "[commitment]") {
  const std::vector<Hash> leaves = some_leaves(4);
  const MerkleTree four(kKind, 0, leaves);
  // The two nodes of the middle level, given as the leaves of a smaller tree.
  const MerkleTree two(kKind, 0, four.below(2, 0, 1));
  CHECK(two.root() != four.root());
  const MerkleTree three(kKind, 0, {leaves[0], leaves[1], leaves[2]});
  const MerkleTree repeated(kKind, 0, {leaves[0], leaves[1], leaves[2], leaves[2]});
  CHECK(three.root() != repeated.root());
}

TEST_CASE("nodes below a node fold to it, at every level", "[commitment]") {
  for (const std::size_t count : {1u, 2u, 3u, 7u, 8u, 9u, 100u}) {
    const MerkleTree tree(kKind, 0, some_leaves(count));
    const std::size_t depth = tree_depth(count);
    CHECK((std::size_t{1} << depth) >= count);
    CHECK((depth == 0 || (std::size_t{1} << (depth - 1)) < count));
    for (std::size_t level = 0; level <= depth; ++level) {
      for (std::size_t index = 0; index <= (count - 1) >> level; ++index) {
        const Hash node = tree.below(level, index, 0).front();
        for (std::size_t down = 0; down <= level; ++down) {
          const std::vector<Hash> nodes = tree.below(level, index, down);
          CAPTURE(count, level, index, down);
          CHECK(nodes.size() == nodes_below(count, level, index, down));
          CHECK(fold(nodes) == node);
        }
      }
    }
    CHECK(typed_root(kKind, 0, count, tree.below(depth, 0, 0).front()) == tree.root());
  }
}

TEST_CASE("a digest tells tensors apart that differ in one bit or in their length",
          "[commitment]") {
  std::vector<float> values = counting(20'000);
  const Hash digest = tensor_digest(values);
  values.back() = -values.back();
  CHECK(tensor_digest(values) != digest);
  values.back() = -values.back();
  CHECK(tensor_digest(values) == digest);
  values.push_back(0.0f);
  CHECK(tensor_digest(values) != digest);
  CHECK(tensor_digest(std::vector<float>{0.0f}) != tensor_digest(std::vector<float>{-0.0f}));
}

TEST_CASE("64 KiB of a tensor can be proved by themselves", "[commitment]") {
  const std::vector<float> values = counting(40'000);
  const MerkleTree tree = tensor_tree(values);
  REQUIRE(tree.leaves() == 3);  // 16,384 numbers each
  const auto part = std::as_bytes(std::span(values)).subspan(kLeafBytes, kLeafBytes);
  const Hash leaf = Sha256().begin(Domain::Leaf).add(part).finish();
  CHECK(opens(tensor_digest(values), Domain::TensorRoot, values.size(), 3, 1, leaf, tree.path(1)));
}
