#include "sim/radix_ladder.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "sim/check.hpp"

namespace assay::sim {
namespace {

constexpr std::size_t kFewNear = 32;    // a refill goes on until it has this many
constexpr std::size_t kNearSlack = 32;  // how far insertions may grow `near_` beyond a refill
constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();

/// How many bits a new rung should distinguish to spread `count` keys: about 8 a bucket.
std::uint32_t bits_for(std::size_t count) {
  return static_cast<std::uint32_t>(std::clamp(static_cast<int>(std::bit_width(count)) - 3, 4, 8));
}

void sort_by_insertion(QueueKey* keys, std::size_t count) {
  for (std::size_t i = 1; i < count; ++i) {
    const QueueKey key = keys[i];
    std::size_t j = i;
    for (; j > 0 && keys[j - 1].at > key.at; --j) keys[j] = keys[j - 1];
    keys[j] = key;
  }
}

/// Stable sort of at most 64 keys in [begin, begin + 2^shift) from `from` to `to`. The rank of a
/// key is the number of smaller ones; counting them has no branch to mispredict, and 16-bit
/// ordinals, the leading ten bits of the place in the bucket and the index, are compared eight at a
/// time. Insertion then orders what those ten bits could not tell apart.
void sort_by_rank(const QueueKey* from, QueueKey* to, std::size_t count, std::int64_t begin,
                  std::uint32_t shift) {
  constexpr std::uint32_t kCoarseBits = 10;
  const std::uint32_t coarse_shift = shift > kCoarseBits ? shift - kCoarseBits : 0;
  std::array<std::int16_t, 64> ordinals;
  for (std::size_t i = 0; i < count; ++i) {
    const auto coarse = static_cast<std::uint64_t>(from[i].at - begin) >> coarse_shift;
    ordinals[i] = static_cast<std::int16_t>(static_cast<std::int64_t>((coarse << 6) | i) - 32768);
  }
  const std::size_t padded = (count + 7) / 8 * 8;
  for (std::size_t i = count; i < padded; ++i) ordinals[i] = 32767;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int16_t own = ordinals[i];
    std::int16_t rank = 0;
    for (std::size_t j = 0; j < padded; ++j) {
      rank = static_cast<std::int16_t>(rank + (ordinals[j] < own ? 1 : 0));
    }
    to[rank] = from[i];
  }
  sort_by_insertion(to, count);
}

/// Stable sort of at most 255 keys in [begin, begin + 2^shift) from `from` to `to`: by the leading
/// seven bits of the place in the bucket, then by insertion, which finds little to do unless the
/// keys cluster.
void sort_by_counting(const QueueKey* from, QueueKey* to, std::size_t count, std::int64_t begin,
                      std::uint32_t shift) {
  constexpr std::uint32_t kCellBits = 7;
  const std::uint32_t cell_shift = shift > kCellBits ? shift - kCellBits : 0;
  std::array<std::uint8_t, (1 << kCellBits) + 1> places{};
  const auto cell = [&](const QueueKey& key) {
    return static_cast<std::size_t>(static_cast<std::uint64_t>(key.at - begin) >> cell_shift);
  };
  for (std::size_t i = 0; i < count; ++i) ++places[cell(from[i]) + 1];
  for (std::size_t c = 1; c < places.size(); ++c) {
    places[c] = static_cast<std::uint8_t>(places[c] + places[c - 1]);
  }
  for (std::size_t i = 0; i < count; ++i) to[places[cell(from[i])]++] = from[i];
  sort_by_insertion(to, count);
}

}  // namespace

std::size_t RadixLadder::sort_limit() const {
  return std::clamp<std::size_t>(size_ / 4, 32, kSortLimit);
}

