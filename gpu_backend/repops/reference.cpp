// The operators as plain loops: their definition, against which every other runner is compared.
#include <algorithm>

#include "gpu_backend/repops/arithmetic.hpp"
#include "gpu_backend/repops/environment.hpp"
#include "gpu_backend/repops/operator.hpp"

namespace assay::backend {
namespace repops {
namespace {

using Inputs = std::span<const Input>;
using Outputs = std::span<const Output>;
constexpr std::size_t kNone = ~std::size_t{0};

/// The row that an id or label names in a table of `rows`.
std::size_t row_named(float id, std::size_t rows) {
  if (!(id >= 0.0f && id < static_cast<float>(rows))) return kNone;
  const auto row = static_cast<std::size_t>(id);
  return static_cast<float>(row) == id ? row : kNone;
}

float count_of(std::size_t count) { return static_cast<float>(count); }

/// Entries of row r that a softmax with this period looks at.
std::size_t entries(std::size_t r, std::size_t columns, std::size_t period) {
  return period == 0 ? columns : r % period + 1;
}

void embedding(std::size_t rows, std::size_t channels, std::size_t vocabulary, std::size_t context,
               Inputs in, Outputs out) {
  const float nan = from_bits(0x7fc00000);
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t id = row_named(in[0][r], vocabulary);
    for (std::size_t c = 0; c < channels; ++c) {
      const float token = id == kNone ? nan : in[1][id * channels + c];
      out[0][r * channels + c] = canonical(add(token, in[2][r % context * channels + c]));
    }
  }
}

void embedding_backward(std::size_t rows, std::size_t channels, std::size_t vocabulary,
                        std::size_t context, Inputs in, Outputs out) {
  for (const Output& table : out) std::fill(table.begin(), table.end(), 0.0f);
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t id = row_named(in[0][r], vocabulary);
    for (std::size_t c = 0; c < channels; ++c) {
      const float dy = in[1][r * channels + c];
      float& position = out[1][r % context * channels + c];
      position = canonical(add(position, dy));
      if (id == kNone) continue;
      float& token = out[0][id * channels + c];
      token = canonical(add(token, dy));
    }
  }
}

void linear(std::size_t rows, std::size_t depth, std::size_t columns, Inputs in, Outputs out) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t n = 0; n < columns; ++n) {
      const float product = dot(depth, &in[0][r * depth], 1, &in[1][n], columns);
      out[0][r * columns + n] = canonical(add(product, in[2][n]));
    }
  }
}

void matmul_nt(std::size_t rows, std::size_t columns, std::size_t depth, Inputs in, Outputs out) {
  for (std::size_t m = 0; m < rows; ++m) {
    for (std::size_t n = 0; n < columns; ++n) {
      out[0][m * columns + n] = canonical(dot(depth, &in[0][m * depth], 1, &in[1][n * depth], 1));
    }
  }
}

void matmul_tn(std::size_t rows, std::size_t columns, std::size_t depth, Inputs in, Outputs out) {
  for (std::size_t m = 0; m < rows; ++m) {
    for (std::size_t n = 0; n < columns; ++n) {
      out[0][m * columns + n] = canonical(dot(depth, &in[0][m], rows, &in[1][n], columns));
    }
  }
}

void column_sum(std::size_t rows, std::size_t columns, Inputs in, Outputs out) {
  for (std::size_t n = 0; n < columns; ++n) {
    out[0][n] = canonical(sum32(rows, [&](std::size_t r) { return in[0][r * columns + n]; }));
  }
}

void layer_norm(std::size_t rows, std::size_t channels, float eps, Inputs in, Outputs out) {
  for (std::size_t r = 0; r < rows; ++r) {
    const float* x = &in[0][r * channels];
    const float mean =
        div(sum32(channels, [&](std::size_t c) { return x[c]; }), count_of(channels));
    const auto square = [&](std::size_t c) {
      const float off = sub(x[c], mean);
      return mul(off, off);
    };
    const float variance = div(sum32(channels, square), count_of(channels));
    const float rstd = div(1.0f, sqrt(add(variance, eps)));
    for (std::size_t c = 0; c < channels; ++c) {
      out[0][r * channels + c] = canonical(fma(mul(sub(x[c], mean), rstd), in[1][c], in[2][c]));
    }
    out[1][r] = canonical(mean);
    out[2][r] = canonical(rstd);
  }
}

