#define ASSAY_ISA tested
#include "gpu_backend/repops/cpu/lanes.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "sim/draws.hpp"
#include "tests/catch.hpp"

namespace assay::backend::repops::tested {
namespace {

void require_same_fma(float a, float b, float c) {
  const Floats result = fma_by_doubles(Lanes(a).v, Lanes(b).v, Lanes(c).v);
  for (std::size_t i = 0; i < kWidth; ++i) {
    if (bits_of(canonical(result[i])) == bits_of(canonical(std::fma(a, b, c)))) continue;
    CAPTURE(a, b, c, result[i], std::fma(a, b, c));
    FAIL("the bits differ");
  }
}

TEST_CASE("a fused multiply-add made of doubles has the bits of the real one", "[gpu_backend]") {
  using Limits = std::numeric_limits<float>;
  const std::vector<float> odd_ones{0.0f,
                                    -0.0f,
                                    1.0f,
                                    -1.0f,
                                    Limits::infinity(),
                                    -Limits::infinity(),
                                    Limits::max(),
                                    1.5f,
                                    -Limits::max(),
                                    0x1p-149f,
                                    -0x1p-149f,
                                    Limits::min(),
                                    0x1.fffffep-127f,
                                    0x1p-75f,
                                    0x1p-74f,
                                    -0x1.8p-75f,
                                    0x1.000002p0f,
                                    0x1.fffffep-1f,
                                    0x1p24f,
                                    0x1.000002p24f,
                                    Limits::quiet_NaN()};
  for (const float a : odd_ones) {
    for (const float b : odd_ones) {
      for (const float c : odd_ones) require_same_fma(a, b, c);
    }
  }
  // Random digits; few of them, so that ties are frequent; exponents such that the addend lies
  // within, above and below the product, and results also among the subnormal numbers.
  sim::Draws draws(5, 0, 0);
  const auto any = [&](int exponent) {
    const std::uint32_t kept = ~std::uint32_t{0} << draws.below(24);
    const auto digits = static_cast<std::uint32_t>(draws.bits() & 0x7fffff) & kept;
    const float size = std::ldexp(static_cast<float>(digits | 0x800000), exponent - 23);
    return draws.below(2) == 0 ? size : -size;
  };
  for (int i = 0; i < 300'000; ++i) {
    const int of_a = static_cast<int>(draws.below(160)) - 80;
    const int of_b = static_cast<int>(draws.below(160)) - 80;
    const int of_c = of_a + of_b + static_cast<int>(draws.below(60)) - 30;
    require_same_fma(any(of_a), any(of_b), any(of_c));
  }
}

TEST_CASE("a sum over slices has the bits of the sum of its terms", "[gpu_backend]") {
  std::vector<float> values(200);
  sim::Draws draws(6, 0, 0);
  for (float& value : values) value = static_cast<float>(draws.uniform() - 0.5);
  for (std::size_t count = 1; count <= values.size(); ++count) {
    const float sliced = sum_slices(count, [&](Slice slice) { return load(values.data(), slice); });
    CHECK(bits_of(sliced) == bits_of(sum32(count, [&](std::size_t i) { return values[i]; })));
  }
}

TEST_CASE("parts share everything out, each thing once", "[gpu_backend]") {
  for (const std::size_t count : {0u, 1u, 7u, 32u, 100u}) {
    for (const std::size_t grain : {1u, 12u, 32u}) {
      for (const std::size_t parts : {1u, 2u, 3u, 16u}) {
        std::size_t end = 0;
        for (std::size_t i = 0; i < parts; ++i) {
          const Range range = share(count, grain, Part{i, parts, nullptr});
          CHECK(range.first == end);
          CHECK(range.end >= range.first);
          end = range.end;
        }
        CHECK(end == count);
      }
    }
  }
}

}  // namespace
}  // namespace assay::backend::repops::tested
