#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>

#include "sim/bytes.hpp"

namespace assay::sim {

using Hash = std::array<std::byte, 32>;

/// SHA-256 of everything that a run does, fed in small pieces. It is a value: it can be copied,
/// and saved and loaded, in the middle, so that a run that goes on from a checkpoint ends with the
/// digest of the uninterrupted one. Pieces are buffered, so a small update is a copy of its bytes.
class Digest {
 public:
  Digest();

  void update(std::span<const std::byte> bytes) {
    if (bytes.size() >= buffer_.size() - used_) return update_long(bytes);
    if (bytes.empty()) return;
    std::memcpy(buffer_.data() + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
  }

  /// The bytes of one value without padding: what pads would be nobody's business.
  template <PlainBytes T>
  void update_value(const T& value) {
    update(std::as_bytes(std::span<const T, 1>(&value, 1)));
  }

  /// The hash of everything so far; the digest can go on afterwards.
  [[nodiscard]] Hash finish() const;

  void save(ByteWriter& writer) const;
  [[nodiscard]] static Digest load(ByteReader& reader);

 private:
  void update_long(std::span<const std::byte> bytes);
  void absorb_buffer();

  std::array<std::uint32_t, 8> state_;
  std::uint64_t absorbed_ = 0;  // bytes already in state_, a multiple of the buffer's size
  std::size_t used_ = 0;        // bytes waiting in buffer_, always fewer than its size
  std::array<std::byte, 4096> buffer_;
};

/// SHA-256 of `bytes`.
[[nodiscard]] Hash sha256(std::span<const std::byte> bytes);

/// SHA-256 of a file's content, read piece by piece. Throws std::runtime_error where the file
/// cannot be read.
[[nodiscard]] Hash sha256_file(const std::filesystem::path& path);

/// Lower-case hexadecimal text, two digits a byte.
[[nodiscard]] std::string hex(std::span<const std::byte> bytes);

}  // namespace assay::sim
