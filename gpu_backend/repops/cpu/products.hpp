#pragma once

#include "gpu_backend/repops/cpu/gemm.hpp"
#include "gpu_backend/repops/cpu/rows.hpp"

// Operators that are products of matrices.
namespace assay::backend::repops::ASSAY_ISA {

inline void linear(const Work& work, const Part& part) {
  const auto [rows, depth, columns, d, e, f] = work.dims;
  multiply_part({rows,
                 columns,
                 depth,
                 {work.in[0], depth, 1},
                 {work.in[1], columns, 1},
                 work.out[0],
                 columns,
                 {work.in[2], nullptr}},
                part);
}

inline void matmul_nt(const Work& work, const Part& part) {
  const auto [rows, columns, depth, d, e, f] = work.dims;
  multiply_part({rows,
                 columns,
                 depth,
                 {work.in[0], depth, 1},
                 {work.in[1], 1, depth},
                 work.out[0],
                 columns,
                 {}},
                part);
}

inline void matmul_tn(const Work& work, const Part& part) {
  const auto [rows, columns, depth, d, e, f] = work.dims;
  multiply_part({rows,
                 columns,
                 depth,
                 {work.in[0], 1, rows},
                 {work.in[1], columns, 1},
                 work.out[0],
                 columns,
                 {}},
                part);
}

/// Where the parts of one head of one batch element start: query i at `qkv + i * 3 * channels`, its
/// key `channels` later and its value `channels` after that; row i of what goes in or out at
/// `y + i * channels`; pair (i, j) at `pairs + i * context + j`.
struct Head {
  std::size_t qkv = 0;
  std::size_t y = 0;
  std::size_t pairs = 0;
};

struct Attention {
  explicit Attention(const Work& work)
      : batch(work.dims[0]),
        context(work.dims[1]),
        channels(work.dims[2]),
        heads(work.dims[3]),
        width(channels / heads) {}

  template <class Body>
  ASSAY_EXACT void for_heads(const Part& part, Body body) const {
    const Range range = share(batch * heads, 1, part);
    for (std::size_t i = range.first; i < range.end; ++i) {
      const std::size_t first = i / heads * context * channels;
      const std::size_t column = i % heads * width;
      body(Head{3 * first + column, first + column, i * context * context});
    }
  }

  std::size_t batch;
  std::size_t context;
  std::size_t channels;
  std::size_t heads;
  std::size_t width;
};

inline void attention_scores(const Work& work, const Part& part) {
  const Attention shape(work);
  const std::size_t context = shape.context;
  const std::size_t row = 3 * shape.channels;
  shape.for_heads(part, [&](const Head& head) {
    const float* const query = work.in[0] + head.qkv;
    float* const scores = work.out[0] + head.pairs;
    // In blocks of rows, each as long as its last row: nearly half of the pairs are not looked at.
    constexpr std::size_t kBlock = 8 * kTileRows;
    for (std::size_t i = 0; i < context; i += kBlock) {
      const std::size_t end = lesser(i + kBlock, context);
      multiply({end - i,
                end,
                shape.width,
                {query + i * row, row, 1},
                {query + shape.channels, 1, row},
                scores + i * context,
                context,
                {nullptr, work.constants}},
               part.scratch);
    }
    for (std::size_t i = 0; i < context; ++i) clear(scores + i * context, i + 1, context);
  });
}

inline void attention_scores_backward(const Work& work, const Part& part) {
  const Attention shape(work);
  const std::size_t context = shape.context;
  const std::size_t channels = shape.channels;
  const std::size_t row = 3 * channels;
  const Finish scaled{nullptr, work.constants};
  shape.for_heads(part, [&](const Head& head) {
    const float* const ds = work.in[0] + head.pairs;
    const float* const query = work.in[1] + head.qkv;
    float* const gradient = work.out[0] + head.qkv;
    multiply({context,
              shape.width,
              context,
              {ds, context, 1},
              {query + channels, row, 1},
              gradient,
              row,
              scaled},
             part.scratch);
    multiply({context,
              shape.width,
              context,
              {ds, 1, context},
              {query, row, 1},
              gradient + channels,
              row,
              scaled},
             part.scratch);
    for (std::size_t i = 0; i < context; ++i) {
      const float* const dv = work.in[2] + head.y + i * channels;
      float* const to = gradient + i * row + 2 * channels;
      for_slices(0, shape.width, [&](Slice slice) { put(to, slice, load(dv, slice)); });
    }
  });
}

inline void attention_mix(const Work& work, const Part& part) {
  const Attention shape(work);
  const std::size_t channels = shape.channels;
  shape.for_heads(part, [&](const Head& head) {
    multiply({shape.context,
              shape.width,
              shape.context,
              {work.in[0] + head.pairs, shape.context, 1},
              {work.in[1] + head.qkv + 2 * channels, 3 * channels, 1},
              work.out[0] + head.y,
              channels,
              {}},
             part.scratch);
  });
}

inline void attention_mix_backward(const Work& work, const Part& part) {
  const Attention shape(work);
  const std::size_t context = shape.context;
  const std::size_t channels = shape.channels;
  shape.for_heads(part, [&](const Head& head) {
    const float* const dy = work.in[0] + head.y;
    const float* const value = work.in[2] + head.qkv + 2 * channels;
    multiply({context,
              context,
              shape.width,
              {dy, channels, 1},
              {value, 1, 3 * channels},
              work.out[0] + head.pairs,
              context,
              {}},
             part.scratch);
    multiply({context,
              shape.width,
              context,
              {work.in[1] + head.pairs, 1, context},
              {dy, channels, 1},
              work.out[1] + head.y,
              channels,
              {}},
             part.scratch);
  });
}

}  // namespace assay::backend::repops::ASSAY_ISA
