#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "sim/key_heap.hpp"
#include "sim/large_vector.hpp"

namespace assay::sim {

/// The queue while many events are pending: an adaptive radix ladder, O(1) amortised.
///
/// Keys that are due soon lie sorted in `near_`. All others lie in buckets of a ladder of rungs; a
/// rung distinguishes a few bits of the time, the lowest rung the lowest bits. The rung of a key is
/// the one that holds the highest bit in which its time differs from `base_`, its bucket in there
/// is given by the rung's bits. So the first bucket of the lowest rung in use holds the earliest
/// keys: when `near_` runs dry, that bucket is sorted into it, or, if it holds many, spread over
/// the rungs below, which are empty and are cut anew for that number of keys.
///
/// Invariants: `base_` is at most every time in the buckets; `near_` holds every key whose time is
/// at most `near_until_`; all keys of one time lie together, in a bucket or in `near_`, in the
/// order in which they were pushed. Equal times therefore need no sequence number: every step is
/// stable. A key moves down at most once per rung. Only integers are shifted and counted. The
/// ladder queue it descends from: Tang, Goh and Thng, "Ladder queue: an O(1) priority queue
/// structure for large-scale discrete event simulation", ACM TOMACS 2005.
class RadixLadder {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }

  /// `now` is the earliest time that can still be pushed; key.at >= now >= 0.
  void push(QueueKey key, std::int64_t now) {
    ++size_;
    if (key.at <= near_until_) {
      push_near(key, now);
    } else {
      push_bucket(key);
    }
  }

  /// Takes the first key if its time is at most `until`. Does not look into buckets that begin
  /// later than that.
  bool pop(std::int64_t until, QueueKey& out) {
    if (near_begin_ == near_end_ && !refill(until)) return false;
    if (near_[near_begin_].at > until) return false;
    out = near_[near_begin_++];
    --size_;
    return true;
  }

  /// The slot of the key that will be taken after `ahead` others, for prefetching, or `fallback`.
  [[nodiscard]] std::uint32_t slot_ahead(std::size_t ahead, std::uint32_t fallback) const {
    const std::size_t place = near_begin_ + ahead;
    return place < near_end_ ? near_[place].slot : fallback;
  }

  /// The key that will be taken after `ahead` others, or null if it is not sorted yet.
  [[nodiscard]] const QueueKey* key_ahead(std::size_t ahead) const {
    const std::size_t place = near_begin_ + ahead;
    return place < near_end_ ? &near_[place] : nullptr;
  }

  /// Replaces the content by `keys`: at least in the order of pushes where times are equal.
  void assign(const std::vector<QueueKey>& keys, std::int64_t now);

  /// Moves all keys to the end of `keys`, equal times in the order of their pushes but otherwise in
  /// no order, and is empty.
  void drain(std::vector<QueueKey>& keys);

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t kRungs = 20;  // enough: cuts of >= 4 bits below eight of 8 bits
  static constexpr std::size_t kBuckets = 256;
  static constexpr std::size_t kChunk = 16;
  static constexpr std::size_t kSortLimit = 192;
  static constexpr std::size_t kMargin = 256;  // room before the first of `near_` after a refill

  /// A list of chunks of keys. All but the last chunk are full.
  struct Bucket {
    std::uint32_t head = kNone;
    std::uint32_t tail = kNone;
    std::uint32_t count = 0;
  };
  struct Rung {
    std::uint32_t shift = 0;              // the lowest bit it distinguishes
    std::uint32_t mask = 0;               // 2^bits - 1
    std::array<std::uint64_t, 4> used{};  // one bit for each bucket that is not empty
  };
  using Chunk = std::array<QueueKey, kChunk>;
  struct Place {
    std::size_t rung;
    std::size_t bucket;
  };

  void push_bucket(QueueKey key) {
    const auto difference =
        (static_cast<std::uint64_t>(key.at) ^ static_cast<std::uint64_t>(base_)) | 1;
    const std::size_t r = rung_of_bit_[static_cast<std::size_t>(std::bit_width(difference)) - 1];
    Rung& rung = rungs_[r];
    const auto g =
        static_cast<std::size_t>(static_cast<std::uint64_t>(key.at) >> rung.shift) & rung.mask;
    Bucket& bucket = buckets_[r * kBuckets + g];
    const std::uint32_t place = bucket.count++ % kChunk;
    if (place == 0) {
      add_chunk(bucket);
      rung.used[g / 64] |= std::uint64_t{1} << (g % 64);
      active_ |= std::uint32_t{1} << r;
    }
    chunks_[bucket.tail][place] = key;
  }

  void push_near(QueueKey key, std::int64_t now);
  void insert_near(QueueKey key);
  void append_near(QueueKey key);
  void add_chunk(Bucket& bucket);
  template <class Visit>
  void empty_bucket(Place place, const Visit& visit);
  std::size_t gather(Place place, QueueKey* out);
  void clear_bucket(Place place);
  void sort_into_near(const QueueKey* keys, std::size_t count, std::int64_t begin,
                      std::int64_t last);
  bool refill(std::int64_t until);
  void spill(std::int64_t now);
  void cut_below(std::size_t rung, std::size_t count);
  void cut_all(std::uint64_t difference, std::size_t count);
  [[nodiscard]] Place lowest() const;
  [[nodiscard]] std::int64_t begin_of(Place place) const;
  [[nodiscard]] std::size_t sort_limit() const;

  std::size_t size_ = 0;
  std::int64_t base_ = 0;
  std::int64_t near_until_ = -1;
  std::size_t near_begin_ = 0;
  std::size_t near_end_ = 0;
  std::size_t near_cap_ = 0;
  std::uint32_t active_ = 0;  // one bit for each rung that is not empty
  std::uint32_t free_chunk_ = kNone;
  std::array<std::uint8_t, 64> rung_of_bit_{};
  std::array<Rung, kRungs> rungs_{};
  std::vector<Bucket> buckets_;  // empty until the ladder is first used
  LargeVector<Chunk> chunks_;
  std::vector<std::uint32_t> next_chunk_;
  std::vector<QueueKey> near_;
  std::vector<QueueKey> scratch_;
};

}  // namespace assay::sim
