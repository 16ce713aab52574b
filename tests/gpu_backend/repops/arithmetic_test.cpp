#include "gpu_backend/repops/arithmetic.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "tests/catch.hpp"

namespace assay::backend {
namespace {

using repops::bits_of;
using repops::from_bits;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// How far `value` lies from `exact`, in units of the last place that a float has there.
double ulps(float value, double exact) {
  if (static_cast<double>(value) == exact) return 0.0;
  const int exponent = std::max(std::ilogb(exact), -126);
  return std::fabs(static_cast<double>(value) - exact) / std::ldexp(1.0, exponent - 23);
}

/// The largest error over the floats from `low` to `high`, of which about a million are tried.
template <class Ours, class Exact>
double worst(float low, float high, Ours ours, Exact exact) {
  double most = 0.0;
  const double step = (static_cast<double>(high) - static_cast<double>(low)) / 1e6;
  for (int i = 0; i <= 1'000'000; ++i) {
    const auto x = static_cast<float>(static_cast<double>(low) + step * i);
    most = std::max(most, ulps(ours(x), exact(static_cast<double>(x))));
  }
  return most;
}

TEST_CASE("exp is within 1.1 units of the last place wherever its result is normal",
          "[gpu_backend]") {
  const auto ours = [](float x) { return repops::exp(x); };
  const auto exact = [](double x) { return std::exp(x); };
  CHECK(worst(-87.0f, 88.7f, ours, exact) < 1.1);
  CHECK(worst(-1.0f, 1.0f, ours, exact) < 1.1);
  CHECK(worst(-103.9f, -87.0f, ours, exact) < 1.5);  // a second rounding, into the subnormals
  CHECK(ours(0.0f) == 1.0f);
  CHECK(ours(-0.0f) == 1.0f);
  CHECK(ours(88.73f) == kInfinity);
  CHECK(ours(kInfinity) == kInfinity);
  CHECK(bits_of(ours(-104.0f)) == 0);
  CHECK(bits_of(ours(-kInfinity)) == 0);
  CHECK(std::isnan(ours(kNan)));
}

TEST_CASE("log is within a unit of the last place", "[gpu_backend]") {
  const auto ours = [](float x) { return repops::log(x); };
  const auto exact = [](double x) { return std::log(x); };
  CHECK(worst(0x1p-20f, 2.0f, ours, exact) < 1.0);
  CHECK(worst(0.9f, 1.1f, ours, exact) < 1.0);
  CHECK(worst(1.0f, 1e6f, ours, exact) < 1.0);
  CHECK(worst(0x1p-149f, 0x1p-120f, ours, exact) < 1.0);  // from the smallest subnormal number
  CHECK(worst(1e30f, std::numeric_limits<float>::max(), ours, exact) < 1.0);
  CHECK(bits_of(ours(1.0f)) == 0);
  CHECK(ours(0.0f) == -kInfinity);
  CHECK(ours(-0.0f) == -kInfinity);
  CHECK(ours(kInfinity) == kInfinity);
  CHECK(std::isnan(ours(-1.0f)));
  CHECK(std::isnan(ours(-kInfinity)));
  CHECK(std::isnan(ours(kNan)));
  CHECK(std::isnan(ours(-kNan)));
}

TEST_CASE("tanh is within two units of the last place", "[gpu_backend]") {
  const auto ours = [](float x) { return repops::tanh(x); };
  const auto exact = [](double x) { return std::tanh(x); };
  CHECK(worst(-12.0f, 12.0f, ours, exact) < 2.0);
  CHECK(worst(-0.7f, 0.7f, ours, exact) < 2.0);
  CHECK(bits_of(ours(-0.0f)) == bits_of(-0.0f));
  CHECK(ours(0x1p-149f) == 0x1p-149f);
  CHECK(ours(kInfinity) == 1.0f);
  CHECK(ours(-kInfinity) == -1.0f);
  CHECK(std::isnan(ours(kNan)));
}

TEST_CASE("gelu and its slope follow their formulas in double precision", "[gpu_backend]") {
  const auto inner = [](double x) {
    return std::sqrt(2.0 / std::acos(-1.0)) * (x + 0.044715 * x * x * x);
  };
  const auto exact = [&](double x) { return 0.5 * x * (1.0 + std::tanh(inner(x))); };
  for (int i = -200'000; i <= 200'000; ++i) {
    const auto x = static_cast<float>(i * 1e-4);
    const double wide = static_cast<double>(x);
    // Below -4, 1 + tanh cancels all but a few bits: what counts there is the size of x.
    const double unit = 0x1p-23 * std::max(1.0, std::fabs(wide));
    REQUIRE(std::fabs(static_cast<double>(repops::gelu(x)) - exact(wide)) < 2 * unit);
    const double slope = (exact(wide + 1e-5) - exact(wide - 1e-5)) / 2e-5;
    // tanh's error of two units is multiplied by x and by the slope of what is inside, at most 2.
    REQUIRE(std::fabs(static_cast<double>(repops::gelu_slope(x)) - slope) < 8 * unit + 1e-9);
  }
  CHECK(repops::gelu(1e30f) == 1e30f);
  CHECK(repops::gelu(-1e30f) == 0.0f);
  CHECK(repops::gelu_slope(1e30f) == 1.0f);
  CHECK(repops::gelu_slope(-kInfinity) == 0.0f);
  CHECK(std::isnan(repops::gelu_slope(kNan)));
}

TEST_CASE("the larger of two numbers is a NaN if either is", "[gpu_backend]") {
  CHECK(repops::maximum(1.0f, 2.0f) == 2.0f);
  CHECK(repops::maximum(2.0f, 1.0f) == 2.0f);
  CHECK(std::isnan(repops::maximum(kNan, 1.0f)));
  CHECK(std::isnan(repops::maximum(1.0f, kNan)));
  CHECK(repops::maximum(-kInfinity, 1.0f) == 1.0f);
}

TEST_CASE("every NaN is written with the same bits, and nothing else changes", "[gpu_backend]") {
  CHECK(bits_of(repops::canonical(from_bits(0x7fc12345))) == 0x7fc00000);
  CHECK(bits_of(repops::canonical(-kNan)) == 0x7fc00000);
  CHECK(bits_of(repops::canonical(-0.0f)) == bits_of(-0.0f));
  CHECK(bits_of(repops::canonical(0x1p-149f)) == 1);
  CHECK(repops::canonical(-kInfinity) == -kInfinity);
}

TEST_CASE("a sum goes by lanes and a dot product by chunks", "[gpu_backend]") {
  // 2^24 + 1 rounds to 2^24 (half to even): a 1 that meets 2^24 alone is lost, two that have met
  // before are not. Terms 0, 32 and 64 share a lane, and so do terms 1 and 33.
  const float big = 0x1p24f;
  const auto one_at = [&](std::size_t a, std::size_t b) {
    return repops::sum32(96, [=](std::size_t i) {
      return i == 0 ? big : i == a || i == b ? 1.0f : 0.0f;
    });
  };
  CHECK(one_at(32, 64) == big);
  CHECK(one_at(1, 33) == big + 2.0f);
  CHECK(one_at(1, 2) == big);  // lanes 2 and 1 meet lane 0 one after the other
  CHECK(one_at(16, 48) == big + 2.0f);

  // In a chain the same 1 is lost once more; in the next chunk it is added to 1 before.
  std::vector<float> a(600, 0.0f);
  const std::vector<float> b(600, 1.0f);
  a[0] = big;
  a[1] = a[2] = 1.0f;
  CHECK(repops::dot(600, a.data(), 1, b.data(), 1) == big);
  a[1] = a[2] = 0.0f;
  a[256] = a[257] = 1.0f;
  CHECK(repops::dot(600, a.data(), 1, b.data(), 1) == big + 2.0f);
  a[257] = 0.0f;
  a[512] = 1.0f;
  CHECK(repops::dot(600, a.data(), 1, b.data(), 1) == big);
}

}  // namespace
}  // namespace assay::backend
