// The operators against the mathematics: forward ones against the same formula in double precision,
// backward ones against central finite differences of that formula.
#include <cmath>
#include <functional>

#include "gpu_backend/repops/cpu/runner.hpp"
#include "tests/catch.hpp"
#include "tests/gpu_backend/repops/cases.hpp"

namespace assay::backend {
namespace {

using Kind = OperatorKind;
using Numbers = std::vector<double>;
/// A forward operator in double precision: inputs -> its first output.
using Formula = std::function<Numbers(const std::vector<Numbers>&)>;

std::vector<Numbers> wide(const Tensors& tensors) {
  std::vector<Numbers> result;
  for (const auto& tensor : tensors) result.emplace_back(tensor.begin(), tensor.end());
  return result;
}

/// Values between -1 and 1; where `positive`, between 0 and 1.
std::vector<float> random_tensor(std::size_t size, std::uint64_t key, bool positive = false) {
  sim::Draws draws(11, 0, key);
  std::vector<float> values(size);
  for (float& value : values) {
    value = static_cast<float>(draws.uniform() * (positive ? 1.0 : 2.0) - (positive ? 0.0 : 1.0));
  }
  return values;
}

Tensors run(const Operator& op, const Tensors& inputs) {
  return outputs_of(*cpu_runner(1), op, inputs);
}

/// Rounding: the largest of the exact numbers is what sums are made of, and none has more than a
/// few hundred terms, whose errors of 2^-24 do not all have the same sign.
void require_close(const std::vector<float>& ours, const Numbers& exact) {
  REQUIRE(ours.size() == exact.size());
  double most = 0.0;
  for (const double value : exact) most = std::max(most, std::fabs(value));
  REQUIRE(most > 0.0);
  for (std::size_t i = 0; i < ours.size(); ++i) {
    INFO("element " << i);
    REQUIRE(std::fabs(static_cast<double>(ours[i]) - exact[i]) <= 4e-6 * most + 1e-9);
  }
}

/// The gradient of sum(dy * formula(inputs)) along inputs[which]. With steps of 2^-16 its own error
/// is below 1e-9 where third derivatives are about 1.
Numbers differences(const Formula& formula, std::vector<Numbers> inputs, std::size_t which,
                    const std::vector<float>& dy) {
  constexpr double kStep = 0x1p-16;
  Numbers gradient;
  for (double& x : inputs[which]) {
    const double middle = x;
    x = middle + kStep;
    const Numbers above = formula(inputs);
    x = middle - kStep;
    const Numbers below = formula(inputs);
    x = middle;
    double sum = 0.0;
    for (std::size_t i = 0; i < dy.size(); ++i) {
      sum += static_cast<double>(dy[i]) * (above[i] - below[i]);
    }
    gradient.push_back(sum / (2 * kStep));
  }
  return gradient;
}

// The formulas.

Numbers linear(const std::vector<Numbers>& in, std::size_t rows, std::size_t depth,
               std::size_t columns) {
  Numbers y(rows * columns);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) {
      double sum = in[2][c];
      for (std::size_t k = 0; k < depth; ++k) sum += in[0][r * depth + k] * in[1][k * columns + c];
      y[r * columns + c] = sum;
    }
  }
  return y;
}

Numbers layer_norm(const std::vector<Numbers>& in, std::size_t rows, std::size_t channels,
                   double eps) {
  Numbers y(rows * channels);
  const auto count = static_cast<double>(channels);
  for (std::size_t r = 0; r < rows; ++r) {
    double mean = 0.0;
    double variance = 0.0;
    for (std::size_t c = 0; c < channels; ++c) mean += in[0][r * channels + c] / count;
    for (std::size_t c = 0; c < channels; ++c) {
      variance += std::pow(in[0][r * channels + c] - mean, 2) / count;
    }
    for (std::size_t c = 0; c < channels; ++c) {
      y[r * channels + c] =
          (in[0][r * channels + c] - mean) / std::sqrt(variance + eps) * in[1][c] + in[2][c];
    }
  }
  return y;
}

Numbers softmax(const Numbers& x, std::size_t rows, std::size_t columns, std::size_t period) {
  Numbers p(rows * columns);
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t count = period == 0 ? columns : r % period + 1;
    double sum = 0.0;
    for (std::size_t i = 0; i < count; ++i) sum += std::exp(x[r * columns + i]);
    for (std::size_t i = 0; i < count; ++i) p[r * columns + i] = std::exp(x[r * columns + i]) / sum;
  }
  return p;
}

struct Attention {
  std::size_t batch, context, channels, heads;