void layer_norm_backward(std::size_t rows, std::size_t channels, Inputs in, Outputs out) {
  const auto dy = [&](std::size_t r, std::size_t c) { return in[0][r * channels + c]; };
  const auto normal = [&](std::size_t r, std::size_t c) {
    return mul(sub(in[1][r * channels + c], in[3][r]), in[4][r]);
  };
  for (std::size_t r = 0; r < rows; ++r) {
    const auto slope = [&](std::size_t c) { return mul(dy(r, c), in[2][c]); };
    const auto along = [&](std::size_t c) { return mul(slope(c), normal(r, c)); };
    const float mean_slope = div(sum32(channels, slope), count_of(channels));
    const float mean_along = div(sum32(channels, along), count_of(channels));
    for (std::size_t c = 0; c < channels; ++c) {
      const float centred = fma(negated(normal(r, c)), mean_along, sub(slope(c), mean_slope));
      out[0][r * channels + c] = canonical(mul(centred, in[4][r]));
    }
  }
  for (std::size_t c = 0; c < channels; ++c) {
    const auto gain = [&](std::size_t r) { return mul(dy(r, c), normal(r, c)); };
    out[1][c] = canonical(sum32(rows, gain));
    out[2][c] = canonical(sum32(rows, [&](std::size_t r) { return dy(r, c); }));
  }
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
  explicit Attention(const Operator& op)
      : batch(op.dims[0]), context(op.dims[1]), channels(op.dims[2]), heads(op.dims[3]) {}

  template <class Body>
  void for_each_head(Body body) const {
    for (std::size_t b = 0; b < batch; ++b) {
      for (std::size_t h = 0; h < heads; ++h) {
        const std::size_t row = b * context * channels;
        body(Head{3 * row + h * width, row + h * width, (b * heads + h) * context * context});
      }
    }
  }

  std::size_t batch;
  std::size_t context;
  std::size_t channels;
  std::size_t heads;
  std::size_t width = channels / heads;
};

void attention_scores(const Attention& shape, float scale, Inputs in, Outputs out) {
  const std::size_t context = shape.context;
  const std::size_t channels = shape.channels;
  shape.for_each_head([&](const Head& head) {
    const float* query = &in[0][head.qkv];
    const float* key = query + channels;
    float* scores = &out[0][head.pairs];
    for (std::size_t i = 0; i < context; ++i) {
      for (std::size_t j = 0; j < context; ++j) {
        const float product =
            dot(shape.width, query + i * 3 * channels, 1, key + j * 3 * channels, 1);
        scores[i * context + j] = j > i ? 0.0f : canonical(mul(scale, product));
      }
    }
  });
}

void attention_scores_backward(const Attention& shape, float scale, Inputs in, Outputs out) {
  const std::size_t context = shape.context;
  const std::size_t channels = shape.channels;
  shape.for_each_head([&](const Head& head) {
    const float* ds = &in[0][head.pairs];
    const float* query = &in[1][head.qkv];
    const float* key = query + channels;
    const float* dv = &in[2][head.y];
    for (std::size_t i = 0; i < context; ++i) {
      for (std::size_t d = 0; d < shape.width; ++d) {
        float* gradient = &out[0][head.qkv + i * 3 * channels + d];
        const float of_query = dot(context, ds + i * context, 1, key + d, 3 * channels);
        const float of_key = dot(context, ds + i, context, query + d, 3 * channels);
        gradient[0] = canonical(mul(scale, of_query));
        gradient[channels] = canonical(mul(scale, of_key));
        gradient[2 * channels] = canonical(dv[i * channels + d]);
      }
    }
  });
}

void attention_mix(const Attention& shape, Inputs in, Outputs out) {
  const std::size_t context = shape.context;
  const std::size_t channels = shape.channels;
  shape.for_each_head([&](const Head& head) {
    const float* p = &in[0][head.pairs];
    const float* value = &in[1][head.qkv + 2 * channels];
    float* y = &out[0][head.y];
    for (std::size_t i = 0; i < context; ++i) {
      for (std::size_t d = 0; d < shape.width; ++d) {
        y[i * channels + d] = canonical(dot(context, p + i * context, 1, value + d, 3 * channels));
      }
    }
  });
}

void attention_mix_backward(const Attention& shape, Inputs in, Outputs out) {
  const std::size_t context = shape.context;
  const std::size_t channels = shape.channels;
  shape.for_each_head([&](const Head& head) {
    const float* dy = &in[0][head.y];
    const float* p = &in[1][head.pairs];
    const float* value = &in[2][head.qkv + 2 * channels];
    float* dp = &out[0][head.pairs];
    float* dv = &out[1][head.y];
    for (std::size_t i = 0; i < context; ++i) {
      for (std::size_t j = 0; j < context; ++j) {
        dp[i * context + j] =
            canonical(dot(shape.width, dy + i * channels, 1, value + j * 3 * channels, 1));
      }
      for (std::size_t d = 0; d < shape.width; ++d) {
        dv[i * channels + d] = canonical(dot(context, p + i, context, dy + d, channels));
      }
    }
  });
}

