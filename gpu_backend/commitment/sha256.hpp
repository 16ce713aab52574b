#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "gpu_backend/commitment/merkle.hpp"

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace assay::backend {

/// SHA-256 through OpenSSL, which uses the machine's instructions for it. One object serves for
/// many hashes, one after the other.
class Sha256 {
 public:
  Sha256();

  /// Begins the next hash, with the byte that says what it is of.
  Sha256& begin(Domain domain);
  Sha256& add(std::span<const std::byte> bytes);
  Sha256& add(const Hash& hash) { return add(std::span<const std::byte>(hash)); }
  /// Little endian, 4 or 8 bytes.
  Sha256& add(std::uint32_t number);
  Sha256& add(std::uint64_t number);
  [[nodiscard]] Hash finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace assay::backend
