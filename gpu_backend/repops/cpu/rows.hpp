#pragma once

#include "gpu_backend/repops/cpu/lanes.hpp"
#include "gpu_backend/repops/cpu/work.hpp"

// Operators that sum over a row, or over the rows.
namespace assay::backend::repops::ASSAY_ISA {

inline constexpr std::size_t kNone = ~std::size_t{0};

/// The row that an id or label names in a table of `rows`.
ASSAY_EXACT std::size_t row_named(float id, std::size_t rows) {
  if (!(id >= 0.0f && id < static_cast<float>(rows))) return kNone;
  const auto row = static_cast<std::size_t>(id);
  return static_cast<float>(row) == id ? row : kNone;
}

/// `largest` of arithmetic.hpp.
ASSAY_EXACT float largest_of(std::size_t count, const float* values) {
  const float least = from_bits(static_cast<std::int32_t>(0xff800000));  // -inf
  Lanes most(least);
  for_slices(0, count, [&](Slice slice) { most = maximum(most, load(values, slice, least)); });
  float lanes[kWidth];
  store(lanes, Slice{}, most);
  return largest(kWidth, lanes);
}

/// p = e^(x - largest) of `count` numbers; returns their sum, and the largest.
struct Exponentials {
  float sum = 0.0f;
  float most = 0.0f;
};
ASSAY_EXACT Exponentials exponentials(std::size_t count, const float* x, float* p) {
  const float most = largest_of(count, x);
  const float sum = sum_slices(count, [&](Slice slice) {
    const Lanes e = exp(sub(load(x, slice), Lanes(most)));
    store(p, slice, e);
    return e;
  });
  return {sum, most};
}

ASSAY_EXACT void scale_row(std::size_t count, float* p, float scale) {
  for_slices(0, count, [&](Slice slice) { put(p, slice, mul(load(p, slice), Lanes(scale))); });
}

ASSAY_EXACT void clear(float* to, std::size_t first, std::size_t end) {
  for_slices(first, end, [&](Slice slice) { store(to, slice, Lanes(0.0f)); });
}

inline void softmax(const Work& work, const Part& part) {
  const std::size_t columns = work.dims[1];
  const std::size_t period = work.dims[2];
  const Range rows = share(work.dims[0], 1, part);
  for (std::size_t r = rows.first; r < rows.end; ++r) {
    const std::size_t count = period == 0 ? columns : r % period + 1;
    float* const p = work.out[0] + r * columns;
    const float sum = exponentials(count, work.in[0] + r * columns, p).sum;
    scale_row(count, p, div(1.0f, sum));
    clear(p, count, columns);
  }
}

inline void softmax_backward(const Work& work, const Part& part) {
  const std::size_t columns = work.dims[1];
  const std::size_t period = work.dims[2];
  const Range rows = share(work.dims[0], 1, part);
  for (std::size_t r = rows.first; r < rows.end; ++r) {
    const std::size_t count = period == 0 ? columns : r % period + 1;
    const float* const p = work.in[0] + r * columns;
    const float* const dp = work.in[1] + r * columns;
    float* const dx = work.out[0] + r * columns;
    const Lanes along(
        sum_slices(count, [&](Slice slice) { return mul(load(p, slice), load(dp, slice)); }));
    for_slices(0, count, [&](Slice slice) {
      put(dx, slice, mul(load(p, slice), sub(load(dp, slice), along)));
    });
    clear(dx, count, columns);
  }
}

inline void cross_entropy(const Work& work, const Part& part) {
  const std::size_t columns = work.dims[1];
  const Range rows = share(work.dims[0], 1, part);
  for (std::size_t r = rows.first; r < rows.end; ++r) {
    const float* const x = work.in[0] + r * columns;
    float* const p = work.out[1] + r * columns;
    const Exponentials e = exponentials(columns, x, p);
    scale_row(columns, p, div(1.0f, e.sum));
    const std::size_t label = row_named(work.in[1][r], columns);
    const float chosen = label == kNone ? from_bits(0x7fc00000) : x[label];
    work.out[0][r] = canonical(sub(log(e.sum), sub(chosen, e.most)));
  }
}

inline void cross_entropy_backward(const Work& work, const Part& part) {
  const std::size_t columns = work.dims[1];
  const float share_of_row = div(1.0f, static_cast<float>(work.dims[0]));
  const Range rows = share(work.dims[0], 1, part);
  for (std::size_t r = rows.first; r < rows.end; ++r) {
    const float* const p = work.in[0] + r * columns;
    float* const dx = work.out[0] + r * columns;
    for_slices(0, columns,
               [&](Slice slice) { put(dx, slice, mul(load(p, slice), Lanes(share_of_row))); });
    const std::size_t label = row_named(work.in[1][r], columns);
    if (label != kNone) dx[label] = canonical(mul(sub(p[label], 1.0f), share_of_row));
  }
}

inline void layer_norm(const Work& work, const Part& part) {
  const std::size_t channels = work.dims[1];
  const auto count = static_cast<float>(channels);
  const Range rows = share(work.dims[0], 1, part);
  for (std::size_t r = rows.first; r < rows.end; ++r) {
    const float* const x = work.in[0] + r * channels;
    const float mean =
        div(sum_slices(channels, [&](Slice slice) { return load(x, slice); }), count);
    const auto square = [&](Slice slice) {
      const Lanes off = sub(load(x, slice), Lanes(mean));
      return mul(off, off);
    };
    const float variance = div(sum_slices(channels, square), count);
    const float rstd = div(1.0f, sqrt(add(variance, work.constants[0])));
    for_slices(0, channels, [&](Slice slice) {
      const Lanes normal = mul(sub(load(x, slice), Lanes(mean)), Lanes(rstd));
      put(work.out[0] + r * channels, slice,
          fma(normal, load(work.in[1], slice), load(work.in[2], slice)));
    });
    work.out[1][r] = canonical(mean);
    work.out[2][r] = canonical(rstd);
  }
}

/// `sum32` over the rows of each column of `columns`, the terms of a slice of row r being
/// term(r, slice); finish(slice, sums).
template <class Term, class Finish>
ASSAY_EXACT void sum_columns(std::size_t rows, Range columns, Term term, Finish finish) {
  for_slices(columns.first, columns.end, [&](Slice slice) {
    Lanes lanes[kLanes] = {};
    for (std::size_t r = 0; r < rows; ++r) {
      lanes[r % kLanes] = add(lanes[r % kLanes], term(r, slice));
    }
    for (std::size_t apart = kLanes / 2; apart != 0; apart /= 2) {
      for (std::size_t i = 0; i < apart; ++i) lanes[i] = add(lanes[i], lanes[i + apart]);
    }
    finish(slice, lanes[0]);
  });
}

inline void column_sum(const Work& work, const Part& part) {
  const std::size_t columns = work.dims[1];
  sum_columns(
      work.dims[0], share(columns, kLanes, part),
      [&](std::size_t r, Slice slice) { return load(work.in[0] + r * columns, slice); },
      [&](Slice slice, Lanes sum) { put(work.out[0], slice, sum); });
}

inline void layer_norm_backward(const Work& work, const Part& part) {
  const std::size_t channels = work.dims[1];
  const auto count = static_cast<float>(channels);
  const auto dy = [&](std::size_t r, Slice slice) {
    return load(work.in[0] + r * channels, slice);
  };
  const auto normal = [&](std::size_t r, Slice slice) {
    const Lanes x = load(work.in[1] + r * channels, slice);
    return mul(sub(x, Lanes(work.in[3][r])), Lanes(work.in[4][r]));
  };
  const Range rows = share(work.dims[0], 1, part);
  for (std::size_t r = rows.first; r < rows.end; ++r) {
    const auto slope = [&](Slice slice) { return mul(dy(r, slice), load(work.in[2], slice)); };
    const Lanes mean_slope(div(sum_slices(channels, slope), count));
    const Lanes mean_along(
        div(sum_slices(channels, [&](Slice slice) { return mul(slope(slice), normal(r, slice)); }),
            count));
    for_slices(0, channels, [&](Slice slice) {
      const Lanes centred =
          fma(negated(normal(r, slice)), mean_along, sub(slope(slice), mean_slope));
      put(work.out[0] + r * channels, slice, mul(centred, Lanes(work.in[4][r])));
    });
  }
  const Range columns = share(channels, kLanes, part);
  sum_columns(
      work.dims[0], columns,
      [&](std::size_t r, Slice slice) { return mul(dy(r, slice), normal(r, slice)); },
      [&](Slice slice, Lanes sum) { put(work.out[1], slice, sum); });
  sum_columns(work.dims[0], columns, dy,
              [&](Slice slice, Lanes sum) { put(work.out[2], slice, sum); });
}

inline void mean(const Work& work, const Part& part) {
  if (part.index != 0) return;
  const std::size_t count = work.dims[0];
  const float sum = sum_slices(count, [&](Slice slice) { return load(work.in[0], slice); });
  work.out[0][0] = canonical(div(sum, static_cast<float>(count)));
}

inline void embedding(const Work& work, const Part& part) {
  const std::size_t channels = work.dims[1];
  const Range rows = share(work.dims[0], 1, part);
  for (std::size_t r = rows.first; r < rows.end; ++r) {
    const std::size_t id = row_named(work.in[0][r], work.dims[2]);
    const float* const position = work.in[2] + r % work.dims[3] * channels;
    float* const y = work.out[0] + r * channels;
    for_slices(0, channels, [&](Slice slice) {
      const Lanes token =
          id == kNone ? Lanes(from_bits(0x7fc00000)) : load(work.in[1] + id * channels, slice);
      put(y, slice, add(token, load(position, slice)));
    });
  }
}

inline void embedding_backward(const Work& work, const Part& part) {
  const std::size_t channels = work.dims[1];
  const std::size_t vocabulary = work.dims[2];
  const std::size_t context = work.dims[3];
  const Range columns = share(channels, kLanes, part);
  for (std::size_t v = 0; v < vocabulary; ++v) {
    clear(work.out[0] + v * channels, columns.first, columns.end);
  }
  for (std::size_t t = 0; t < context; ++t) {
    clear(work.out[1] + t * channels, columns.first, columns.end);
  }
  for (std::size_t r = 0; r < work.dims[0]; ++r) {
    const std::size_t id = row_named(work.in[0][r], vocabulary);
    float* const position = work.out[1] + r % context * channels;
    for_slices(columns.first, columns.end, [&](Slice slice) {
      const Lanes dy = load(work.in[1] + r * channels, slice);
      put(position, slice, add(load(position, slice), dy));
      if (id == kNone) return;
      float* const token = work.out[0] + id * channels;
      put(token, slice, add(load(token, slice), dy));
    });
  }
}

}  // namespace assay::backend::repops::ASSAY_ISA
