#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "protocol/ids.hpp"
#include "sim/bytes.hpp"
#include "sim/check.hpp"

namespace assay::protocol {

/// Rows that come and go. A row's place is used again, last in first out, under a new generation,
/// so that an id never finds a later row. Rows have no padding, no pointer and no double: they are
/// copied, saved and compared as bytes. A reference to a row holds until the next `add`.
template <class Row, class Id>
class Table {
  static_assert(std::is_trivially_copyable_v<Row> && std::has_unique_object_representations_v<Row>);

 public:
  Id add(const Row& row) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(rows_.size()));
      rows_.push_back(Row{});
      generations_.push_back(0);
    }
    const std::uint32_t place = free_.back();
    free_.pop_back();
    rows_[place] = row;
    ++generations_[place];  // odd: alive
    return Id{place, generations_[place]};
  }

  void remove(Id id) {
    SIM_CHECK(find(id) != nullptr);
    ++generations_[id.row];  // even: dead
    free_.push_back(id.row);
  }

  /// The row, or null when it has ended.
  [[nodiscard]] Row* find(Id id) {
    const bool alive = id.row < rows_.size() && generations_[id.row] == id.generation;
    return alive ? &rows_[id.row] : nullptr;
  }
  [[nodiscard]] const Row* find(Id id) const { return const_cast<Table*>(this)->find(id); }
  /// The row of something that must be there.
  [[nodiscard]] Row& at(Id id) {
    Row* row = find(id);
    SIM_CHECK(row != nullptr);
    return *row;
  }
  [[nodiscard]] const Row& at(Id id) const { return const_cast<Table*>(this)->at(id); }

  [[nodiscard]] std::size_t size() const { return rows_.size() - free_.size(); }

  /// Calls `visit(id, row)` for every row that is there, in the order of places.
  template <class Visit>
  void for_each(Visit visit) const {
    for (std::uint32_t place = 0; place < rows_.size(); ++place) {
      if (generations_[place] % 2 == 1) visit(Id{place, generations_[place]}, rows_[place]);
    }
  }

  void save(sim::ByteWriter& out) const {
    out.put_rows(rows_);
    out.put_rows(generations_);
    out.put_rows(free_);
  }
  void load(sim::ByteReader& in) {
    rows_ = in.get_rows<Row>();
    generations_ = in.get_rows<std::uint32_t>();
    free_ = in.get_rows<std::uint32_t>();
    if (generations_.size() != rows_.size()) throw sim::CorruptBytes("saved state: a torn table");
    for (const std::uint32_t place : free_) {
      if (place >= rows_.size()) throw sim::CorruptBytes("saved state: a free row that is none");
    }
  }

 private:
  std::vector<Row> rows_;
  std::vector<std::uint32_t> generations_;
  std::vector<std::uint32_t> free_;
};

}  // namespace assay::protocol
