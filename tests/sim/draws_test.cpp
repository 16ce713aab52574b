#include "sim/draws.hpp"

#include <vector>

#include "tests/catch.hpp"

namespace assay::sim {
namespace {

/// Four 32-bit words of one Philox block, in the order in which its authors print them.
std::array<std::uint32_t, 4> block(Draws draws) {
  const std::uint64_t first = draws.bits();
  const std::uint64_t second = draws.bits();
  return {static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(first >> 32),
          static_cast<std::uint32_t>(second), static_cast<std::uint32_t>(second >> 32)};
}

using Words = std::array<std::uint32_t, 4>;

TEST_CASE("a block is Philox4x32-10 as its authors published it", "[sim]") {
  // The known answers of Random123, file kat_vectors: zeros, ones, digits of pi.
  constexpr std::uint32_t kOnes = 0xffffffff;
  REQUIRE(philox4x32_10({0, 0, 0, 0}, {0, 0}) ==
          Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  REQUIRE(philox4x32_10({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}) ==
          Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  REQUIRE(
      philox4x32_10({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
      Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a stream is the blocks of its address, low word first", "[sim]") {
  Draws draws(0x0123456789abcdefu, 0x243f6a88u, 0xfedcba9876543210u);
  for (std::uint32_t number = 0; number < 3; ++number) {
    REQUIRE(block(draws) ==
            philox4x32_10({number, 0x243f6a88, 0x76543210, 0xfedcba98}, {0x89abcdef, 0x01234567}));
    draws.bits();
    draws.bits();
  }
  // Golden words: an independent implementation in Python gave the same.
  Draws same(0x0123456789abcdefu, 0x243f6a88u, 0xfedcba9876543210u);
  REQUIRE(block(same) == Words{0x7f86460d, 0x14210a4d, 0x9ab7baca, 0x108fa9e1});
}

TEST_CASE("a stream depends on its address and on nothing else", "[sim]") {
  const std::uint64_t first = Draws(1, 2, 3).bits();
  REQUIRE(Draws(1, 2, 3).bits() == first);
  REQUIRE(Draws(2, 2, 3).bits() != first);
  REQUIRE(Draws(1, 3, 3).bits() != first);
  REQUIRE(Draws(1, 2, 4).bits() != first);
  REQUIRE(Draws(std::uint64_t{1} << 40, 2, 3).bits() != Draws(0, 2, 3).bits());
  REQUIRE(Draws(1, 2, std::uint64_t{1} << 40).bits() != Draws(1, 2, 0).bits());
}

TEST_CASE("uniform numbers stay in their interval and fill it evenly", "[sim]") {
  Draws draws(11, 1, 0);
  std::vector<int> cells(100);
  constexpr int kCount = 1'000'000;
  for (int i = 0; i < kCount; ++i) {
    const double u = draws.uniform();
    REQUIRE((u >= 0.0 && u < 1.0));
    ++cells[static_cast<std::size_t>(100.0 * u)];
    const double positive = draws.uniform_positive();
    REQUIRE((positive > 0.0 && positive <= 1.0));
  }
  // Chi-squared with 99 degrees of freedom has mean 99 and variance 198; beyond mean + 5 sd less
  // often than once in 10^5 seeds.
  double chi_squared = 0.0;
  for (const int cell : cells) {
    const double difference = cell - kCount / 100.0;
    chi_squared += difference * difference / (kCount / 100.0);
  }
  REQUIRE(chi_squared < 99.0 + 5.0 * 14.07);
}

TEST_CASE("below(n) is uniform on 0 ... n - 1, for large n too", "[sim]") {
  Draws draws(12, 1, 0);
  REQUIRE(draws.below(1) == 0);
  std::vector<int> cells(7);
  for (int i = 0; i < 700'000; ++i) ++cells[draws.below(7)];
  // Each count is binomial with sd sqrt(700000 * 6/49) = 293.
  for (const int cell : cells) REQUIRE(std::abs(cell - 100'000) < 5 * 293);
  // For n = 3 * 2^62 a method that only multiplies would hit even thirds unevenly.
  const std::uint64_t n = std::uint64_t{3} << 62;
  int low = 0;
  for (int i = 0; i < 300'000; ++i) {
    const std::uint64_t drawn = draws.below(n);
    REQUIRE(drawn < n);
    low += drawn < (std::uint64_t{1} << 62) ? 1 : 0;
  }
  REQUIRE(std::abs(low - 100'000) < 5 * 258);  // sd sqrt(300000 * 2/9) = 258
}

TEST_CASE("a name's key is its FNV-1a hash", "[sim]") {
  REQUIRE(natural_key("") == 0xcbf29ce484222325u);  // vectors of the FNV reference code
  REQUIRE(natural_key("a") == 0xaf63dc4c8601ec8cu);
  REQUIRE(natural_key("foobar") == 0x85944171f73967e8u);
}

TEST_CASE("mix depends on every part and on their order", "[sim]") {
  REQUIRE(mix(1, 2) != mix(2, 1));
  REQUIRE(mix(1, 2, 3) == mix(mix(1, 2), 3));
  REQUIRE(mix(1, 2, 3) != mix(1, 3, 2));
}

}  // namespace
}  // namespace assay::sim
