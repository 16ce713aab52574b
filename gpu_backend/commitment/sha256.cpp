#include "gpu_backend/commitment/sha256.hpp"

#include <openssl/evp.h>

#include "sim/bytes.hpp"
#include "sim/check.hpp"

namespace assay::backend {

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  // Looked up once: for a tree of a few leaves that would take longer than its hashes.
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  SIM_CHECK(context_ && EVP_DigestInit_ex(context_.get(), algorithm, nullptr) == 1);
}

Sha256& Sha256::begin(Domain domain) {
  // Without an algorithm: the one of before, which saves looking it up for each short hash.
  SIM_CHECK(EVP_DigestInit_ex(context_.get(), nullptr, nullptr) == 1);
  const auto byte = static_cast<std::byte>(domain);
  return add(std::span<const std::byte>(&byte, 1));
}

Sha256& Sha256::add(std::span<const std::byte> bytes) {
  SIM_CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  return *this;
}

// Numbers are hashed as they lie in memory; sim/bytes.hpp refuses a big-endian machine.
Sha256& Sha256::add(std::uint32_t number) {
  return add(std::as_bytes(std::span<const std::uint32_t, 1>(&number, 1)));
}

Sha256& Sha256::add(std::uint64_t number) {
  return add(std::as_bytes(std::span<const std::uint64_t, 1>(&number, 1)));
}

Hash Sha256::finish() {
  Hash hash;
  SIM_CHECK(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(hash.data()),
                               nullptr) == 1);
  return hash;
}

}  // namespace assay::backend
