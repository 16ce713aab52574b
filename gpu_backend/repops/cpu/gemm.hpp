#pragma once

#include "gpu_backend/repops/cpu/lanes.hpp"
#include "gpu_backend/repops/cpu/work.hpp"

// The product of two matrices. A tile of outputs is kept in registers and takes one chunk of its
// dot products at a time; within a chunk both factors lie packed in the order in which tiles read
// them. The structure is that of Goto and van de Geijn, "Anatomy of high-performance matrix
// multiplication", ACM TOMS 34(3), 2008, with kChunk as the one possible depth.
namespace assay::backend::repops::ASSAY_ISA {

// The tile: kTileRows x kTileVectors registers of sums, kTileVectors of one factor, and one of the
// other. AVX-512 has 32 registers, AVX2 has 16.
#if defined(__AVX512F__)
inline constexpr std::size_t kTileRows = 12;
inline constexpr std::size_t kTileVectors = 2;
#elif defined(__AVX2__) && defined(__FMA__)
inline constexpr std::size_t kTileRows = 6;
inline constexpr std::size_t kTileVectors = 2;
#else
inline constexpr std::size_t kTileRows = 4;
inline constexpr std::size_t kTileVectors = 2;
#endif
inline constexpr std::size_t kTileColumns = kTileVectors * kWidth;

// What is packed at a time: it should stay in the second-level cache.
inline constexpr std::size_t kBlockRows = 240;
inline constexpr std::size_t kBlockColumns = 960;
static_assert(kBlockRows % kTileRows == 0 && kBlockColumns % kTileColumns == 0);
static_assert(kScratch == kChunk * (kBlockRows + kBlockColumns));

/// Element (i, j) is at data[i * down + j * right]; one of the two is 1.
struct Matrix {
  const float* data = nullptr;
  std::size_t down = 0;
  std::size_t right = 0;
};

/// What happens to a finished dot product.
struct Finish {
  const float* bias = nullptr;   ///< added, one for each column
  const float* scale = nullptr;  ///< multiplied with
};

struct Product {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::size_t depth = 0;
  Matrix a;  // rows x depth
  Matrix b;  // depth x columns
  float* c = nullptr;
  std::size_t c_down = 0;
  Finish finish;
};

/// Four rows of four numbers become four columns.
ASSAY_EXACT void transpose_four(const float* from, std::size_t down, float* to,
                                std::size_t to_down) {
  typedef float Quad
      __attribute__((vector_size(16)));  // NOLINT(modernize-use-using): see lanes.hpp
  Quad r[4];
  for (std::size_t i = 0; i < 4; ++i) __builtin_memcpy(&r[i], from + i * down, sizeof(Quad));
  const Quad low01 = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5);
  const Quad high01 = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
  const Quad low23 = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
  const Quad high23 = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
  r[0] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5);
  r[1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
  r[2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5);
  r[3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
  for (std::size_t i = 0; i < 4; ++i) __builtin_memcpy(to + i * to_down, &r[i], sizeof(Quad));
}

/// Writes strips of kStrip rows (or columns) of a factor: for each step of the depth the kStrip
/// numbers that a tile needs, zeros where the factor ends.
template <std::size_t kStrip>
void pack(const float* from, std::size_t across, std::size_t along, std::size_t count,
          std::size_t depth, float* to) {
  constexpr std::size_t kFours = kStrip / 4 * 4;
  for (std::size_t first = 0; first < count; first += kStrip, to += kStrip * depth) {
    const float* strip = from + first * across;
    if (count - first < kStrip) {
      for (std::size_t k = 0; k < depth; ++k) {
        for (std::size_t i = 0; i < kStrip; ++i) {
          to[k * kStrip + i] = first + i < count ? strip[i * across + k * along] : 0.0f;
        }
      }
    } else if (across == 1) {
      for (std::size_t k = 0; k < depth; ++k) {
        __builtin_memcpy(to + k * kStrip, strip + k * along, kStrip * sizeof(float));
      }
    } else {
      std::size_t k = 0;
      for (; k + 4 <= depth; k += 4) {
        for (std::size_t i = 0; i < kFours; i += 4) {
          transpose_four(strip + i * across + k, across, to + k * kStrip + i, kStrip);
        }
        for (std::size_t i = kFours; i < kStrip; ++i) {
          for (std::size_t j = k; j < k + 4; ++j) to[j * kStrip + i] = strip[i * across + j];
        }
      }
      for (; k < depth; ++k) {
        for (std::size_t i = 0; i < kStrip; ++i) to[k * kStrip + i] = strip[i * across + k];
      }
    }
  }
}

/// Which chunk of the depth a tile takes, and how much of the tile there is.
struct Tile {
  std::size_t rows = 0;
  std::size_t columns = 0;
  bool is_first_chunk = false;
  bool is_last_chunk = false;
};

/// One chunk of the dot products of a tile.
inline void add_tile(const float* a, const float* b, std::size_t depth, const Tile& tile, float* c,
                     std::size_t c_down, const Finish& finish) {
  Lanes sums[kTileRows][kTileVectors] = {};
  for (std::size_t k = 0; k < depth; ++k, a += kTileRows, b += kTileColumns) {
    Lanes right[kTileVectors];
#pragma GCC unroll 4
    for (std::size_t j = 0; j < kTileVectors; ++j) right[j] = load(b, Slice{j * kWidth});
#pragma GCC unroll 16
    for (std::size_t i = 0; i < kTileRows; ++i) {
      const Lanes left(a[i]);
#pragma GCC unroll 4
      for (std::size_t j = 0; j < kTileVectors; ++j) sums[i][j] = fma(left, right[j], sums[i][j]);
    }
  }
  for (std::size_t i = 0; i < tile.rows; ++i, c += c_down) {
    for (std::size_t j = 0; j * kWidth < tile.columns; ++j) {
      const Slice slice{j * kWidth, lesser(kWidth, tile.columns - j * kWidth)};
      Lanes total = sums[i][j];
      if (!tile.is_first_chunk) total = add(load(c, slice), total);
      if (tile.is_last_chunk) {
        if (finish.scale != nullptr) total = mul(Lanes(*finish.scale), total);
        if (finish.bias != nullptr) total = add(total, load(finish.bias, slice));
        total = canonical(total);
      }
      store(c, slice, total);
    }
  }
}

inline void multiply(const Product& p, float* scratch) {
  float* const packed_a = scratch;
  float* const packed_b = scratch + kChunk * kBlockRows;
  for (std::size_t column = 0; column < p.columns; column += kBlockColumns) {
    const std::size_t columns = lesser(kBlockColumns, p.columns - column);
    for (std::size_t k = 0; k < p.depth; k += kChunk) {
      const std::size_t depth = lesser(kChunk, p.depth - k);
      pack<kTileColumns>(p.b.data + k * p.b.down + column * p.b.right, p.b.right, p.b.down, columns,
                         depth, packed_b);
      for (std::size_t row = 0; row < p.rows; row += kBlockRows) {
        const std::size_t rows = lesser(kBlockRows, p.rows - row);
        pack<kTileRows>(p.a.data + row * p.a.down + k * p.a.right, p.a.down, p.a.right, rows, depth,
                        packed_a);
        for (std::size_t j = 0; j < columns; j += kTileColumns) {
          Finish finish = p.finish;
          if (finish.bias != nullptr) finish.bias += column + j;
          for (std::size_t i = 0; i < rows; i += kTileRows) {
            const Tile tile{lesser(kTileRows, rows - i), lesser(kTileColumns, columns - j), k == 0,
                            k + depth == p.depth};
            add_tile(packed_a + i * depth, packed_b + j * depth, depth, tile,
                     p.c + (row + i) * p.c_down + column + j, p.c_down, finish);
          }
        }
      }
    }
  }
}

/// One part of a product: some of the rows, or of the columns where these are more.
inline void multiply_part(Product p, const Part& part) {
  if (p.rows > p.columns) {
    const Range range = share(p.rows, kTileRows, part);
    p.a.data += range.first * p.a.down;
    p.c += range.first * p.c_down;
    p.rows = range.end - range.first;
  } else {
    const Range range = share(p.columns, kTileColumns, part);
    p.b.data += range.first * p.b.right;
    p.c += range.first;
    p.columns = range.end - range.first;
    if (p.finish.bias != nullptr) p.finish.bias += range.first;
  }
  if (p.rows != 0 && p.columns != 0) multiply(p, part.scratch);
}

}  // namespace assay::backend::repops::ASSAY_ISA