void RadixLadder::add_chunk(Bucket& bucket) {
  std::uint32_t chunk = free_chunk_;
  if (chunk != kNone) {
    free_chunk_ = next_chunk_[chunk];
  } else {
    chunk = static_cast<std::uint32_t>(chunks_.size());
    chunks_.emplace_back();
    next_chunk_.push_back(kNone);
  }
  next_chunk_[chunk] = kNone;
  if (bucket.head == kNone) {
    bucket.head = chunk;
  } else {
    next_chunk_[bucket.tail] = chunk;
  }
  bucket.tail = chunk;
}

void RadixLadder::clear_bucket(Place place) {
  buckets_[place.rung * kBuckets + place.bucket] = Bucket{};
  Rung& rung = rungs_[place.rung];
  rung.used[place.bucket / 64] &= ~(std::uint64_t{1} << (place.bucket % 64));
  if ((rung.used[0] | rung.used[1] | rung.used[2] | rung.used[3]) == 0) {
    active_ &= ~(std::uint32_t{1} << place.rung);
  }
}

/// Takes the keys out of a bucket, in order; `visit(keys, count)` sees them a chunk at a time and
/// may push to other buckets.
template <class Visit>
void RadixLadder::empty_bucket(Place place, const Visit& visit) {
  const Bucket bucket = buckets_[place.rung * kBuckets + place.bucket];
  clear_bucket(place);
  std::uint32_t chunk = bucket.head;
  for (std::size_t left = bucket.count; left > 0;) {
    const std::uint32_t next = next_chunk_[chunk];
    if (next != kNone) __builtin_prefetch(chunks_.data() + next);
    const std::size_t count = std::min(left, kChunk);
    const Chunk keys = chunks_[chunk];  // a copy: visiting may move the chunks
    next_chunk_[chunk] = free_chunk_;
    free_chunk_ = chunk;
    visit(keys.data(), count);
    left -= count;
    chunk = next;
  }
}

/// Takes the keys out of a bucket, in order. Copies whole chunks, so `out` needs room for one chunk
/// more than the bucket holds. Returns how many they are.
std::size_t RadixLadder::gather(Place place, QueueKey* out) {
  const Bucket bucket = buckets_[place.rung * kBuckets + place.bucket];
  clear_bucket(place);
  for (std::uint32_t chunk = bucket.head; chunk != kNone; chunk = next_chunk_[chunk]) {
    std::memcpy(out, chunks_.data() + chunk, sizeof(Chunk));
    out += kChunk;
  }
  next_chunk_[bucket.tail] = free_chunk_;
  free_chunk_ = bucket.head;
  return bucket.count;
}

RadixLadder::Place RadixLadder::lowest() const {
  const auto rung = static_cast<std::size_t>(std::countr_zero(active_));
  std::size_t word = 0;
  while (rungs_[rung].used[word] == 0) ++word;
  return {rung, 64 * word + static_cast<std::size_t>(std::countr_zero(rungs_[rung].used[word]))};
}

/// The earliest time that belongs to a bucket: the bits of `base_` above its rung, then its own.
std::int64_t RadixLadder::begin_of(Place place) const {
  const Rung& rung = rungs_[place.rung];
  const std::uint64_t own = std::uint64_t{rung.mask} << rung.shift;
  const std::uint64_t below = (std::uint64_t{1} << rung.shift) - 1;
  return static_cast<std::int64_t>((static_cast<std::uint64_t>(base_) & ~(own | below)) |
                                   (std::uint64_t{place.bucket} << rung.shift));
}

/// Cuts the bits below a rung anew: as many for the next rung as `count` keys need, then bytes.
/// All rungs below must be empty.
void RadixLadder::cut_below(std::size_t rung, std::size_t count) {
  std::uint32_t top = rungs_[rung].shift;
  std::uint32_t bits = bits_for(count);
  while (top > 0) {
    --rung;
    bits = std::min(bits, top);
    top -= bits;
    rungs_[rung].shift = top;
    rungs_[rung].mask = (std::uint32_t{1} << bits) - 1;
    for (std::uint32_t bit = top; bit < top + bits; ++bit) {
      rung_of_bit_[bit] = static_cast<std::uint8_t>(rung);
    }
    bits = 8;
  }
}

