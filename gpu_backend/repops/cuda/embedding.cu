#include "gpu_backend/repops/cuda/kernels.hpp"
#include "gpu_backend/repops/cuda/reduce.hpp"

// The embedding and its gradient. A table's row collects the gradients of all rows that name it, in
// ascending order: rows that name the same one are linked, and the first of them walks the links.

namespace assay::backend::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kLast = -1;

__global__ void __launch_bounds__(kThreads)
    embed_kernel(int rows, int channels, int vocabulary, int context, const float* ids,
                 const float* tokens, const float* positions, float* y) {
  const std::ptrdiff_t i = static_cast<std::ptrdiff_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= offset(rows, channels)) return;
  const auto row = static_cast<int>(i / channels);
  const auto channel = static_cast<int>(i % channels);
  const int id = row_named(ids[row], vocabulary);
  const float token =
      id < 0 ? repops::from_bits(0x7fc00000) : tokens[offset(id, channels) + channel];
  const float position = positions[offset(row % context, channels) + channel];
  y[i] = repops::canonical(repops::add(token, position));
}

/// What row r is in the chain of the rows that name the same: whether it is the first, and the
/// next.
struct Link {
  int first;
  int next;  ///< or kLast
};

__global__ void link_rows_kernel(int rows, int vocabulary, const float* ids, Link* links) {
  const int row = row_of_warp();
  if (row >= rows) return;
  const int lane = static_cast<int>(threadIdx.x % 32);
  const int mine = row_named(ids[row], vocabulary);
  const auto others = [&](int from, int end) {
    const int other = from + lane;
    const bool same = other < end && row_named(ids[other], vocabulary) == mine;
    return __ballot_sync(kWholeWarp, same);
  };
  bool first = mine >= 0;
  for (int from = 0; from < row && first; from += 32) first = others(from, row) == 0;
  int next = kLast;
  for (int from = row + 1; from < rows && mine >= 0 && next == kLast; from += 32) {
    const unsigned votes = others(from, rows);
    if (votes != 0) next = from + __ffs(static_cast<int>(votes)) - 1;
  }
  if (lane == 0) links[row] = Link{first ? 1 : 0, next};
}

/// Block x: the channels from 256 (x % blocks_across) on, of the table's row that row x /
/// blocks_across is the first to name.
__global__ void __launch_bounds__(kThreads)
    collect_tokens_kernel(int channels, int vocabulary, const float* ids, const Link* links,
                          const float* dy, float* dtokens) {
  const unsigned blocks_across = (static_cast<unsigned>(channels) + kThreads - 1) / kThreads;
  const auto row = static_cast<int>(blockIdx.x / blocks_across);
  const auto channel = static_cast<int>(blockIdx.x % blocks_across * kThreads + threadIdx.x);
  if (links[row].first == 0 || channel >= channels) return;
  float sum = 0.0f;
  for (int at = row; at != kLast; at = links[at].next) {
    sum = repops::add(sum, dy[offset(at, channels) + channel]);
  }
  dtokens[offset(row_named(ids[row], vocabulary), channels) + channel] = repops::canonical(sum);
}

__global__ void __launch_bounds__(kThreads)
    collect_positions_kernel(int rows, int channels, int context, const float* dy,
                             float* dpositions) {
  const std::ptrdiff_t i = static_cast<std::ptrdiff_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= offset(context, channels)) return;
  const auto position = static_cast<int>(i / channels);
  const auto channel = static_cast<int>(i % channels);
  float sum = 0.0f;
  for (std::ptrdiff_t row = position; row < rows; row += context) {
    sum = repops::add(sum, dy[row * channels + channel]);
  }
  dpositions[i] = repops::canonical(sum);
}

/// A thread for each entry of a table.
dim3 blocks_for(int rows, int channels) {
  return dim3(static_cast<unsigned>((offset(rows, channels) + kThreads - 1) / kThreads));
}

}  // namespace

void embed(int rows, int channels, int vocabulary, int context, const float* ids,
           const float* tokens, const float* positions, float* y) {
  launch("embedding", &embed_kernel, blocks_for(rows, channels), dim3(kThreads), rows, channels,
         vocabulary, context, ids, tokens, positions, y);
}

void embed_backward(int rows, int channels, int vocabulary, int context, const float* ids,
                    const float* dy, float* dtokens, float* dpositions) {
  const DeviceMemory<Link> chain(static_cast<std::size_t>(rows));
  Link* links = chain.get();
  const auto table = static_cast<std::size_t>(offset(vocabulary, channels));
  check(cudaMemset(dtokens, 0, table * sizeof(float)), "embedding-backward, clearing the table");
  launch("embedding-backward, links", &link_rows_kernel, blocks_for_rows(rows), threads_for_rows(),
         rows, vocabulary, ids, links);
  const int blocks_across = (channels + kThreads - 1) / kThreads;
  launch("embedding-backward, tokens", &collect_tokens_kernel,
         dim3(static_cast<unsigned>(offset(rows, blocks_across))), dim3(kThreads), channels,
         vocabulary, ids, links, dy, dtokens);
  launch("embedding-backward, positions", &collect_positions_kernel, blocks_for(context, channels),
         dim3(kThreads), rows, channels, context, dy, dpositions);
}

}  // namespace assay::backend::cuda
