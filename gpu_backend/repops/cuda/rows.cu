#include "gpu_backend/repops/cuda/kernels.hpp"
#include "gpu_backend/repops/cuda/reduce.hpp"

// Operators on rows: softmax, cross-entropy and layer norm. A warp takes a row.

namespace assay::backend::cuda {
namespace {

/// Entries of a row that a softmax with this period looks at.
__device__ __forceinline__ int entries(int row, int columns, int period) {
  return period == 0 ? columns : row % period + 1;
}

/// p[i] = e^(x[i] - most), not yet divided by their sum, which is returned.
__device__ __forceinline__ float exponentials(int count, const float* x, float most, float* p) {
  for_lane(count, [&](int i) { p[i] = repops::exp(repops::sub(x[i], most)); });
  return warp_sum(count, [&](int i) { return p[i]; });  // each lane reads what it wrote itself
}

__global__ void softmax_kernel(int rows, int columns, int period, const float* all_x,
                               float* all_p) {
  const int row = row_of_warp();
  if (row >= rows) return;
  const int count = entries(row, columns, period);
  const float* x = all_x + offset(row, columns);
  float* p = all_p + offset(row, columns);
  const float sum = exponentials(count, x, warp_largest(count, x), p);
  const float share = repops::div(1.0f, sum);
  for_lane(columns,
           [&](int i) { p[i] = i < count ? repops::canonical(repops::mul(p[i], share)) : 0.0f; });
}

__global__ void softmax_backward_kernel(int rows, int columns, int period, const float* all_p,
                                        const float* all_dp, float* all_dx) {
  const int row = row_of_warp();
  if (row >= rows) return;
  const int count = entries(row, columns, period);
  const float* p = all_p + offset(row, columns);
  const float* dp = all_dp + offset(row, columns);
  float* dx = all_dx + offset(row, columns);
  const float along = warp_sum(count, [&](int i) { return repops::mul(p[i], dp[i]); });
  for_lane(columns, [&](int i) {
    dx[i] = i < count ? repops::canonical(repops::mul(p[i], repops::sub(dp[i], along))) : 0.0f;
  });
}

__global__ void cross_entropy_kernel(int rows, int vocabulary, const float* logits,
                                     const float* labels, float* losses, float* all_p) {
  const int row = row_of_warp();
  if (row >= rows) return;
  const float* x = logits + offset(row, vocabulary);
  float* p = all_p + offset(row, vocabulary);
  const float most = warp_largest(vocabulary, x);
  const float sum = exponentials(vocabulary, x, most, p);
  const float share = repops::div(1.0f, sum);
  for_lane(vocabulary, [&](int i) { p[i] = repops::canonical(repops::mul(p[i], share)); });
  if (threadIdx.x % 32 != 0) return;
  const int label = row_named(labels[row], vocabulary);
  const float chosen = label < 0 ? repops::from_bits(0x7fc00000) : x[label];
  losses[row] = repops::canonical(repops::sub(repops::log(sum), repops::sub(chosen, most)));
}

__global__ void cross_entropy_backward_kernel(int rows, int vocabulary, float share, const float* p,
                                              const float* labels, float* dlogits) {
  const int row = row_of_warp();
  if (row >= rows) return;
  const int label = row_named(labels[row], vocabulary);
  for_lane(vocabulary, [&](int i) {
    const float value = p[offset(row, vocabulary) + i];
    const float slope = i == label ? repops::sub(value, 1.0f) : value;
    dlogits[offset(row, vocabulary) + i] = repops::canonical(repops::mul(slope, share));
  });
}

__global__ void layer_norm_kernel(int rows, int channels, float eps, const float* all_x,
                                  const float* gain, const float* bias, float* y, float* means,
                                  float* rstds) {
  const int row = row_of_warp();
  if (row >= rows) return;
  const float* x = all_x + offset(row, channels);
  const float count = static_cast<float>(channels);
  const float mean = repops::div(warp_sum(channels, [&](int c) { return x[c]; }), count);
  const float squares = warp_sum(channels, [&](int c) {
    const float off = repops::sub(x[c], mean);
    return repops::mul(off, off);
  });
  const float variance = repops::div(squares, count);
  const float rstd = repops::div(1.0f, repops::sqrt(repops::add(variance, eps)));
  for_lane(channels, [&](int c) {
    const float normal = repops::mul(repops::sub(x[c], mean), rstd);
    y[offset(row, channels) + c] = repops::canonical(repops::fma(normal, gain[c], bias[c]));
  });
  if (threadIdx.x % 32 != 0) return;
  means[row] = repops::canonical(mean);
  rstds[row] = repops::canonical(rstd);
}

__global__ void layer_norm_backward_kernel(int rows, int channels, const float* all_dy,
                                           const float* all_x, const float* gain,
                                           const float* means, const float* rstds, float* all_dx) {
  const int row = row_of_warp();
  if (row >= rows) return;
  const float* dy = all_dy + offset(row, channels);
  const float* x = all_x + offset(row, channels);
  float* dx = all_dx + offset(row, channels);
  const float mean = means[row];
  const float rstd = rstds[row];
  const float count = static_cast<float>(channels);
  const auto normal = [&](int c) { return repops::mul(repops::sub(x[c], mean), rstd); };
  const auto slope = [&](int c) { return repops::mul(dy[c], gain[c]); };
  const float mean_slope = repops::div(warp_sum(channels, slope), count);
  const float mean_along = repops::div(
      warp_sum(channels, [&](int c) { return repops::mul(slope(c), normal(c)); }), count);
  for_lane(channels, [&](int c) {
    const float centred =
        repops::fma(repops::negated(normal(c)), mean_along, repops::sub(slope(c), mean_slope));
    dx[c] = repops::canonical(repops::mul(centred, rstd));
  });
}

}  // namespace

void softmax(int rows, int columns, int period, const float* x, float* p) {
  launch("softmax", &softmax_kernel, blocks_for_rows(rows), threads_for_rows(), rows, columns,
         period, x, p);
}

void softmax_backward(int rows, int columns, int period, const float* p, const float* dp,
                      float* dx) {
  launch("softmax-backward", &softmax_backward_kernel, blocks_for_rows(rows), threads_for_rows(),
         rows, columns, period, p, dp, dx);
}

void cross_entropy(int rows, int vocabulary, const float* logits, const float* labels,
                   float* losses, float* p) {
  launch("cross-entropy", &cross_entropy_kernel, blocks_for_rows(rows), threads_for_rows(), rows,
         vocabulary, logits, labels, losses, p);
}

void cross_entropy_backward(int rows, int vocabulary, const float* p, const float* labels,
                            float* dlogits) {
  const float share = repops::div(1.0f, static_cast<float>(rows));
  launch("cross-entropy-backward", &cross_entropy_backward_kernel, blocks_for_rows(rows),
         threads_for_rows(), rows, vocabulary, share, p, labels, dlogits);
}

void layer_norm(int rows, int channels, float eps, const float* x, const float* gain,
                const float* bias, float* y, float* means, float* rstds) {
  launch("layer-norm", &layer_norm_kernel, blocks_for_rows(rows), threads_for_rows(), rows,
         channels, eps, x, gain, bias, y, means, rstds);
}

void layer_norm_backward_rows(int rows, int channels, const float* dy, const float* x,
                              const float* gain, const float* means, const float* rstds,
                              float* dx) {
  launch("layer-norm-backward", &layer_norm_backward_kernel, blocks_for_rows(rows),
         threads_for_rows(), rows, channels, dy, x, gain, means, rstds, dx);
}

}  // namespace assay::backend::cuda
