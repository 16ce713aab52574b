#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "sim/check.hpp"

// The C library's log and exp differ in the last bit from one version to the next, and such a bit
// moves an event. These use only IEEE addition, multiplication and division, which every compiler
// and optimisation level computes alike as long as nothing is fused (-ffp-contract=off). The
// square root is IEEE too: use std::sqrt. Errors are stated in ulp, the unit in the last place of
// the result.
namespace assay::sim {

/// One of 128 points c between 0.6875 and 1.375: 1/c, and log(c) as a short high part (a multiple
/// of 2^-42, so that k log 2 adds to it exactly) and the rest.
struct LogEntry {
  double point;
  double inverse;
  double log_high;
  double log_low;
};
extern const std::array<LogEntry, 128> kLogTable;

namespace detail {
inline constexpr double kLog2High = 0x1.62e42fefa3800p-1;  // a multiple of 2^-42
inline constexpr double kLog2Low = 0x1.ef35793c76730p-45;

/// log of a positive normal number with these bits.
/// x = 2^k z with z between 0.6875 and 1.375, c the table's point nearest to z, and
/// log(x) = k log 2 + log(c) + log(1 + r) with r = (z - c) / c, |r| <= 2^-8. At c = 1 the table
/// holds zeros, so that nothing cancels near x = 1. The way of choosing c: Tang, "Table-driven
/// implementation of the logarithm function", ACM TOMS 1990; the series is cut at r^7 / 7.
[[nodiscard]] inline double log_of_bits(std::uint64_t bits) {
  constexpr std::uint64_t kFirstPoint = 0x3fe6'0000'0000'0000;  // 0.6875
  constexpr std::uint64_t kHalfStep = std::uint64_t{1} << 44;
  const std::uint64_t offset = bits - (kFirstPoint - kHalfStep);
  const auto exponent = static_cast<std::int64_t>(offset) >> 52;
  const LogEntry& entry = kLogTable[(offset >> 45) & 127];
  const double z = std::bit_cast<double>(bits - (offset & (std::uint64_t{0xfff} << 52)));
  const auto k = static_cast<double>(exponent);
  const double r = (z - entry.point) * entry.inverse;  // the difference is exact
  const double r2 = r * r;
  const double series = r2 * ((-1.0 / 2 + r * (1.0 / 3)) +
                              r2 * ((-1.0 / 4 + r * (1.0 / 5)) + r2 * (-1.0 / 6 + r * (1.0 / 7))));
  const double high = k * kLog2High + entry.log_high;  // exact
  return high + (r + ((k * kLog2Low + entry.log_low) + series));
}
}  // namespace detail

/// Natural logarithm of a finite x > 0; anything else fails a check. Error below 1.5 ulp.
[[nodiscard]] inline double log(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  constexpr std::uint64_t kSmallestNormal = 0x0010'0000'0000'0000;
  constexpr std::uint64_t kInfinity = 0x7ff0'0000'0000'0000;
  if (bits - kSmallestNormal < kInfinity - kSmallestNormal) [[likely]] {
    return detail::log_of_bits(bits);
  }
  SIM_CHECK(bits != 0 && bits < kInfinity);  // below the smallest normal number
  const auto scaled = std::bit_cast<std::uint64_t>(x * 0x1.0p52);
  return detail::log_of_bits(scaled - (std::uint64_t{52} << 52));
}

/// e to the power of x. Error below 1 ulp; below -745.2 it is 0 (and subnormal results are rounded
/// twice). Above 709.7827, where the result does not fit, and for NaN it fails a check.
[[nodiscard]] double exp(double x);

/// base to the power of exponent as exp(exponent * log(base)), base > 0, or base == 0 and
/// exponent > 0. The error grows with the size of the exponent's product: below
/// 2 + 2 |exponent * log(base)| ulp.
[[nodiscard]] double pow(double base, double exponent);

/// The x that a standard normal variable stays below with probability p, 0 < p < 1. Relative
/// error below 1e-15 (absolute near p = 1/2). Source: Wichura, "Algorithm AS 241: The percentage
/// points of the normal distribution", Applied Statistics 1988, PPND16.
[[nodiscard]] double normal_quantile(double p);

/// The p-quantile of a sample by linear interpolation between order statistics (type 7 of Hyndman
/// and Fan). Requires at least one observation and p in [0, 1].
[[nodiscard]] double sample_quantile(std::vector<double> sample, double p);

}  // namespace assay::sim