void softmax(std::size_t rows, std::size_t columns, std::size_t period, Inputs in, Outputs out) {
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t count = entries(r, columns, period);
    const float* x = &in[0][r * columns];
    float* p = &out[0][r * columns];
    const float most = largest(count, x);
    for (std::size_t i = 0; i < count; ++i) p[i] = exp(sub(x[i], most));
    const float share = div(1.0f, sum32(count, [&](std::size_t i) { return p[i]; }));
    for (std::size_t i = 0; i < count; ++i) p[i] = canonical(mul(p[i], share));
    std::fill(p + count, p + columns, 0.0f);
  }
}

void softmax_backward(std::size_t rows, std::size_t columns, std::size_t period, Inputs in,
                      Outputs out) {
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t count = entries(r, columns, period);
    const float* p = &in[0][r * columns];
    const float* dp = &in[1][r * columns];
    float* dx = &out[0][r * columns];
    const float along = sum32(count, [&](std::size_t i) { return mul(p[i], dp[i]); });
    for (std::size_t i = 0; i < count; ++i) dx[i] = canonical(mul(p[i], sub(dp[i], along)));
    std::fill(dx + count, dx + columns, 0.0f);
  }
}

void cross_entropy(std::size_t rows, std::size_t vocabulary, Inputs in, Outputs out) {
  for (std::size_t r = 0; r < rows; ++r) {
    const float* x = &in[0][r * vocabulary];
    float* p = &out[1][r * vocabulary];
    const float most = largest(vocabulary, x);
    for (std::size_t i = 0; i < vocabulary; ++i) p[i] = exp(sub(x[i], most));
    const float sum = sum32(vocabulary, [&](std::size_t i) { return p[i]; });
    const float share = div(1.0f, sum);
    for (std::size_t i = 0; i < vocabulary; ++i) p[i] = canonical(mul(p[i], share));
    const std::size_t label = row_named(in[1][r], vocabulary);
    const float chosen = label == kNone ? from_bits(0x7fc00000) : x[label];
    out[0][r] = canonical(sub(log(sum), sub(chosen, most)));
  }
}

void cross_entropy_backward(std::size_t rows, std::size_t vocabulary, Inputs in, Outputs out) {
  const float share = div(1.0f, count_of(rows));
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t label = row_named(in[1][r], vocabulary);
    for (std::size_t i = 0; i < vocabulary; ++i) {
      const float p = in[0][r * vocabulary + i];
      out[0][r * vocabulary + i] = canonical(mul(i == label ? sub(p, 1.0f) : p, share));
    }
  }
}

void sgd(const Operator& op, Inputs in, Outputs out) {
  const auto [rate, momentum, decay, unused, fifth, last] = op.constants;
  for (std::size_t i = 0; i < out[0].size(); ++i) {
    const float w = in[0][i];
    const float v = fma(momentum, in[1][i], fma(decay, w, in[2][i]));
    out[0][i] = canonical(fma(-rate, v, w));
    out[1][i] = canonical(v);
  }
}

void adamw(const Operator& op, Inputs in, Outputs out) {
  const auto [rate, beta1, beta2, eps, decay, last] = op.constants;
  const float scale_m = div(1.0f, in[4][0]);
  const float scale_v = div(1.0f, in[4][1]);
  for (std::size_t i = 0; i < out[0].size(); ++i) {
    const float w = in[0][i];
    const float g = in[3][i];
    const float m = fma(beta1, in[1][i], mul(sub(1.0f, beta1), g));
    const float v = fma(beta2, in[2][i], mul(sub(1.0f, beta2), mul(g, g)));
    const float step = div(mul(m, scale_m), add(sqrt(mul(v, scale_v)), eps));
    out[0][i] = canonical(fma(-rate, fma(decay, w, step), w));
    out[1][i] = canonical(m);
    out[2][i] = canonical(v);
  }
}

/// visit(element of a patch, place in the pictures, or kNone beyond the edge), patch after patch.
template <class Visit>
void for_patches(const Operator& op, Visit visit) {
  const auto [batch, side, channels, kernel, distance, last] = op.dims;
  const std::size_t places = (side - 1) / distance + 1;
  std::size_t element = 0;
  // Beyond the left or upper edge the difference wraps around to a great number.
  const auto point = [&, d = std::size_t{distance}, half = std::size_t{kernel / 2}](
                         std::size_t place, std::size_t offset) {
    return place * d + offset - half;
  };
  for (std::size_t patch = 0; patch < batch * places * places; ++patch) {
    for (std::size_t inside = 0; inside < std::size_t{kernel} * kernel; ++inside) {
      const std::size_t row = point(patch / places % places, inside / kernel);
      const std::size_t column = point(patch % places, inside % kernel);
      const std::size_t picture = patch / (places * places);
      for (std::size_t c = 0; c < channels; ++c, ++element) {
        const bool there = row < side && column < side;
        visit(element, there ? ((picture * side + row) * side + column) * channels + c : kNone);
      }
    }
  }
}

