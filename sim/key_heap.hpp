#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace assay::sim {

/// What a queue sorts: the time in nanoseconds, and where the event itself lies. A key whose slot
/// has another generation by now is dead: its event was cancelled.
struct QueueKey {
  std::int64_t at;
  std::uint32_t slot;
  std::uint32_t generation;
};

/// The queue while few events are pending: a heap whose nodes have four children, ordered by time
/// and, where times are equal, by a sequence number of its own. Taking the first key leaves a hole
/// at the root that the next push fills, since most events schedule a follower: together they cost
/// one walk down.
class KeyHeap {
 public:
  [[nodiscard]] std::size_t size() const { return nodes_.size() - (hole_ ? 1 : 0); }

  void push(QueueKey key) {
    const Node node{key.at, next_sequence_++, key.slot, key.generation};
    if (hole_) {
      hole_ = false;
      sift_down(0, node);
    } else {
      nodes_.push_back(node);
      sift_up(nodes_.size() - 1, node);
    }
  }

  /// Takes the first key if its time is at most `until`.
  bool pop(std::int64_t until, QueueKey& out) {
    if (hole_) fill_hole();
    if (nodes_.empty() || nodes_.front().at > until) return false;
    const Node& first = nodes_.front();
    out = {first.at, first.slot, first.generation};
    hole_ = true;
    return true;
  }

  /// Drops the keys that are not `alive(key)`.
  template <class Alive>
  void keep(const Alive& alive) {
    if (hole_) fill_hole();
    std::erase_if(nodes_, [&](const Node& node) {
      return !alive(QueueKey{node.at, node.slot, node.generation});
    });
    for (std::size_t i = nodes_.size() / 4 + 1; i-- > 0;) {
      if (i < nodes_.size()) sift_down(i, Node(nodes_[i]));
    }
  }

  /// Moves all keys to the end of `keys`, first to last, and is empty.
  void drain(std::vector<QueueKey>& keys) {
    if (hole_) fill_hole();
    std::sort(nodes_.begin(), nodes_.end(), before);
    for (const Node& node : nodes_) keys.push_back({node.at, node.slot, node.generation});
    nodes_.clear();
    next_sequence_ = 0;
  }

 private:
  struct Node {
    std::int64_t at;
    std::uint64_t sequence;
    std::uint32_t slot;
    std::uint32_t generation;
  };

  static bool before(const Node& a, const Node& b) {
    return a.at != b.at ? a.at < b.at : a.sequence < b.sequence;
  }

  void fill_hole() {
    hole_ = false;
    const Node last = nodes_.back();
    nodes_.pop_back();
    if (!nodes_.empty()) sift_down(0, last);
  }

  void sift_up(std::size_t i, const Node& node) {
    while (i > 0) {
      const std::size_t parent = (i - 1) / 4;
      if (!before(node, nodes_[parent])) break;
      nodes_[i] = nodes_[parent];
      i = parent;
    }
    nodes_[i] = node;
  }

  void sift_down(std::size_t i, const Node& node) {
    const std::size_t count = nodes_.size();
    for (;;) {
      const std::size_t first = 4 * i + 1;
      if (first >= count) break;
      std::size_t least = first;
      const std::size_t end = std::min(first + 4, count);
      for (std::size_t child = first + 1; child < end; ++child) {
        if (before(nodes_[child], nodes_[least])) least = child;
      }
      if (!before(nodes_[least], node)) break;
      nodes_[i] = nodes_[least];
      i = least;
    }
    nodes_[i] = node;
  }

  std::vector<Node> nodes_;
  std::uint64_t next_sequence_ = 0;
  bool hole_ = false;  // the root was taken and stands for nothing
};

}  // namespace assay::sim
