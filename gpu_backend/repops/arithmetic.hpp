#pragma once

#include <cstddef>
#include <cstdint>

// Arithmetic with the same bits on every machine: on a CPU of any instruction set, and in CUDA.
//
// Everything is built from the operations that IEEE 754 rounds in one way only: +, -, *, /, square
// root and fused multiply-add of binary32, to the nearest, with subnormal numbers. Nothing is fused
// that is not written as `fma`, nothing is reassociated, and nothing comes from a mathematical
// library. Host code must be compiled with -ffp-contract=off and without -ffast-math; in device
// code the intrinsics say the same and no flag can undo them.
//
// The functions are templates over a number `F`: `float` here, and in the CPU kernels a vector of
// numbers, each of which goes the same way. Such a vector brings the primitives of the first part.
//
// All are inlined by force: a source file that is compiled for one instruction set must leave no
// copy that a program could pick up for another.
#ifdef __CUDACC__
#define ASSAY_EXACT __host__ __device__ __forceinline__
#else
#define ASSAY_EXACT [[gnu::always_inline]] inline
#endif

namespace assay::backend::repops {

/// Terms of a dot product that make one chain of fused multiply-adds.
inline constexpr std::size_t kChunk = 256;
/// Partial sums of a sum.
inline constexpr std::size_t kLanes = 32;

// The primitives, each rounded once.

ASSAY_EXACT float add(float a, float b) {
#ifdef __CUDA_ARCH__
  return __fadd_rn(a, b);
#else
  return a + b;
#endif
}
ASSAY_EXACT float sub(float a, float b) {
#ifdef __CUDA_ARCH__
  return __fsub_rn(a, b);
#else
  return a - b;
#endif
}
ASSAY_EXACT float mul(float a, float b) {
#ifdef __CUDA_ARCH__
  return __fmul_rn(a, b);
#else
  return a * b;
#endif
}
ASSAY_EXACT float div(float a, float b) {
#ifdef __CUDA_ARCH__
  return __fdiv_rn(a, b);
#else
  return a / b;
#endif
}
/// a * b + c, rounded once.
ASSAY_EXACT float fma(float a, float b, float c) {
#ifdef __CUDA_ARCH__
  return __fmaf_rn(a, b, c);
#else
  return __builtin_fmaf(a, b, c);
#endif
}
ASSAY_EXACT float sqrt(float a) {
#ifdef __CUDA_ARCH__
  return __fsqrt_rn(a);
#else
  return __builtin_sqrtf(a);
#endif
}
ASSAY_EXACT bool less(float a, float b) { return a < b; }
ASSAY_EXACT float select(bool which, float yes, float no) { return which ? yes : no; }
ASSAY_EXACT std::int32_t bits_of(float a) {
#ifdef __CUDA_ARCH__
  return __float_as_int(a);
#else
  return __builtin_bit_cast(std::int32_t, a);
#endif
}
template <class F = float, class Bits>
ASSAY_EXACT F from_bits(Bits bits) {
#ifdef __CUDA_ARCH__
  return __int_as_float(bits);
#else
  return __builtin_bit_cast(F, bits);
#endif
}
ASSAY_EXACT bool is_nan(float a) { return a != a; }

// What follows is the same text for every F.

/// Every NaN becomes 0x7fc00000: machines differ in which of its bits they pass on. Applied to
/// whatever an operator writes.
template <class F>
ASSAY_EXACT F canonical(F a) {
  return select(is_nan(a), F(from_bits(0x7fc00000)), a);
}

/// The larger of two; NaN if either is.
template <class F>
ASSAY_EXACT F maximum(F a, F b) {
  return select(less(b, a), a, select(is_nan(a), a, b));
}

template <class F>
ASSAY_EXACT F absolute(F a) {
  return from_bits<F>(bits_of(a) & 0x7fffffff);
}

template <class F>
ASSAY_EXACT F negated(F a) {
  return from_bits<F>(bits_of(a) ^ static_cast<std::int32_t>(0x80000000));
}

/// e^x within 1.1 units of the last place (1.5 in subnormal results); inf above 88.72, 0 below
/// -103.98.
template <class F>
ASSAY_EXACT F exp(F x) {
  // Beyond these limits the result is inf or 0 already; a NaN passes.
  x = select(less(x, F(-105.0f)), F(-105.0f), select(less(F(90.0f), x), F(90.0f), x));
  // x = n ln 2 + r with |r| <= ln 2 / 2: adding 1.5 * 2^23 leaves the whole number in the last
  // bits.
  const F shifted = fma(x, F(0x1.715476p+0f), F(0x1.8p+23f));
  const F n = sub(shifted, F(0x1.8p+23f));
  F r = fma(n, F(-0x1.62e43p-1f), x);
  r = fma(n, F(0x1.05c61p-29f), r);
  // (e^r - 1 - r) / r^2, a Chebyshev interpolation.
  F q = fma(F(0x1.6d117cp-10f), r, F(0x1.120be2p-7f));
  q = fma(q, r, F(0x1.555518p-5f));
  q = fma(q, r, F(0x1.5554dcp-3f));
  q = fma(q, r, F(0x1p-1f));
  const F power = add(fma(q, mul(r, r), r), F(1.0f));
  // 2^n may lie outside of the normal numbers, its two halves do not.
  const auto whole = bits_of(shifted) - 0x4b400000;
  const auto half = whole >> 1;
  return mul(mul(power, from_bits<F>((half + 127) << 23)),
             from_bits<F>((whole - half + 127) << 23));
}

/// The natural logarithm within 1 unit in the last place; -inf of 0, NaN of what is below.
template <class F>
ASSAY_EXACT F log(F x) {
  const F infinity = F(from_bits(0x7f800000));
  const F regular = select(less(F(0.0f), x), x, F(1.0f));
  const auto small = less(regular, F(0x1p-126f));
  const F scaled = select(small, mul(regular, F(0x1p+23f)), regular);
  // scaled = 2^e (1 + f) with 1 + f between sqrt(1/2) and sqrt(2).
  const auto offset = bits_of(scaled) - 0x3f3504f3;
  const auto exponent = offset >> 23;
  const F f = sub(from_bits<F>(bits_of(scaled) - (exponent << 23)), F(1.0f));
  const F e = sub(sub(from_bits<F>(exponent + 0x4b400000), F(0x1.8p+23f)),
                  select(small, F(23.0f), F(0.0f)));
  // (log(1 + f) - f + f^2 / 2) / f^3, a Chebyshev interpolation.
  F p = fma(F(0x1.1d8ea6p-4f), f, F(-0x1.d635bcp-4f));
  p = fma(p, f, F(0x1.dea282p-4f));
  p = fma(p, f, F(-0x1.fcf4c6p-4f));
  p = fma(p, f, F(0x1.23d21ap-3f));
  p = fma(p, f, F(-0x1.555b4ap-3f));
  p = fma(p, f, F(0x1.999d5ap-3f));
  p = fma(p, f, F(-0x1.fffffcp-3f));
  p = fma(p, f, F(0x1.555554p-2f));
  const F square = mul(f, f);
  F tail = fma(mul(p, f), square, mul(F(-0.5f), square));
  tail = fma(e, F(-0x1.05c61p-29f), tail);
  const F value = fma(e, F(0x1.62e43p-1f), add(f, tail));
  const F positive = select(less(x, infinity), value, x);  // inf and NaN stay
  return select(
      less(F(0.0f), x), positive,
      select(less(x, F(0.0f)), F(from_bits(0x7fc00000)), select(is_nan(x), x, negated(infinity))));
}

/// The hyperbolic tangent within 2 units in the last place.
template <class F>
ASSAY_EXACT F tanh(F x) {
  const F a = absolute(x);
  const F z = mul(a, a);
  // (tanh(a) / a - 1) / a^2 up to 0.625, a Chebyshev interpolation.
  F p = fma(F(-0x1.8f8de4p-8f), z, F(0x1.58048ep-6f));
  p = fma(p, z, F(-0x1.b9258ap-5f));
  p = fma(p, z, F(0x1.110e1cp-3f));
  p = fma(p, z, F(-0x1.555552p-2f));
  const F near = fma(mul(p, z), a, a);
  const F far = sub(F(1.0f), div(F(2.0f), add(exp(add(a, a)), F(1.0f))));
  const F value = select(less(a, F(0.625f)), near, far);
  return from_bits<F>(bits_of(value) | (bits_of(x) & static_cast<std::int32_t>(0x80000000)));
}

// Of the Gaussian error linear unit in its tanh form, x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715
// x^3))). Source: Hendrycks and Gimpel, arXiv 1606.08415.
template <class F>
ASSAY_EXACT F gelu_tanh(F x) {
  return tanh(mul(F(0x1.988454p-1f), fma(mul(mul(x, x), F(0.044715f)), x, x)));
}
template <class F>
ASSAY_EXACT F gelu(F x) {
  return mul(mul(F(0.5f), x), add(F(1.0f), gelu_tanh(x)));
}
/// The derivative of `gelu`.
template <class F>
ASSAY_EXACT F gelu_slope(F x) {
  // Beyond 16 the tangent is 1 to the last bit; larger squares would overflow beside its zero
  // slope.
  x = select(less(x, F(-16.0f)), F(-16.0f), select(less(F(16.0f), x), F(16.0f), x));
  const F t = gelu_tanh(x);
  const F inner = mul(F(0x1.988454p-1f), fma(mul(F(0.134145f), x), x, F(1.0f)));
  const F slope = mul(fma(negated(t), t, F(1.0f)), inner);
  return mul(F(0.5f), fma(x, slope, add(F(1.0f), t)));
}

// Orders of reduction. They are part of what an operator is: a kernel may spread outputs as it
// likes, and must add up each of them like this.

/// The sum of `sum32`'s lanes: lanes 16 apart, then 8, 4, 2 and 1. Destroys them.
ASSAY_EXACT float sum_of_lanes(float* lanes) {
  for (std::size_t apart = kLanes / 2; apart != 0; apart /= 2) {
    for (std::size_t i = 0; i < apart; ++i) lanes[i] = add(lanes[i], lanes[i + apart]);
  }
  return lanes[0];
}

/// The sum of term(0) ... term(count - 1). Lane l starts at +0 and takes the terms l, l + 32, ...
/// in this order.
template <class Term>
ASSAY_EXACT float sum32(std::size_t count, Term term) {
  float lanes[kLanes] = {};
  for (std::size_t i = 0; i < count; ++i) lanes[i % kLanes] = add(lanes[i % kLanes], term(i));
  return sum_of_lanes(lanes);
}

/// The largest of `count` numbers, NaN if one of them is. The order changes at most the sign of a
/// zero, which is lost where the largest is subtracted before `exp`.
ASSAY_EXACT float largest(std::size_t count, const float* values) {
  float result = values[0];
  for (std::size_t i = 1; i < count; ++i) result = maximum(result, values[i]);
  return result;
}

/// The sum of a[i stride_a] * b[i stride_b]. A chain of fused multiply-adds from +0 for each 256
/// terms; the chains' results are added from left to right.
ASSAY_EXACT float dot(std::size_t count, const float* a, std::size_t stride_a, const float* b,
                      std::size_t stride_b) {
  float total = 0.0f;
  for (std::size_t first = 0; first < count; first += kChunk) {
    const std::size_t end = count - first < kChunk ? count : first + kChunk;
    float chain = 0.0f;
    for (std::size_t i = first; i < end; ++i) chain = fma(a[i * stride_a], b[i * stride_b], chain);
    total = first == 0 ? chain : add(total, chain);
  }
  return total;
}

}  // namespace assay::backend::repops
