#pragma once

#include <cstddef>
#include <cstdint>

#include "gpu_backend/repops/arithmetic.hpp"
#include "gpu_backend/repops/cpu/work.hpp"
#ifdef __x86_64__
#include <immintrin.h>
#endif

// The widest vector of numbers of one instruction set, each of which goes the way that a `float`
// goes in arithmetic.hpp.
//
// This header and its neighbours are compiled once for each instruction set, ASSAY_ISA, with that
// set's flags. So all of it is in a namespace of that name, and nothing of it may use inline
// functions of the standard library: the linker keeps one copy of those, which could be the one
// that the machine at hand cannot run. A test reads the symbols of the object files.
namespace assay::backend::repops::ASSAY_ISA {

#if defined(__AVX512F__)
inline constexpr std::size_t kWidth = 16;
#elif defined(__AVX2__) && defined(__FMA__)
inline constexpr std::size_t kWidth = 8;
#else
inline constexpr std::size_t kWidth = 4;
#endif

// NOLINTBEGIN(modernize-use-using): clang takes the attribute in a typedef only.
typedef float Floats __attribute__((vector_size(4 * kWidth)));
typedef std::int32_t Ints __attribute__((vector_size(4 * kWidth)));
typedef double Doubles __attribute__((vector_size(8 * kWidth)));
typedef std::int64_t Longs __attribute__((vector_size(8 * kWidth)));
// NOLINTEND(modernize-use-using)

struct Lanes {
  Lanes() = default;
  ASSAY_EXACT explicit Lanes(Floats values) : v(values) {}
  ASSAY_EXACT explicit Lanes(float value) {
#if defined(__AVX512F__)
    v = _mm512_set1_ps(value);
#elif defined(__AVX2__) && defined(__FMA__)
    v = _mm256_set1_ps(value);
#else
    v = Floats{value, value, value, value};
#endif
  }
  Floats v;
};

// Beside those of single numbers, which they would hide otherwise.
using repops::add;
using repops::bits_of;
using repops::div;
using repops::fma;
using repops::is_nan;
using repops::less;
using repops::mul;
using repops::select;
using repops::sqrt;
using repops::sub;

ASSAY_EXACT Lanes add(Lanes a, Lanes b) { return Lanes(a.v + b.v); }
ASSAY_EXACT Lanes sub(Lanes a, Lanes b) { return Lanes(a.v - b.v); }
ASSAY_EXACT Lanes mul(Lanes a, Lanes b) { return Lanes(a.v * b.v); }
ASSAY_EXACT Lanes div(Lanes a, Lanes b) { return Lanes(a.v / b.v); }
ASSAY_EXACT Ints less(Lanes a, Lanes b) { return a.v < b.v; }
ASSAY_EXACT Ints is_nan(Lanes a) { return a.v != a.v; }
ASSAY_EXACT Lanes select(Ints which, Lanes yes, Lanes no) { return Lanes(which ? yes.v : no.v); }
ASSAY_EXACT Ints bits_of(Lanes a) { return (Ints)a.v; }

/// a * b + c rounded once, without an instruction for it. The product of two floats is exact in
/// double precision. The sum is rounded to odd: where it is not exact, the last bit becomes 1, so
/// that rounding to float then sees on which side of a tie it lies. Source: Boldo and Melquiond,
/// "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd", IEEE
/// Transactions on Computers 57(4), 2008.
ASSAY_EXACT Floats fma_by_doubles(Floats a, Floats b, Floats c) {
  const Doubles product = __builtin_convertvector(a, Doubles) * __builtin_convertvector(b, Doubles);
  const Doubles addend = __builtin_convertvector(c, Doubles);
  const Doubles sum = product + addend;
  const Doubles taken = sum - product;
  const Doubles error = (product - (sum - taken)) + (addend - taken);
  // Not `error != 0`: that of an infinite sum is a NaN.
  const Longs inexact = (error > 0.0) | (error < 0.0);
  const Longs outward = ~((error > 0.0) ^ (sum > 0.0));  // -1 where it is missing from the size
  const Longs is_even = -(~(Longs)sum & 1);
  const Longs step = ~(outward << 1);  // 1 or -1
  return __builtin_convertvector((Doubles)((Longs)sum + (inexact & is_even & step)), Floats);
}

ASSAY_EXACT Lanes fma(Lanes a, Lanes b, Lanes c) {
#if defined(__AVX512F__)
  return Lanes(_mm512_fmadd_ps(a.v, b.v, c.v));
#elif defined(__AVX2__) && defined(__FMA__)
  return Lanes(_mm256_fmadd_ps(a.v, b.v, c.v));
#elif defined(__FP_FAST_FMAF)
  Floats result;
  for (std::size_t i = 0; i < kWidth; ++i) result[i] = __builtin_fmaf(a.v[i], b.v[i], c.v[i]);
  return Lanes(result);
#else
  return Lanes(fma_by_doubles(a.v, b.v, c.v));
#endif
}

ASSAY_EXACT Lanes sqrt(Lanes a) {
#if defined(__AVX512F__)
  return Lanes(_mm512_maskz_sqrt_ps(0xffff, a.v));
#elif defined(__AVX2__) && defined(__FMA__)
  return Lanes(_mm256_sqrt_ps(a.v));
#else
  Floats result;
  for (std::size_t i = 0; i < kWidth; ++i) result[i] = __builtin_sqrtf(a.v[i]);
  return Lanes(result);
#endif
}

/// Some numbers that lie side by side: as many as a vector holds, except at an end.
struct Slice {
  std::size_t first = 0;
  std::size_t count = kWidth;
};

/// The slice of `from`; lanes beyond it are `fill`.
ASSAY_EXACT Lanes load(const float* from, Slice slice, float fill = 0.0f) {
  Floats values;
  if (slice.count == kWidth) {
    __builtin_memcpy(&values, from + slice.first, sizeof(values));
  } else {
    values = Lanes(fill).v;
    for (std::size_t i = 0; i < slice.count; ++i) values[i] = from[slice.first + i];
  }
  return Lanes(values);
}

ASSAY_EXACT void store(float* to, Slice slice, Lanes lanes) {
  if (slice.count == kWidth) {
    __builtin_memcpy(to + slice.first, &lanes.v, sizeof(lanes.v));
  } else {
    for (std::size_t i = 0; i < slice.count; ++i) to[slice.first + i] = lanes.v[i];
  }
}

/// As what an operator writes.
ASSAY_EXACT void put(float* to, Slice slice, Lanes lanes) { store(to, slice, canonical(lanes)); }

/// body(slice) for all of [first, end).
template <class Body>
ASSAY_EXACT void for_slices(std::size_t first, std::size_t end, Body body) {
  for (; first + kWidth <= end; first += kWidth) body(Slice{first, kWidth});
  if (first < end) body(Slice{first, end - first});
}

ASSAY_EXACT std::size_t lesser(std::size_t a, std::size_t b) { return a < b ? a : b; }

/// [first, end)
struct Range {
  std::size_t first = 0;
  std::size_t end = 0;
};

/// The part of `count` things that come in grains of `grain`.
ASSAY_EXACT Range share(std::size_t count, std::size_t grain, const Part& part) {
  const std::size_t grains = (count + grain - 1) / grain;
  const std::size_t first = grains * part.index / part.count * grain;
  const std::size_t end = grains * (part.index + 1) / part.count * grain;
  return {lesser(first, count), lesser(end, count)};
}

/// `sum32` of arithmetic.hpp: term(slice) are the terms of a slice.
template <class Term>
ASSAY_EXACT float sum_slices(std::size_t count, Term term) {
  constexpr std::size_t kVectors = kLanes / kWidth;
  Floats sums[kVectors] = {};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (std::size_t v = 0; v < kVectors; ++v) sums[v] += term(Slice{i + v * kWidth, kWidth}).v;
  }
  for (std::size_t v = 0; i < count; ++v, i += kWidth) {
    const Slice slice{i, lesser(kWidth, count - i)};
    const Floats terms = term(slice).v;
    for (std::size_t lane = 0; lane < slice.count; ++lane) sums[v][lane] += terms[lane];
  }
  float lanes[kLanes];
  __builtin_memcpy(lanes, sums, sizeof(lanes));
  return sum_of_lanes(lanes);
}

}  // namespace assay::backend::repops::ASSAY_ISA
