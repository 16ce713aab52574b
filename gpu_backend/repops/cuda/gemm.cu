#include "gpu_backend/repops/arithmetic.hpp"
#include "gpu_backend/repops/cuda/device.hpp"
#include "gpu_backend/repops/cuda/kernels.hpp"

// Matrix products. A block makes one tile of the output: it walks along the depth in slices of 16,
// which it fetches while it still works on the slice before, and each thread keeps 8 x 8 outputs in
// registers. An output is made by one thread in the order that `repops::dot` fixes. Where a product
// has too few tiles for the device, the chunks of 256 are made by different blocks and added from
// left to right afterwards, which is that same order.

namespace assay::backend::cuda {
namespace {

constexpr int kChunk = static_cast<int>(repops::kChunk);
constexpr int kSlice = 16;     // of the depth
constexpr int kPerThread = 8;  // outputs of a thread, in each direction
static_assert(kChunk % kSlice == 0);

/// Which of its directions an operand has contiguous in memory: the depth, or the width in which
/// the outputs run.
enum class Along { Depth, Width };

/// How an operand is reached: `width` lines of `depth` numbers or the other way round.
struct View {
  const float* data;
  std::ptrdiff_t stride;
  int width;
  int depth_end;
  bool quads;  ///< four numbers may be read at once: all lines begin at multiples of 16 bytes
};

/// The slices of both operands, twice: one is read while the other is filled. Rows are a quad
/// longer than the tile, so that a warp that writes along the depth meets few bank conflicts.
template <int kTile>
struct Slices {
  float4 a[2][kSlice][kTile / 4 + 1];
  float4 b[2][kSlice][kTile / 4 + 1];
};

/// A thread's share of one slice, on its way from global to shared memory.
template <Along kAlong, int kTile>
struct Courier {
  static constexpr int kThreads = kTile * kTile / (kPerThread * kPerThread);
  static constexpr int kQuads = kTile * kSlice / 4 / kThreads;
  float4 quads[kQuads];

  /// Where in the slice this thread's i-th quad begins.
  static __device__ __forceinline__ int depth_of(int i) {
    const int quad = static_cast<int>(threadIdx.x) + i * kThreads;
    return kAlong == Along::Depth ? quad % (kSlice / 4) * 4 : quad / (kTile / 4);
  }
  static __device__ __forceinline__ int width_of(int i) {
    const int quad = static_cast<int>(threadIdx.x) + i * kThreads;
    return kAlong == Along::Depth ? quad / (kSlice / 4) : quad % (kTile / 4) * 4;
  }

  /// What lies outside of the operand becomes 0 and reaches no output.
  __device__ __forceinline__ void fetch(const View& view, int first_width, int first_depth) {
#pragma unroll
    for (int i = 0; i < kQuads; ++i) {
      const int depth = first_depth + depth_of(i);
      const int width = first_width + width_of(i);
      const int line = kAlong == Along::Depth ? width : depth;
      const int lines = kAlong == Along::Depth ? view.width : view.depth_end;
      const int place = kAlong == Along::Depth ? depth : width;
      const int left = (kAlong == Along::Depth ? view.depth_end : view.width) - place;
      quads[i] = float4{0.0f, 0.0f, 0.0f, 0.0f};
      if (line >= lines) continue;
      const float* from = view.data + line * view.stride + place;
      if (view.quads && left >= 4) {
        quads[i] = *reinterpret_cast<const float4*>(from);
      } else {
        if (left > 0) quads[i].x = from[0];
        if (left > 1) quads[i].y = from[1];
        if (left > 2) quads[i].z = from[2];
        if (left > 3) quads[i].w = from[3];
      }
    }
  }

