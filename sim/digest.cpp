// OpenSSL 3 deprecates its low-level interface, but the EVP one hides its state and cannot be saved
// in the middle of a stream. The struct below is plain and has been the same since OpenSSL 0.9.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "sim/digest.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <vector>

namespace assay::sim {
namespace {

/// OpenSSL's context between two whole 64-byte blocks, from the eight words and the length.
SHA256_CTX context_of(const std::array<std::uint32_t, 8>& state, std::uint64_t absorbed) {
  SHA256_CTX context;
  SHA256_Init(&context);
  std::copy(state.begin(), state.end(), context.h);
  context.Nl = static_cast<SHA_LONG>(absorbed << 3);  // the length in bits, in two words
  context.Nh = static_cast<SHA_LONG>(absorbed >> 29);
  return context;
}

}  // namespace

Digest::Digest() {
  SHA256_CTX context;
  SHA256_Init(&context);
  std::copy(std::begin(context.h), std::end(context.h), state_.begin());
}

void Digest::absorb_buffer() {
  SHA256_CTX context = context_of(state_, absorbed_);
  SHA256_Update(&context, buffer_.data(), buffer_.size());
  std::copy(std::begin(context.h), std::end(context.h), state_.begin());
  absorbed_ += buffer_.size();
  used_ = 0;
}

void Digest::update_long(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t part = std::min(bytes.size(), buffer_.size() - used_);
    std::memcpy(buffer_.data() + used_, bytes.data(), part);
    used_ += part;
    bytes = bytes.subspan(part);
    if (used_ == buffer_.size()) absorb_buffer();
  }
}

Hash Digest::finish() const {
  SHA256_CTX context = context_of(state_, absorbed_);
  SHA256_Update(&context, buffer_.data(), used_);
  Hash hash;
  SHA256_Final(reinterpret_cast<unsigned char*>(hash.data()), &context);
  return hash;
}

void Digest::save(ByteWriter& writer) const {
  writer.put(state_);
  writer.put(absorbed_);
  writer.put_rows(std::span<const std::byte>(buffer_.data(), used_));
}

Digest Digest::load(ByteReader& reader) {
  Digest digest;
  digest.state_ = reader.get<std::array<std::uint32_t, 8>>();
  digest.absorbed_ = reader.get<std::uint64_t>();
  const auto waiting = reader.get_rows<std::byte>();
  if (waiting.size() >= digest.buffer_.size() || digest.absorbed_ % digest.buffer_.size() != 0) {
    throw CorruptBytes("saved state: a digest that cannot be");
  }
  std::copy(waiting.begin(), waiting.end(), digest.buffer_.begin());
  digest.used_ = waiting.size();
  return digest;
}

Hash sha256(std::span<const std::byte> bytes) {
  Digest digest;
  digest.update(bytes);
  return digest.finish();
}

Hash sha256_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + path.string());
  Digest digest;
  std::vector<char> piece(1 << 16);
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    digest.update(std::as_bytes(std::span(piece.data(), static_cast<std::size_t>(file.gcount()))));
  }
  if (file.bad()) throw std::runtime_error("cannot read " + path.string());
  return digest.finish();
}

std::string hex(std::span<const std::byte> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::byte byte : bytes) {
    const auto value = std::to_integer<unsigned>(byte);
    text.push_back(kDigits[value >> 4]);
    text.push_back(kDigits[value & 15]);
  }
  return text;
}

}  // namespace assay::sim