  /// body(pair of query i and key j, place of channel d of i in y, places of i and j in qkv)
  template <class Body>
  void for_each(Body body) const {
    const std::size_t width = channels / heads;
    for (std::size_t b = 0; b < batch; ++b) {
      for (std::size_t h = 0; h < heads; ++h) {
        for (std::size_t i = 0; i < context; ++i) {
          for (std::size_t j = 0; j < context; ++j) {
            for (std::size_t d = 0; d < width; ++d) {
              const std::size_t column = h * width + d;
              body(((b * heads + h) * context + i) * context + j,
                   (b * context + i) * channels + column, (b * context + i) * 3 * channels + column,
                   (b * context + j) * 3 * channels + column, j <= i);
            }
          }
        }
      }
    }
  }
  Numbers scores(const Numbers& qkv, double scale) const {
    Numbers s(batch * heads * context * context);
    for_each([&](std::size_t pair, std::size_t, std::size_t i, std::size_t j, bool seen) {
      if (seen) s[pair] += scale * qkv[i] * qkv[j + channels];
    });
    return s;
  }
  Numbers mix(const Numbers& p, const Numbers& qkv) const {
    Numbers y(batch * context * channels);
    for_each([&](std::size_t pair, std::size_t place, std::size_t, std::size_t j, bool) {
      y[place] += p[pair] * qkv[j + 2 * channels];
    });
    return y;
  }
};

double gelu(double x) {
  const double inner = std::sqrt(2.0 / std::acos(-1.0)) * (x + 0.044715 * x * x * x);
  return 0.5 * x * (1.0 + std::tanh(inner));
}

TEST_CASE("a linear layer and its gradients follow the mathematics", "[gpu_backend]") {
  const std::uint32_t rows = 7;
  const std::uint32_t depth = 300;  // more than one chunk
  const std::uint32_t columns = 5;
  const Tensors in{random_tensor(rows * depth, 1), random_tensor(depth * columns, 2),
                   random_tensor(columns, 3)};
  const Formula formula = [=](const auto& x) { return linear(x, rows, depth, columns); };
  const Operator forward{Kind::Linear, {rows, depth, columns}, {}};
  require_close(run(forward, in)[0], formula(wide(in)));

  const std::vector<float> dy = random_tensor(rows * columns, 4);
  const Tensors dx = run({Kind::MatmulNT, {rows, depth, columns}, {}}, {dy, in[1]});
  const Tensors dw = run({Kind::MatmulTN, {depth, columns, rows}, {}}, {in[0], dy});
  const Tensors db = run({Kind::ColumnSum, {rows, columns}, {}}, {dy});
  require_close(dx[0], differences(formula, wide(in), 0, dy));
  require_close(dw[0], differences(formula, wide(in), 1, dy));
  require_close(db[0], differences(formula, wide(in), 2, dy));
}

TEST_CASE("an embedding and its gradients follow the mathematics", "[gpu_backend]") {
  const std::uint32_t rows = 10;
  const std::uint32_t channels = 6;
  const std::uint32_t vocabulary = 4;
  const std::uint32_t context = 5;
  const Tensors in{{0, 3, 1, 1, 3, 3, 0, 0, 3, 1},  // 2 never, the others more than once
                   random_tensor(vocabulary * channels, 1),
                   random_tensor(context * channels, 2)};
  const Formula formula = [=](const std::vector<Numbers>& x) {
    Numbers y;
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < channels; ++c) {
        y.push_back(x[1][static_cast<std::size_t>(x[0][r]) * channels + c] +
                    x[2][r % context * channels + c]);
      }
    }
    return y;
  };
  const std::array<std::uint32_t, 6> dims{rows, channels, vocabulary, context};
  require_close(run({Kind::Embedding, dims, {}}, in)[0], formula(wide(in)));
  const std::vector<float> dy = random_tensor(rows * channels, 3);
  const Tensors gradients = run({Kind::EmbeddingBackward, dims, {}}, {in[0], dy});
  require_close(gradients[0], differences(formula, wide(in), 1, dy));
  require_close(gradients[1], differences(formula, wide(in), 2, dy));
}

TEST_CASE("a layer norm and its gradients follow the mathematics", "[gpu_backend]") {
  const std::uint32_t rows = 6;
  const std::uint32_t channels = 40;
  const Tensors in{random_tensor(rows * channels, 1), random_tensor(channels, 2),
                   random_tensor(channels, 3)};
  const Formula formula = [=](const auto& x) { return layer_norm(x, rows, channels, 1e-5); };
  const Tensors out = run({Kind::LayerNorm, {rows, channels}, {1e-5f}}, in);
  require_close(out[0], formula(wide(in)));
  const std::vector<float> dy = random_tensor(rows * channels, 4);
  const Tensors gradients =
      run({Kind::LayerNormBackward, {rows, channels}, {}}, {dy, in[0], in[1], out[1], out[2]});
  for (std::size_t i = 0; i < 3; ++i) {
    require_close(gradients[i], differences(formula, wide(in), i, dy));
  }
}

