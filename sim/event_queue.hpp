#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/key_heap.hpp"
#include "sim/radix_ladder.hpp"

namespace assay::sim {

/// The keys of pending events, taken in the order of (time, push): a heap while they are few, a
/// radix ladder while they are many. The two switch points lie far apart, so that a number that
/// swings around one of them does not move everything again and again. Copyable; nothing is
/// allocated per key once the number of keys has reached its height.
class EventQueue {
 public:
  /// All keys in it, dead ones included.
  [[nodiscard]] std::size_t size() const { return is_heap_ ? heap_.size() : ladder_.size(); }

  /// key.at >= now >= 0, where `now` is the earliest time that can still be pushed.
  void push(QueueKey key, std::int64_t now) {
    if (is_heap_) {
      heap_.push(key);
      if (heap_.size() > kManyKeys) become_ladder(now);
    } else {
      ladder_.push(key, now);
    }
  }

  /// Takes the first key if its time is at most `until`.
  bool pop(std::int64_t until, QueueKey& out) {
    if (is_heap_) return heap_.pop(until, out);
    if (!ladder_.pop(until, out)) return false;
    if (ladder_.size() < kFewKeys) become_heap();
    return true;
  }

  /// A slot that will be needed soon, or `fallback`.
  [[nodiscard]] std::uint32_t slot_ahead(std::uint32_t fallback) const {
    constexpr std::size_t kAhead = 8;
    return is_heap_ ? fallback : ladder_.slot_ahead(kAhead, fallback);
  }

  /// The key that will be taken after `ahead` others if nothing is pushed, or null where that takes
  /// more than a look.
  [[nodiscard]] const QueueKey* key_ahead(std::size_t ahead) const {
    return is_heap_ ? nullptr : ladder_.key_ahead(ahead);
  }

  /// Drops the keys that are not `alive(key)`: O(size()).
  template <class Alive>
  void keep(const Alive& alive, std::int64_t now) {
    if (is_heap_) return heap_.keep(alive);
    ladder_.drain(moving_);
    std::erase_if(moving_, [&](const QueueKey& key) { return !alive(key); });
    ladder_.assign(moving_, now);
    moving_.clear();
  }

 private:
  static constexpr std::size_t kManyKeys = 64;
  static constexpr std::size_t kFewKeys = 24;

  void become_ladder(std::int64_t now) {
    heap_.drain(moving_);
    ladder_.assign(moving_, now);
    moving_.clear();
    is_heap_ = false;
  }
  void become_heap() {
    ladder_.drain(moving_);
    for (const QueueKey& key : moving_) heap_.push(key);
    moving_.clear();
    is_heap_ = true;
  }

  bool is_heap_ = true;
  KeyHeap heap_;
  RadixLadder ladder_;
  std::vector<QueueKey> moving_;
};

}  // namespace assay::sim