  __device__ __forceinline__ void deliver(float4 (&slice)[kSlice][kTile / 4 + 1]) const {
#pragma unroll
    for (int i = 0; i < kQuads; ++i) {
      const int depth = depth_of(i);
      const int width = width_of(i);
      if (kAlong == Along::Width) {
        slice[depth][width / 4] = quads[i];
      } else {
        reinterpret_cast<float*>(slice[depth + 0])[width] = quads[i].x;
        reinterpret_cast<float*>(slice[depth + 1])[width] = quads[i].y;
        reinterpret_cast<float*>(slice[depth + 2])[width] = quads[i].z;
        reinterpret_cast<float*>(slice[depth + 3])[width] = quads[i].w;
      }
    }
  }
};

__device__ __forceinline__ float finished(const Product& product, int row, int column,
                                          float value) {
  switch (product.finish) {
    case Finish::Plain:
      break;
    case Finish::AddBias:
      value = repops::add(value, product.bias[column]);
      break;
    case Finish::Scale:
      value = repops::mul(product.scale, value);
      break;
    case Finish::CausalScale:
      value = column > row ? 0.0f : repops::mul(product.scale, value);
      break;
  }
  return repops::canonical(value);
}

/// The four outputs from `column` on, as far as there are so many.
__device__ __forceinline__ void write_quad(float* row, int column, int columns, bool quads,
                                           const float (&values)[4]) {
  if (quads && column + 4 <= columns) {
    *reinterpret_cast<float4*>(row + column) = float4{values[0], values[1], values[2], values[3]};
    return;
  }
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    if (column + i < columns) row[column + i] = values[i];
  }
}

/// The outputs of one thread: quads of rows and of columns half a tile apart, so that the threads
/// of a warp read neighbouring quads.
struct Outputs {
  float chain[kPerThread][kPerThread] = {};
  float total[kPerThread][kPerThread];

  template <int kTile>
  __device__ __forceinline__ void multiply(const float4 (&a)[kTile], const float4 (&b)[kTile],
                                           int row_quad, int column_quad) {
    constexpr int kHalf = (kTile - 1) / 2;
    const float4 a0 = a[row_quad], a1 = a[row_quad + kHalf];
    const float4 b0 = b[column_quad], b1 = b[column_quad + kHalf];
    const float left[kPerThread] = {a0.x, a0.y, a0.z, a0.w, a1.x, a1.y, a1.z, a1.w};
    const float right[kPerThread] = {b0.x, b0.y, b0.z, b0.w, b1.x, b1.y, b1.z, b1.w};
#pragma unroll
    for (int i = 0; i < kPerThread; ++i) {
#pragma unroll
      for (int j = 0; j < kPerThread; ++j) {
        chain[i][j] = repops::fma(left[i], right[j], chain[i][j]);
      }
    }
  }