void patches(const Operator& op, Inputs in, Outputs out) {
  for_patches(op, [&](std::size_t element, std::size_t place) {
    out[0][element] = place == kNone ? 0.0f : canonical(in[0][place]);
  });
}

/// Each picture's point is met by its patches in another order than that of the points in a patch,
/// which is the one that counts.
void patches_backward(const Operator& op, Inputs in, Outputs out) {
  const auto [batch, side, channels, kernel, distance, last] = op.dims;
  std::fill(out[0].begin(), out[0].end(), 0.0f);
  for (std::size_t inside = 0; inside < std::size_t{kernel} * kernel; ++inside) {
    for_patches(op, [&, c = std::size_t{channels}, k = std::size_t{kernel}](std::size_t element,
                                                                            std::size_t place) {
      if (place == kNone || element / c % (k * k) != inside) return;
      out[0][place] = canonical(add(out[0][place], in[0][element]));
    });
  }
}

/// Each element by itself.
template <class Function>
void map(Inputs in, Outputs out, Function function) {
  for (std::size_t i = 0; i < out[0].size(); ++i) {
    out[0][i] = canonical(function(in[0][i], in.back()[i]));
  }
}

class ReferenceRunner : public OperatorRunner {
 public:
  void run(const Operator& op, Inputs in, Outputs out) override {
    require_sizes(op, in, out);
    const StandardEnvironment environment;
    const auto [a, b, c, d, e, f] = op.dims;
    switch (op.kind) {
      case OperatorKind::Embedding:
        return embedding(a, b, c, d, in, out);
      case OperatorKind::EmbeddingBackward:
        return embedding_backward(a, b, c, d, in, out);
      case OperatorKind::Linear:
        return linear(a, b, c, in, out);
      case OperatorKind::MatmulNT:
        return matmul_nt(a, b, c, in, out);
      case OperatorKind::MatmulTN:
        return matmul_tn(a, b, c, in, out);
      case OperatorKind::ColumnSum:
        return column_sum(a, b, in, out);
      case OperatorKind::LayerNorm:
        return layer_norm(a, b, op.constants[0], in, out);
      case OperatorKind::LayerNormBackward:
        return layer_norm_backward(a, b, in, out);
      case OperatorKind::AttentionScores:
        return attention_scores(Attention(op), op.constants[0], in, out);
      case OperatorKind::AttentionScoresBackward:
        return attention_scores_backward(Attention(op), op.constants[0], in, out);
      case OperatorKind::AttentionMix:
        return attention_mix(Attention(op), in, out);
      case OperatorKind::AttentionMixBackward:
        return attention_mix_backward(Attention(op), in, out);
      case OperatorKind::Softmax:
        return softmax(a, b, c, in, out);
      case OperatorKind::SoftmaxBackward:
        return softmax_backward(a, b, c, in, out);
      case OperatorKind::Gelu:
        return map(in, out, [](float x, float) { return gelu(x); });
      case OperatorKind::GeluBackward:
        return map(in, out, [](float x, float dy) { return mul(dy, gelu_slope(x)); });
      case OperatorKind::Add:
        return map(in, out, [](float x, float y) { return add(x, y); });
      case OperatorKind::Scale:
        return map(in, out, [s = op.constants[0]](float x, float) { return mul(s, x); });
      case OperatorKind::CrossEntropy:
        return cross_entropy(a, b, in, out);
      case OperatorKind::CrossEntropyBackward:
        return cross_entropy_backward(a, b, in, out);
      case OperatorKind::Mean:
        out[0][0] = canonical(div(sum32(a, [&](std::size_t i) { return in[0][i]; }), count_of(a)));
        return;
      case OperatorKind::Sgd:
        return sgd(op, in, out);
      case OperatorKind::AdamW:
        return adamw(op, in, out);
      case OperatorKind::Patches:
        return patches(op, in, out);
      case OperatorKind::PatchesBackward:
        return patches_backward(op, in, out);
    }
  }
};

}  // namespace
}  // namespace repops

std::unique_ptr<OperatorRunner> reference_runner() {
  return std::make_unique<repops::ReferenceRunner>();
}

}  // namespace assay::backend