TEST_CASE("attention and its gradients follow the mathematics", "[gpu_backend]") {
  const Attention shape{2, 6, 8, 2};
  const std::array<std::uint32_t, 6> dims{2, 6, 8, 2};
  const float scale = 0.5f;
  const Tensors qkv{random_tensor(2 * 6 * 3 * 8, 1)};
  const std::vector<float> p = random_tensor(2 * 2 * 6 * 6, 2);
  const std::vector<float> dy = random_tensor(2 * 6 * 8, 3);

  const Formula scores = [&](const auto& x) { return shape.scores(x[0], 0.5); };
  require_close(run({Kind::AttentionScores, dims, {scale}}, qkv)[0], scores(wide(qkv)));
  std::vector<float> ds = random_tensor(p.size(), 4);
  shape.for_each([&](std::size_t pair, std::size_t, std::size_t, std::size_t, bool seen) {
    if (!seen) ds[pair] = 0.0f;  // as a softmax leaves it
  });
  const std::vector<float> no_values(dy.size(), 0.0f);
  const Tensors of_scores =
      run({Kind::AttentionScoresBackward, dims, {scale}}, {ds, qkv[0], no_values});
  require_close(of_scores[0], differences(scores, wide(qkv), 0, ds));

  const Formula mix = [&](const auto& x) { return shape.mix(x[0], x[1]); };
  const Tensors in{p, qkv[0]};
  require_close(run({Kind::AttentionMix, dims, {}}, in)[0], mix(wide(in)));
  const Tensors of_mix = run({Kind::AttentionMixBackward, dims, {}}, {dy, p, qkv[0]});
  require_close(of_mix[0], differences(mix, wide(in), 0, dy));
  // Only values lie on the way to y; AttentionScoresBackward joins them with queries and keys.
  const std::vector<float> no_scores(p.size(), 0.0f);
  const Tensors joined =
      run({Kind::AttentionScoresBackward, dims, {scale}}, {no_scores, qkv[0], of_mix[1]});
  require_close(joined[0], differences(mix, wide(in), 1, dy));
}

TEST_CASE("patches and their gradient follow the mathematics", "[gpu_backend]") {
  for (const std::uint32_t distance : {1u, 2u, 3u}) {
    const std::uint32_t batch = 2;
    const std::uint32_t side = 5;
    const std::uint32_t channels = 3;
    const std::uint32_t kernel = 3;
    const std::array<std::uint32_t, 6> dims{batch, side, channels, kernel, distance};
    const Tensors in{random_tensor(batch * side * side * channels, 1)};
    // Point by point, with whole numbers that may be negative.
    const Formula formula = [=](const std::vector<Numbers>& x) {
      Numbers y;
      const int edge = static_cast<int>(side);
      for (int b = 0; b < static_cast<int>(batch); ++b) {
        for (int row = 0; row < edge; row += static_cast<int>(distance)) {
          for (int column = 0; column < edge; column += static_cast<int>(distance)) {
            for (int i = row - 1; i <= row + 1; ++i) {
              for (int j = column - 1; j <= column + 1; ++j) {
                for (int c = 0; c < static_cast<int>(channels); ++c) {
                  const bool there = i >= 0 && j >= 0 && i < edge && j < edge;
                  const int place = ((b * edge + i) * edge + j) * static_cast<int>(channels) + c;
                  y.push_back(there ? x[0][static_cast<std::size_t>(place)] : 0.0);
                }
              }
            }
          }
        }
      }
      return y;
    };
    const Tensors y = run({Kind::Patches, dims, {}}, in);
    require_close(y[0], formula(wide(in)));
    const std::vector<float> dy = random_tensor(y[0].size(), 2);
    const Tensors dx = run({Kind::PatchesBackward, dims, {}}, {dy});
    require_close(dx[0], differences(formula, wide(in), 0, dy));
  }
}

TEST_CASE("softmax and its gradient follow the mathematics", "[gpu_backend]") {
  for (const std::uint32_t period : {0u, 5u}) {
    const std::uint32_t rows = 10;
    const std::uint32_t columns = period == 0 ? 70 : 9;
    const std::array<std::uint32_t, 6> dims{rows, columns, period};
    const Tensors in{random_tensor(rows * columns, 1)};
    const Formula formula = [=](const auto& x) { return softmax(x[0], rows, columns, period); };
    const Tensors p = run({Kind::Softmax, dims, {}}, in);
    require_close(p[0], formula(wide(in)));
    const std::vector<float> dy = random_tensor(rows * columns, 2);
    const Tensors dx = run({Kind::SoftmaxBackward, dims, {}}, {p[0], dy});
    require_close(dx[0], differences(formula, wide(in), 0, dy));
  }
}