/// Cuts all 64 bits anew for `count` keys that differ from `base_` in the bits of `difference`:
/// bytes above the highest of them. All rungs must be empty.
void RadixLadder::cut_all(std::uint64_t difference, std::size_t count) {
  const auto highest = static_cast<std::uint32_t>(std::bit_width(difference));
  std::size_t rung = kRungs;
  std::uint32_t top = 64;
  while (top > highest || rung == kRungs) {
    --rung;
    const std::uint32_t bits = std::clamp<std::uint32_t>(top - highest, 1, 8);
    top -= bits;
    rungs_[rung].shift = top;
    rungs_[rung].mask = (std::uint32_t{1} << bits) - 1;
    for (std::uint32_t bit = top; bit < top + bits; ++bit) {
      rung_of_bit_[bit] = static_cast<std::uint8_t>(rung);
    }
  }
  cut_below(rung, count);
}

void RadixLadder::append_near(QueueKey key) {
  if (near_end_ == near_.size()) {
    const std::size_t count = near_end_ - near_begin_;
    if (near_begin_ > kMargin + count) {  // more than half of it is room at the front
      std::copy(near_.begin() + static_cast<std::ptrdiff_t>(near_begin_), near_.end(),
                near_.begin() + kMargin);
      near_begin_ = kMargin;
      near_end_ = kMargin + count;
    } else {
      near_.resize(2 * near_.size());
    }
  }
  near_[near_end_++] = key;
}

void RadixLadder::insert_near(QueueKey key) {
  // The place after all keys of this time or before; the search has no branch to mispredict.
  const QueueKey* place = near_.data() + near_begin_;
  for (std::size_t left = near_end_ - near_begin_; left > 1;) {
    const std::size_t half = left / 2;
    place += place[half - 1].at <= key.at ? half : 0;
    left -= half;
  }
  place += place->at <= key.at ? 1 : 0;
  const auto position = static_cast<std::size_t>(place - near_.data());
  const auto at = [this](std::size_t i) { return near_.begin() + static_cast<std::ptrdiff_t>(i); };
  if (near_begin_ > 0 && position - near_begin_ < near_end_ - position) {
    std::copy(at(near_begin_), at(position), at(near_begin_ - 1));
    --near_begin_;
    near_[position - 1] = key;
  } else {
    const QueueKey last = near_[near_end_ - 1];
    std::copy_backward(at(position), at(near_end_ - 1), at(near_end_));
    near_[position] = key;
    append_near(last);
  }
}

void RadixLadder::push_near(QueueKey key, std::int64_t now) {
  const std::size_t count = near_end_ - near_begin_;
  if (count == 0 || near_[near_end_ - 1].at <= key.at) {
    append_near(key);
  } else if (count < near_cap_) {
    insert_near(key);
  } else {
    spill(now);
    push_bucket(key);
  }
}

/// `near_` is full: back into buckets with it, under rungs cut for that many keys.
void RadixLadder::spill(std::int64_t now) {
  if (now < base_ || active_ == 0) {
    // Either nothing hinders a fresh start, or somebody looked ahead, which moved `base_`, and then
    // pushed earlier keys.
    scratch_.clear();
    const std::size_t size = size_;
    drain(scratch_);
    assign(scratch_, now);
    size_ = size;
    return;
  }
  base_ = now;
  near_until_ = -1;
  cut_below(static_cast<std::size_t>(std::countr_zero(active_)), near_end_ - near_begin_);
  const std::size_t end = std::exchange(near_end_, 0);
  for (std::size_t i = std::exchange(near_begin_, 0); i < end; ++i) push_bucket(near_[i]);
}

