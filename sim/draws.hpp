#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace assay::sim {

/// A well-mixed 64-bit word from two (splitmix64's finaliser). Makes natural keys of more than one
/// part: `mix(job_serial, task_ordinal)`.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t z = a + 0x9E3779B97F4A7C15u * (b + 1);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  z ^= z >> 31;
  return z + a * 0xD1342543DE82EF95u;
}

template <class... Rest>
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b, std::uint64_t c,
                                          Rest... rest) {
  return mix(mix(a, b), c, rest...);
}

/// The natural key of what is known by its name (FNV-1a): its draws do not depend on its place in a
/// list.
[[nodiscard]] constexpr std::uint64_t natural_key(std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return hash;
}

/// One block of Philox4x32-10: four random words from a counter and a key.
/// Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.
[[nodiscard]] constexpr std::array<std::uint32_t, 4> philox4x32_10(
    std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53u} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57u} * counter[2];
    counter = {
        static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
        static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key = {key[0] + 0x9E3779B9u, key[1] + 0xBB67AE85u};
  }
  return counter;
}

/// A random stream that belongs to (seed, purpose, key) and to nothing else: it starts at zero
/// where it is opened and is gone with its scope. One more actor, decision or draw elsewhere
/// leaves it as it was. Philox4x32-10 with counter = (block, purpose, key) and key = seed.
class Draws {
 public:
  constexpr Draws(std::uint64_t seed, std::uint32_t purpose, std::uint64_t key)
      : seed_(seed), key_(key), purpose_(purpose) {}

  /// 64 uniform bits.
  constexpr std::uint64_t bits() {
    if (has_second_) {
      has_second_ = false;
      return second_;
    }
    const std::array<std::uint32_t, 4> words =
        philox4x32_10({block_++, purpose_, static_cast<std::uint32_t>(key_),
                       static_cast<std::uint32_t>(key_ >> 32)},
                      {static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)});
    second_ = (std::uint64_t{words[3]} << 32) | words[2];
    has_second_ = true;
    return (std::uint64_t{words[1]} << 32) | words[0];
  }

  /// Uniform in [0, 1), a multiple of 2^-53.
  constexpr double uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }

  /// Uniform in (0, 1]: safe under a logarithm.
  constexpr double uniform_positive() {
    return static_cast<double>((bits() >> 11) + 1) * 0x1.0p-53;
  }

  /// Uniform in [0, n), n > 0, without bias (Lemire, "Fast random integer generation in an
  /// interval", ACM TOMACS 2019).
  constexpr std::uint64_t below(std::uint64_t n) {
    __extension__ using Wide = unsigned __int128;
    Wide product = static_cast<Wide>(bits()) * n;
    if (static_cast<std::uint64_t>(product) < n) {
      const std::uint64_t threshold = (0 - n) % n;
      while (static_cast<std::uint64_t>(product) < threshold) {
        product = static_cast<Wide>(bits()) * n;
      }
    }
    return static_cast<std::uint64_t>(product >> 64);
  }

 private:
  std::uint64_t seed_;
  std::uint64_t key_;
  std::uint32_t purpose_;
  std::uint32_t block_ = 0;
  bool has_second_ = false;  // a block gives two words
  std::uint64_t second_ = 0;
};

}  // namespace assay::sim
