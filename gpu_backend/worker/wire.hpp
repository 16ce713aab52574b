#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

/// How a message's fields become bytes. One list of fields serves both directions, so that what
/// one side writes the other reads. The form is canonical: a value has exactly one encoding, and
/// what decodes encodes to the same bytes. Whole numbers are little-endian, a float is its bits, a
/// text or a list is its length (32 bits) and its content, what may be missing a byte that says
/// whether it is there, one of several its number (8 bits), a struct its fields in order.
namespace assay::backend {

/// Bytes that are no message; says what was found and what was expected.
class WireError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The longest text in a message.
inline constexpr std::size_t kMaxText = 4096;

/// The fields of a message struct, in their order. Specialised for each of them:
/// `template <> struct Wire<M> { static auto fields(auto& m) { return std::tie(m.a, m.b); } };`
template <class M>
struct Wire;

namespace wire {

template <class T>
concept Number = std::integral<T> && !std::same_as<T, bool>;
template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;
template <class T>
inline constexpr bool kIsArray = false;
template <class T, std::size_t N>
inline constexpr bool kIsArray<std::array<T, N>> = true;
template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;
template <class T>
inline constexpr bool kIsVariant = false;
template <class... T>
inline constexpr bool kIsVariant<std::variant<T...>> = true;

class Encoder {
 public:
  template <class T>
  void put(const T& value) {
    if constexpr (Number<T>) {
      auto rest = static_cast<std::make_unsigned_t<T>>(value);
      for (std::size_t i = 0; i < sizeof(T); ++i) {
        bytes_.push_back(static_cast<char>(rest & 0xFFu));
        if constexpr (sizeof(T) > 1) rest = static_cast<decltype(rest)>(rest >> 8);
      }
    } else if constexpr (std::same_as<T, bool>) {
      put(std::uint8_t{value});
    } else if constexpr (std::is_enum_v<T>) {
      put(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::same_as<T, float>) {
      put(std::bit_cast<std::uint32_t>(value));
    } else if constexpr (std::same_as<T, double>) {
      put(std::bit_cast<std::uint64_t>(value));
    } else if constexpr (std::same_as<T, std::string>) {
      if (value.size() > kMaxText) throw WireError("a text is too long for a message");
      put(static_cast<std::uint32_t>(value.size()));
      bytes_ += value;
    } else if constexpr (kIsArray<T>) {
      for (const auto& entry : value) put(entry);
    } else if constexpr (kIsVector<T>) {
      put(static_cast<std::uint32_t>(value.size()));
      for (const auto& entry : value) put(entry);
    } else if constexpr (kIsOptional<T>) {
      put(value.has_value());
      if (value) put(*value);
    } else if constexpr (kIsVariant<T>) {
      put(static_cast<std::uint8_t>(value.index()));
      std::visit([this](const auto& one) { this->put(one); }, value);
    } else {
      std::apply([this](const auto&... fields) { (this->put(fields), ...); },
                 Wire<T>::fields(value));
    }
  }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  void get(T& value) {
    if constexpr (Number<T>) {
      const std::string_view raw = take(sizeof(T));
      std::make_unsigned_t<T> whole = 0;
      for (std::size_t i = sizeof(T); i-- > 0;) {
        const auto byte = static_cast<unsigned char>(raw[i]);
        if constexpr (sizeof(T) > 1) whole = static_cast<decltype(whole)>(whole << 8);
        whole = static_cast<decltype(whole)>(whole | byte);
      }
      value = static_cast<T>(whole);
    } else if constexpr (std::same_as<T, bool>) {
      std::uint8_t byte = 0;
      get(byte);
      if (byte > 1) throw WireError("found a truth value that is neither 0 nor 1");
      value = byte == 1;
    } else if constexpr (std::is_enum_v<T>) {
      std::underlying_type_t<T> number{};
      get(number);
      value = static_cast<T>(number);  // whether it is one of them is for who uses it
    } else if constexpr (std::same_as<T, float>) {
      std::uint32_t bits = 0;
      get(bits);
      value = std::bit_cast<float>(bits);
    } else if constexpr (std::same_as<T, double>) {
      std::uint64_t bits = 0;
      get(bits);
      value = std::bit_cast<double>(bits);
    } else if constexpr (std::same_as<T, std::string>) {
      value = text();
    } else if constexpr (kIsArray<T>) {
      for (auto& entry : value) get(entry);
    } else if constexpr (kIsVector<T>) {
      std::uint32_t count = 0;
      get(count);
      value.clear();
      // Grown entry by entry: a length that promises more than there is costs nothing.
      for (std::uint32_t i = 0; i < count; ++i) get(value.emplace_back());
    } else if constexpr (kIsOptional<T>) {
      bool there = false;
      get(there);
      value.reset();
      if (there) get(value.emplace());
    } else if constexpr (kIsVariant<T>) {
      std::uint8_t number = 0;
      get(number);
      choose(value, number, std::make_index_sequence<std::variant_size_v<T>>());
    } else {
      std::apply([this](auto&... fields) { (this->get(fields), ...); }, Wire<T>::fields(value));
    }
  }
  void finish() const {
    if (!bytes_.empty()) {
      throw WireError("found " + std::to_string(bytes_.size()) + " bytes after a message's end");
    }
  }

 private:
  template <class T, std::size_t... I>
  void choose(T& value, std::size_t number, std::index_sequence<I...>) {
    const bool found = ((number == I ? (get(value.template emplace<I>()), true) : false) || ...);
    if (!found) throw WireError("found choice " + std::to_string(number) + ", which there is not");
  }
  [[nodiscard]] std::string_view take(std::size_t count) {
    if (count > bytes_.size()) {
      throw WireError("found a message cut short: " + std::to_string(bytes_.size()) +
                      " bytes left, expected " + std::to_string(count));
    }
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  /// Texts end up in people's terminals: what is not printable is no text.
  [[nodiscard]] std::string text() {
    std::uint32_t length = 0;
    get(length);
    if (length > kMaxText) {
      throw WireError("found a text of " + std::to_string(length) + " bytes, expected at most " +
                      std::to_string(kMaxText));
    }
    const std::string_view found = take(length);
    for (const char c : found) {
      const auto byte = static_cast<unsigned char>(c);
      if ((byte < 0x20 && c != '\n') || byte == 0x7F) {
        throw WireError("found a control character in a text");
      }
    }
    return std::string(found);
  }

  std::string_view bytes_;
};

}  // namespace wire

template <class M>
[[nodiscard]] std::string encode(const M& message) {
  wire::Encoder encoder;
  encoder.put(message);
  return encoder.take();
}

/// Throws WireError unless `bytes` are exactly one message of this type.
template <class M>
[[nodiscard]] M decode(std::string_view bytes) {
  wire::Decoder decoder(bytes);
  M message{};
  decoder.get(message);
  decoder.finish();
  return message;
}

}  // namespace assay::backend