void RadixLadder::drain(std::vector<QueueKey>& keys) {
  keys.insert(keys.end(), near_.begin() + static_cast<std::ptrdiff_t>(near_begin_),
              near_.begin() + static_cast<std::ptrdiff_t>(near_end_));
  near_begin_ = near_end_ = 0;
  while (active_ != 0) {
    empty_bucket(lowest(), [&](const QueueKey* chunk, std::size_t count) {
      keys.insert(keys.end(), chunk, chunk + count);
    });
  }
  size_ = 0;
}

void RadixLadder::assign(const std::vector<QueueKey>& keys, std::int64_t now) {
  if (buckets_.empty()) {
    buckets_.resize(kRungs * kBuckets);
    near_.resize(4 * kMargin);
  }
  SIM_CHECK(active_ == 0);
  base_ = now;
  near_begin_ = near_end_ = 0;
  near_until_ = -1;
  size_ = keys.size();
  std::uint64_t difference = 0;
  for (const QueueKey& key : keys) difference |= static_cast<std::uint64_t>(key.at ^ now);
  cut_all(difference, keys.size());
  for (const QueueKey& key : keys) push_bucket(key);
}

/// Sorts `count` <= kSortLimit keys in [begin, last] to the end of `near_`.
void RadixLadder::sort_into_near(const QueueKey* keys, std::size_t count, std::int64_t begin,
                                 std::int64_t last) {
  QueueKey* const to = near_.data() + near_end_;
  near_end_ += count;
  const auto shift =
      static_cast<std::uint32_t>(std::bit_width(static_cast<std::uint64_t>(last - begin)));
  if (count <= 64) {
    sort_by_rank(keys, to, count, begin, shift);
  } else {
    sort_by_counting(keys, to, count, begin, shift);
  }
}

/// Fills the empty `near_` from the first buckets, if the first begins by `until`.
bool RadixLadder::refill(std::int64_t until) {
  if (active_ == 0) return false;
  const std::size_t limit = sort_limit();
  Place place = lowest();
  std::int64_t begin = begin_of(place);
  std::size_t count = 0;
  for (;;) {
    if (begin > until) return false;
    count = buckets_[place.rung * kBuckets + place.bucket].count;
    if (count <= limit || rungs_[place.rung].shift == 0) break;
    // Too many to sort: spread them over the rungs below. What is pushed before `begin` from now
    // on belongs in front of them, into `near_`.
    base_ = begin;
    near_until_ = begin - 1;
    cut_below(place.rung, count);
    empty_bucket(place, [this](const QueueKey* keys, std::size_t size) {
      for (std::size_t i = 0; i < size; ++i) push_bucket(keys[i]);
    });
    place = lowest();
    begin = begin_of(place);
  }
  base_ = begin;
  near_begin_ = near_end_ = kMargin;
  const std::size_t rung = place.rung;
  const auto last_in_bucket =
      static_cast<std::int64_t>((std::uint64_t{1} << rungs_[rung].shift) - 1);
  if (count > limit) {  // all of one time, and in order already
    const std::size_t room = kMargin + count + kChunk;
    if (near_.size() < room) near_.resize(std::max(2 * near_.size(), room));
    near_end_ += gather(place, near_.data() + near_end_);
    near_until_ = begin;
  } else {
    std::array<QueueKey, kSortLimit + kChunk> keys;
    std::size_t gathered = 0;
    do {
      gathered += gather(place, keys.data() + gathered);
      near_until_ = begin_of(place) | last_in_bucket;
      if (gathered >= kFewNear || (active_ >> rung & 1) == 0) break;
      place = lowest();
    } while (gathered + buckets_[place.rung * kBuckets + place.bucket].count <= limit);
    sort_into_near(keys.data(), gathered, begin, near_until_);
  }
  near_cap_ = limit + kNearSlack;
  if (active_ == 0) {
    // Nothing lies behind `near_`: few pending events stay in it altogether.
    near_until_ = kForever;
    near_cap_ = std::max<std::size_t>(48, near_end_ - near_begin_ + 16);
  }
  return true;
}

}  // namespace assay::sim
