#include "gpu_backend/repops/cuda/kernels.hpp"
#include "gpu_backend/repops/cuda/reduce.hpp"

// Sums over rows. A block takes 8 columns, and each of its 32 groups of 8 threads one of the lanes
// of `repops::sum32`; the lanes are then added by one thread for each column.

namespace assay::backend::cuda {
namespace {

constexpr int kColumns = 8;
constexpr int kLanes = static_cast<int>(repops::kLanes);

/// The lanes of a block's columns; one more float keeps columns in different banks.
struct Lanes {
  float of_column[kColumns][kLanes + 1];
};

/// sums[n] = the sum of term(r, n) over the rows.
template <class Term>
__global__ void __launch_bounds__(kColumns* kLanes)
    column_kernel(int rows, int columns, Term term, float* sums) {
  auto& lanes = block_shared<Lanes>().of_column;
  const int place = static_cast<int>(threadIdx.x) % kColumns;
  const int column = static_cast<int>(blockIdx.x) * kColumns + place;
  const int lane = static_cast<int>(threadIdx.x) / kColumns;
  float sum = 0.0f;
  if (column < columns) {
#pragma unroll 4
    for (int row = lane; row < rows; row += kLanes) sum = repops::add(sum, term(row, column));
  }
  lanes[place][lane] = sum;
  __syncthreads();
  if (lane == 0 && column < columns) {
    sums[column] = repops::canonical(repops::sum_of_lanes(lanes[place]));
  }
}

struct Plain {
  const float* x;
  int columns;
  __device__ float operator()(int row, int column) const {
    return x[offset(row, columns) + column];
  }
};

/// A gain's share in one output of a layer norm.
struct GainTerm {
  Plain dy;
  Plain x;
  const float* means;
  const float* rstds;
  __device__ float operator()(int row, int column) const {
    const float normal = repops::mul(repops::sub(x(row, column), means[row]), rstds[row]);
    return repops::mul(dy(row, column), normal);
  }
};

template <class Term>
void sum_columns(const char* what, int rows, int columns, Term term, float* sums) {
  launch(what, &column_kernel<Term>,
         dim3(static_cast<unsigned>((columns + kColumns - 1) / kColumns)), dim3(kColumns * kLanes),
         rows, columns, term, sums);
}

__global__ void mean_kernel(int count, const float* x, float* y) {
  const float sum = warp_sum(count, [&](int i) { return x[i]; });
  if (threadIdx.x == 0) y[0] = repops::canonical(repops::div(sum, static_cast<float>(count)));
}

}  // namespace

void column_sum(int rows, int columns, const float* x, float* sums) {
  sum_columns("column-sum", rows, columns, Plain{x, columns}, sums);
}

void layer_norm_backward_columns(int rows, int channels, const float* dy, const float* x,
                                 const float* means, const float* rstds, float* dgain,
                                 float* dbias) {
  const GainTerm gain{{dy, channels}, {x, channels}, means, rstds};
  sum_columns("layer-norm-backward, gains", rows, channels, gain, dgain);
  sum_columns("layer-norm-backward, biases", rows, channels, Plain{dy, channels}, dbias);
}

void mean(int count, const float* x, float* y) {
  launch("mean", &mean_kernel, dim3(1), dim3(32), count, x, y);
}

}  // namespace assay::backend::cuda