  __device__ __forceinline__ void end_chain(bool first) {
#pragma unroll
    for (int i = 0; i < kPerThread; ++i) {
#pragma unroll
      for (int j = 0; j < kPerThread; ++j) {
        total[i][j] = first ? chain[i][j] : repops::add(total[i][j], chain[i][j]);
        chain[i][j] = 0.0f;
      }
    }
  }
};

/// Block x is one tile of one head, or of one chunk where `product.c` takes the chunks' sums one
/// matrix after the other.
template <Along kAlongA, Along kAlongB, int kTile>
__global__ void __launch_bounds__(kTile* kTile / (kPerThread * kPerThread))
    product_kernel(Product product, bool by_chunks, bool quads_a, bool quads_b, bool quads_c) {
  auto& slices = block_shared<Slices<kTile>>();
  const int tiles_down = (product.rows + kTile - 1) / kTile;
  const int tiles_across = (product.columns + kTile - 1) / kTile;
  auto rest = static_cast<int>(blockIdx.x);
  const int first_column = rest % tiles_across * kTile;
  rest /= tiles_across;
  const int first_row = rest % tiles_down * kTile;
  rest /= tiles_down;
  const int chunk = by_chunks ? rest : 0;
  const int batch = by_chunks ? 0 : rest / product.heads;
  const int head = by_chunks ? 0 : rest % product.heads;
  const int first_depth = chunk * kChunk;
  const int depth_end =
      by_chunks && product.depth - first_depth > kChunk ? first_depth + kChunk : product.depth;
  float* c = product.c + batch * product.c_batch_stride + head * product.c_head_stride +
             static_cast<std::ptrdiff_t>(chunk) * product.rows * product.c_stride;

  // Warps are 4 threads high and 8 wide.
  constexpr int kThreadsAcross = kTile / kPerThread;
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int warp = static_cast<int>(threadIdx.x) / 32;
  const int row_quad = warp / (kThreadsAcross / 8) * 4 + lane / 8;
  const int column_quad = warp % (kThreadsAcross / 8) * 8 + lane % 8;

  Outputs outputs;
  // Whatever lies above the diagonal is 0, with no need to compute it.
  const bool needed = product.finish != Finish::CausalScale || first_column < first_row + kTile;
  if (needed) {
    const View a{product.a.data + batch * product.a.batch_stride + head * product.a.head_stride,
                 product.a.stride, product.rows, depth_end, quads_a};
    const View b{product.b.data + batch * product.b.batch_stride + head * product.b.head_stride,
                 product.b.stride, product.columns, depth_end, quads_b};
    Courier<kAlongA, kTile> courier_a;
    Courier<kAlongB, kTile> courier_b;
    courier_a.fetch(a, first_row, first_depth);
    courier_b.fetch(b, first_column, first_depth);
    courier_a.deliver(slices.a[0]);
    courier_b.deliver(slices.b[0]);
    __syncthreads();
    int now = 0;
#pragma unroll 1
    for (int depth = first_depth; depth < depth_end; depth += kSlice) {
      const int next = depth + kSlice;
      if (next < depth_end) {
        courier_a.fetch(a, first_row, next);
        courier_b.fetch(b, first_column, next);
      }
      if (next <= depth_end) {
#pragma unroll 8
        for (int k = 0; k < kSlice; ++k) {
          outputs.multiply(slices.a[now][k], slices.b[now][k], row_quad, column_quad);
        }
      } else {
#pragma unroll 1
        for (int k = 0; k < depth_end - depth; ++k) {
          outputs.multiply(slices.a[now][k], slices.b[now][k], row_quad, column_quad);
        }
      }
      if (next % kChunk == 0 || next >= depth_end) {
        outputs.end_chain(depth - first_depth < kChunk);
      }
      if (next < depth_end) {
        // The other slices were read before the barrier that ended the last round.
        now = 1 - now;
        courier_a.deliver(slices.a[now]);
        courier_b.deliver(slices.b[now]);
        __syncthreads();
      }
    }
  } else {
    outputs.end_chain(true);
  }

#pragma unroll
  for (int i = 0; i < kPerThread; ++i) {
    const int row = first_row + i / 4 * (kTile / 2) + row_quad * 4 + i % 4;
    if (row >= product.rows) continue;
#pragma unroll
    for (int j = 0; j < kPerThread; j += 4) {
      const int column = first_column + j / 4 * (kTile / 2) + column_quad * 4;
      float values[4];
#pragma unroll
      for (int q = 0; q < 4; ++q) {
        const float total = outputs.total[i][j + q];
        values[q] = by_chunks || column + q >= product.columns
                        ? total
                        : finished(product, row, column + q, total);
      }
      write_quad(c + row * product.c_stride, column, product.columns, quads_c, values);
    }
  }
}

/// Adds the chunks' sums, which lie one matrix after the other.
__global__ void __launch_bounds__(256)
    add_chunks_kernel(Product product, const float* sums, int chunks) {
  const std::ptrdiff_t count = static_cast<std::ptrdiff_t>(product.rows) * product.columns;
  const std::ptrdiff_t i = static_cast<std::ptrdiff_t>(blockIdx.x) * 256 + threadIdx.x;
  if (i >= count) return;
  float total = sums[i];
#pragma unroll 4
  for (int chunk = 1; chunk < chunks; ++chunk) {
    total = repops::add(total, sums[chunk * count + i]);
  }
  const int row = static_cast<int>(i / product.columns);
  const int column = static_cast<int>(i % product.columns);
  product.c[row * product.c_stride + column] = finished(product, row, column, total);
}

int chunks_of(const Product& product) { return (product.depth + kChunk - 1) / kChunk; }

/// Tiles of all heads together.
std::ptrdiff_t tiles_of(const Product& product, int tile) {
  const auto along = [tile](int size) {
    return static_cast<std::ptrdiff_t>((size + tile - 1) / tile);
  };
  return along(product.rows) * along(product.columns) * product.batches * product.heads;
}

bool in_quads(const void* data, std::ptrdiff_t stride, std::ptrdiff_t batch_stride,
              std::ptrdiff_t head_stride) {
  return reinterpret_cast<std::size_t>(data) % 16 == 0 && stride % 4 == 0 &&
         batch_stride % 4 == 0 && head_stride % 4 == 0;
}
bool in_quads(const Operand& operand) {
  return in_quads(operand.data, operand.stride, operand.batch_stride, operand.head_stride);
}

template <int kTile>
void start(const Product& product, bool by_chunks) {
  const std::ptrdiff_t blocks = tiles_of(product, kTile) * (by_chunks ? chunks_of(product) : 1);
  const dim3 grid(static_cast<unsigned>(blocks));
  const dim3 block(kTile * kTile / (kPerThread * kPerThread));
  const bool quads_c =
      in_quads(product.c, product.c_stride, product.c_batch_stride, product.c_head_stride);
  auto* kernel = &product_kernel<Along::Depth, Along::Width, kTile>;
  if (product.form == Form::NT) kernel = &product_kernel<Along::Depth, Along::Depth, kTile>;
  if (product.form == Form::TN) kernel = &product_kernel<Along::Width, Along::Width, kTile>;
  launch("a matrix product", kernel, grid, block, product, by_chunks, in_quads(product.a),
         in_quads(product.b), quads_c);
}

void start(const Product& product, Spread spread) {
  if (spread.tile == 128) {
    start<128>(product, spread.by_chunks);
  } else {
    start<64>(product, spread.by_chunks);
  }
}

}  // namespace

