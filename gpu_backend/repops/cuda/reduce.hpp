#pragma once
/// Reductions over the lanes of a warp, in the order of `repops::sum32`: 32 lanes are part of what
/// an operator is, and that a warp has as many threads is a convenience.

#include <cstddef>

#include "gpu_backend/repops/arithmetic.hpp"
#include "gpu_backend/repops/cuda/device.hpp"

namespace assay::backend::cuda {

static_assert(repops::kLanes == 32);
inline constexpr unsigned kWholeWarp = 0xffffffffu;

/// The sum of term(0) ... term(count - 1), for every thread of the warp.
template <class Term>
__device__ __forceinline__ float warp_sum(int count, Term term) {
  float lane = 0.0f;
#pragma unroll 4
  for (int i = static_cast<int>(threadIdx.x % 32); i < count; i += 32) {
    lane = repops::add(lane, term(i));
  }
#pragma unroll
  for (int apart = 16; apart != 0; apart /= 2) {
    lane = repops::add(lane, __shfl_xor_sync(kWholeWarp, lane, apart));
  }
  return lane;
}

/// The largest of `count` numbers, at least one, for every thread of the warp.
__device__ __forceinline__ float warp_largest(int count, const float* values) {
  float lane = values[0];
#pragma unroll 4
  for (int i = static_cast<int>(threadIdx.x % 32); i < count; i += 32) {
    lane = repops::maximum(lane, values[i]);
  }
#pragma unroll
  for (int apart = 16; apart != 0; apart /= 2) {
    lane = repops::maximum(lane, __shfl_xor_sync(kWholeWarp, lane, apart));
  }
  return lane;
}

/// Calls body(i) for each i below `count` that is this thread's.
template <class Body>
__device__ __forceinline__ void for_lane(int count, Body body) {
#pragma unroll 4
  for (int i = static_cast<int>(threadIdx.x % 32); i < count; i += 32) body(i);
}

/// Where a row begins.
__host__ __device__ __forceinline__ std::ptrdiff_t offset(int row, int columns) {
  return static_cast<std::ptrdiff_t>(row) * columns;
}

/// Rows are given to warps, `kRowsPerBlock` to a block.
inline constexpr int kRowsPerBlock = 8;
__device__ __forceinline__ int row_of_warp() {
  return static_cast<int>(blockIdx.x) * kRowsPerBlock + static_cast<int>(threadIdx.x / 32);
}
inline dim3 blocks_for_rows(int rows) {
  return dim3(static_cast<unsigned>((rows + kRowsPerBlock - 1) / kRowsPerBlock));
}
inline dim3 threads_for_rows() { return dim3(32 * kRowsPerBlock); }

/// The row that an id or a label names in a table of `rows`; -1 if it names none.
__device__ __forceinline__ int row_named(float id, int rows) {
  if (!(id >= 0.0f && id < static_cast<float>(rows))) return -1;
  const int row = static_cast<int>(id);
  return static_cast<float>(row) == id ? row : -1;
}

}  // namespace assay::backend::cuda
