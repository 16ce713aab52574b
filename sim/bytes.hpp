#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/time.hpp"

// A run saved in the middle is a string of bytes: values one after the other, little endian,
// without padding or names. Whoever writes a part also reads it, in the same order.
namespace assay::sim {

static_assert(std::endian::native == std::endian::little,
              "saved states are little endian; a big-endian machine would have to swap");

/// Saved bytes end too early or say what cannot be: an input error, not a broken invariant.
class CorruptBytes : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What may be written as its bytes: no padding, so that equal values are equal bytes.
template <class T>
concept PlainBytes = std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>;

/// Appends values to a growing string of bytes.
class ByteWriter {
 public:
  /// An integer, an enum, or a row without padding.
  template <PlainBytes T>
  void put(const T& value) {
    append(&value, sizeof(T));
  }
  void put(bool value) { put(static_cast<std::uint8_t>(value)); }
  void put(SimTime at) { put(at.time_since_epoch().count()); }
  void put(SimDuration span) { put(span.count()); }

  /// Any trivially copyable value. Its padding, if it has some, is written as it stands, so two
  /// saves of equal states may differ there; prefer `put`.
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void put_raw(const T& value) { append(&value, sizeof(T)); }

  /// The number of rows, then the rows.
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void put_rows(std::span<const T> rows) {
    put(static_cast<std::uint64_t>(rows.size()));
    append(rows.data(), rows.size_bytes());
  }
  template <class T, class Allocator>
  void put_rows(const std::vector<T, Allocator>& rows) {
    put_rows(std::span<const T>(rows));
  }

  [[nodiscard]] std::size_t size() const { return bytes_.size(); }
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  /// The bytes; the writer is empty afterwards.
  [[nodiscard]] std::vector<std::byte> take() { return std::exchange(bytes_, {}); }

 private:
  void append(const void* data, std::size_t size);

  std::vector<std::byte> bytes_;
};

/// Reads what a ByteWriter wrote, in the same order. Throws CorruptBytes where the bytes end early
/// or a length exceeds what is left; it never allocates more than the input holds.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  template <class T>
  requires std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T>
  [[nodiscard]] T get() {
    if constexpr (std::is_same_v<T, bool>) {
      const auto value = get<std::uint8_t>();
      if (value > 1) throw CorruptBytes("saved state: a yes or no that is neither");
      return value == 1;
    } else {
      T value{};
      copy_out(&value, sizeof(T));
      return value;
    }
  }

  template <class T, class Allocator = std::allocator<T>>
  requires std::is_trivially_copyable_v<T>
  [[nodiscard]] std::vector<T, Allocator> get_rows() {
    const std::uint64_t count = length(sizeof(T));
    std::vector<T, Allocator> rows(static_cast<std::size_t>(count));
    copy_out(rows.data(), rows.size() * sizeof(T));
    return rows;
  }

  /// A count that the caller will read one by one: at most as many as `unit` bytes each allow.
  [[nodiscard]] std::uint64_t length(std::size_t unit) {
    const auto count = get<std::uint64_t>();
    if (count > rest_.size() / unit) {
      throw CorruptBytes("saved state: a length exceeds what is left");
    }
    return count;
  }

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  void copy_out(void* out, std::size_t size) {
    if (size > rest_.size()) throw CorruptBytes("saved state: ends too early");
    if (size == 0) return;
    std::memcpy(out, rest_.data(), size);
    rest_ = rest_.subspan(size);
  }

  std::span<const std::byte> rest_;
};

}  // namespace assay::sim
