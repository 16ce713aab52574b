#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "protocol/ids.hpp"
#include "sim/bytes.hpp"
#include "sim/check.hpp"
#include "sim/large_vector.hpp"

namespace assay::protocol {

/// Rows that come and go. A row's place is used again, last in first out, under a new generation,
/// so that an id never finds a later row. Rows have no padding, no pointer and no double: they are
/// copied, saved and compared as bytes. A reference to a row holds until the next `add`.
template <class Row, class Id>
class Table {
  static_assert(std::is_trivially_copyable_v<Row> && std::has_unique_object_representations_v<Row>);

 public:
  Id add(const Row& row) {
    if (free_ == kNone) {
      SIM_CHECK(slots_.size() < kNone);
      free_ = static_cast<std::uint32_t>(slots_.size());
      slots_.emplace_back();
    }
    const std::uint32_t place = free_;
    Slot& slot = slots_[place];
    free_ = slot.next_free;
    slot.next_free = kNone;
    slot.row = row;
    ++size_;
    return Id{place, ++slot.generation};  // odd: alive
  }

  void remove(Id id) {
    SIM_CHECK(find(id) != nullptr);
    Slot& slot = slots_[id.row];
    ++slot.generation;  // even: dead
    slot.next_free = free_;
    free_ = id.row;
    --size_;
  }

  /// The row, or null when it has ended.
  [[nodiscard]] Row* find(Id id) {
    const bool alive = id.row < slots_.size() && slots_[id.row].generation == id.generation;
    return alive ? &slots_[id.row].row : nullptr;
  }
  [[nodiscard]] const Row* find(Id id) const { return const_cast<Table*>(this)->find(id); }
  /// The row of something that must be there.
  [[nodiscard]] Row& at(Id id) {
    Row* row = find(id);
    SIM_CHECK(row != nullptr);
    return *row;
  }
  [[nodiscard]] const Row& at(Id id) const { return const_cast<Table*>(this)->at(id); }

  /// Asks for a row's memory, which will be needed soon.
  void prefetch(Id id) const {
    if (id.row >= slots_.size()) return;
    const auto* bytes = reinterpret_cast<const char*>(&slots_[id.row]);
    for (std::size_t at = 0; at < sizeof(Slot); at += 64) __builtin_prefetch(bytes + at);
    __builtin_prefetch(bytes + sizeof(Slot) - 1);
  }

  [[nodiscard]] std::size_t size() const { return size_; }

  /// Calls `visit(id, row)` for every row that is there, in the order of places.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::uint32_t place = 0; place < slots_.size(); ++place) {
      const Slot& slot = slots_[place];
      if (slot.generation % 2 == 1) visit(Id{place, slot.generation}, slot.row);
    }
  }

  void save(sim::ByteWriter& out) const {
    out.put_rows(slots_);
    out.put(free_);
  }
  void load(sim::ByteReader& in) {
    slots_ = in.get_rows<Slot, sim::LargePages<Slot>>();
    free_ = in.get<std::uint32_t>();
    size_ = 0;
    for (const Slot& slot : slots_) size_ += slot.generation % 2;
    std::size_t free = 0;
    for (std::uint32_t place = free_; place != kNone; place = slots_[place].next_free) {
      if (place >= slots_.size() || slots_[place].generation % 2 == 1 || free == slots_.size()) {
        throw sim::CorruptBytes("saved state: a free row that is none");
      }
      ++free;
    }
    if (size_ + free != slots_.size()) throw sim::CorruptBytes("saved state: a lost row");
  }

 private:
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

  struct Slot {
    std::uint32_t generation = 0;
    std::uint32_t next_free = kNone;
    Row row;
  };

  sim::LargeVector<Slot> slots_;
  std::uint32_t free_ = kNone;
  std::size_t size_ = 0;
};

}  // namespace assay::protocol