TEST_CASE("cross-entropy and its gradient follow the mathematics", "[gpu_backend]") {
  const std::uint32_t rows = 4;
  const std::uint32_t columns = 50;
  const std::array<std::uint32_t, 6> dims{rows, columns};
  const Tensors in{random_tensor(rows * columns, 1), {0, 49, 7, 7}};
  const auto losses = [=](const std::vector<Numbers>& x) {
    const Numbers p = softmax(x[0], rows, columns, 0);
    Numbers result;
    for (std::size_t r = 0; r < rows; ++r) {
      result.push_back(-std::log(p[r * columns + static_cast<std::size_t>(x[1][r])]));
    }
    return result;
  };
  const Formula mean = [=](const std::vector<Numbers>& x) {
    double sum = 0.0;
    for (const double loss : losses(x)) sum += loss;
    return Numbers{sum / rows};
  };
  const Tensors out = run({Kind::CrossEntropy, dims, {}}, in);
  require_close(out[0], losses(wide(in)));
  require_close(out[1], softmax(wide(in)[0], rows, columns, 0));
  require_close(run({Kind::Mean, {rows}, {}}, {out[0]})[0], mean(wide(in)));
  const Tensors dx = run({Kind::CrossEntropyBackward, dims, {}}, {out[1], in[1]});
  require_close(dx[0], differences(mean, wide(in), 0, {1.0f}));
}

TEST_CASE("gelu and its gradient follow the mathematics", "[gpu_backend]") {
  std::vector<float> x;
  for (int i = -60; i <= 60; ++i) x.push_back(static_cast<float>(i) * 0.1f);
  const auto size = static_cast<std::uint32_t>(x.size());
  const Formula formula = [](const auto& in) {
    Numbers y;
    for (const double value : in[0]) y.push_back(gelu(value));
    return y;
  };
  require_close(run({Kind::Gelu, {size}, {}}, {x})[0], formula(wide({x})));
  const std::vector<float> dy = random_tensor(size, 1);
  const Tensors dx = run({Kind::GeluBackward, {size}, {}}, {x, dy});
  require_close(dx[0], differences(formula, wide({x}), 0, dy));
}

TEST_CASE("sums and multiples of tensors follow the mathematics", "[gpu_backend]") {
  const Tensors in{random_tensor(40, 1), random_tensor(40, 2)};
  Numbers sum;
  Numbers multiple;
  for (std::size_t i = 0; i < 40; ++i) {
    sum.push_back(static_cast<double>(in[0][i]) + static_cast<double>(in[1][i]));
    multiple.push_back(-0.3 * static_cast<double>(in[0][i]));
  }
  require_close(run({Kind::Add, {40}, {}}, in)[0], sum);
  require_close(run({Kind::Scale, {40}, {-0.3f}}, {in[0]})[0], multiple);
}

TEST_CASE("optimizers take the steps of their papers", "[gpu_backend]") {
  const std::uint32_t size = 40;
  const std::vector<float> w = random_tensor(size, 1);
  const std::vector<float> g = random_tensor(size, 2);
  const std::vector<float> v = random_tensor(size, 3);
  const std::vector<float> squares = random_tensor(size, 4, true);
  const std::vector<Numbers> exact = wide({w, g, v, squares});

  const Tensors sgd = run({Kind::Sgd, {size}, {0.1f, 0.9f, 0.01f}}, {w, v, g});
  Numbers velocity;
  Numbers after_sgd;
  for (std::size_t i = 0; i < size; ++i) {
    velocity.push_back(0.9 * exact[2][i] + exact[1][i] + 0.01 * exact[0][i]);
    after_sgd.push_back(exact[0][i] - 0.1 * velocity[i]);
  }
  require_close(sgd[0], after_sgd);
  require_close(sgd[1], velocity);

  // Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2; step 3.
  const std::vector<float> corrections{1.0f - 0.9f * 0.9f * 0.9f, 1.0f - 0.95f * 0.95f * 0.95f};
  const Tensors adamw = run({Kind::AdamW, {size}, {3e-3f, 0.9f, 0.95f, 1e-8f, 0.1f}},
                            {w, v, squares, g, corrections});
  Numbers m;
  Numbers s;
  Numbers after_adamw;
  for (std::size_t i = 0; i < size; ++i) {
    m.push_back(0.9 * exact[2][i] + 0.1 * exact[1][i]);
    s.push_back(0.95 * exact[3][i] + 0.05 * exact[1][i] * exact[1][i]);
    const double step =
        m[i] / (1 - std::pow(0.9, 3)) / (std::sqrt(s[i] / (1 - std::pow(0.95, 3))) + 1e-8);
    after_adamw.push_back(exact[0][i] - 3e-3 * (step + 0.1 * exact[0][i]));
  }
  require_close(adamw[0], after_adamw);
  require_close(adamw[1], m);
  require_close(adamw[2], s);
}

}  // namespace
}  // namespace assay::backend