Spread spread_of(const Product& product, int processors) {
  // In multiply-adds of one multiprocessor. A small tile reads twice as much from shared and global
  // memory for each of them. To write and read a chunk's sum costs a device as much time as about
  // 50 multiply-adds: 8 bytes at 4.8 TB/s against 33 T/s of an H200, and similarly on others.
  constexpr double kSmallTile = 1.25;
  constexpr double kPerSum = 50.0;
  Spread best;
  double least = 0.0;
  for (const int tile : {128, 64}) {
    for (const bool by_chunks : {false, true}) {
      if (by_chunks && (chunks_of(product) == 1 || product.batches * product.heads != 1)) continue;
      const double blocks =
          static_cast<double>(tiles_of(product, tile)) * (by_chunks ? chunks_of(product) : 1);
      const double rounds =
          static_cast<double>(static_cast<long long>((blocks + processors - 1) / processors));
      double cost = rounds * tile * tile * (by_chunks ? kChunk : product.depth);
      if (tile == 64) cost *= kSmallTile;
      if (by_chunks) {
        cost += kPerSum * chunks_of(product) * product.rows * product.columns / processors;
      }
      if (least == 0.0 || cost < least) {
        least = cost;
        best = Spread{tile, by_chunks};
      }
    }
  }
  return best;
}

void multiply(const Product& product, Spread spread) {
  if (!spread.by_chunks) return start(product, spread);
  const auto count =
      static_cast<std::size_t>(product.rows) * static_cast<std::size_t>(product.columns);
  const int chunks = chunks_of(product);
  const DeviceMemory<float> sums(count * static_cast<std::size_t>(chunks));
  Product parts = product;
  parts.c = sums.get();
  parts.c_stride = product.columns;
  start(parts, spread);
  launch("adding chunks", &add_chunks_kernel, dim3(static_cast<unsigned>((count + 255) / 256)),
         dim3(256), product, static_cast<const float*>(sums.get()), chunks);
}

}  // namespace assay::backend::cuda
