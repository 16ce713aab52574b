#include "tests/gpu_backend/cuda/cases.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace assay::backend {
namespace {

bool names_rows(OperatorKind kind, std::size_t input) {
  switch (kind) {
    case OperatorKind::Embedding:
    case OperatorKind::EmbeddingBackward:
      return input == 0;
    case OperatorKind::CrossEntropy:
    case OperatorKind::CrossEntropyBackward:
      return input == 1;
    default:
      return false;
  }
}

/// Rows of the table that ids or labels name.
std::uint32_t named_rows(const Operator& op) {
  const bool embeds =
      op.kind == OperatorKind::Embedding || op.kind == OperatorKind::EmbeddingBackward;
  return embeds ? op.dims[2] : op.dims[1];
}

float strange(std::uint32_t which) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr std::array kStrange{0.0f,    -0.0f,  1e-41f,    -1e-45f,    1e38f, -3e38f, 89.0f,
                                -104.0f, 1e-20f, kInfinity, -kInfinity, 0.5f,  -1.5f};
  if (which % 40 == 39) return std::numeric_limits<float>::quiet_NaN();
  return kStrange[which % kStrange.size()];
}

}  // namespace

std::vector<Operator> edge_cases() {
  using enum OperatorKind;
  constexpr std::array<float, 6> kScale{0.125f};
  return {
      {Embedding, {1, 1, 1, 1}, {}},
      {Embedding, {37, 70, 11, 5}, {}},
      {EmbeddingBackward, {1, 1, 1, 1}, {}},
      {EmbeddingBackward, {150, 260, 11, 40}, {}},
      {EmbeddingBackward, {3, 5, 4, 7}, {}},  // more positions than rows
      {Linear, {1, 1, 1}, {}},
      {Linear, {3, 5, 7}, {}},
      {Linear, {64, 256, 64}, {}},
      {Linear, {65, 300, 130}, {}},  // two chunks, the last of them short
      {Linear, {4, 1030, 8}, {}},    // five
      {Linear, {200, 24, 136}, {}},
      {MatmulNT, {1, 1, 1}, {}},
      {MatmulNT, {70, 67, 33}, {}},
      {MatmulNT, {129, 140, 272}, {}},
      {MatmulTN, {1, 1, 1}, {}},
      {MatmulTN, {67, 70, 33}, {}},
      {MatmulTN, {12, 20, 520}, {}},
      {ColumnSum, {1, 1}, {}},
      {ColumnSum, {77, 19}, {}},
      {LayerNorm, {1, 1}, {1e-5f}},
      {LayerNorm, {11, 100}, {1e-5f}},
      {LayerNormBackward, {1, 1}, {}},
      {LayerNormBackward, {41, 100}, {}},
      {AttentionScores, {1, 1, 1, 1}, kScale},
      {AttentionScores, {2, 70, 24, 3}, kScale},
      {AttentionScores, {1, 130, 10, 2}, kScale},
      {AttentionScoresBackward, {1, 1, 1, 1}, kScale},
      {AttentionScoresBackward, {2, 70, 24, 3}, kScale},
      {AttentionMix, {1, 1, 1, 1}, {}},
      {AttentionMix, {2, 70, 24, 3}, {}},
      {AttentionMix, {1, 260, 6, 2}, {}},
      {AttentionMixBackward, {1, 1, 1, 1}, {}},
      {AttentionMixBackward, {2, 70, 24, 3}, {}},
      {Softmax, {1, 1, 0}, {}},
      {Softmax, {9, 75, 0}, {}},
      {Softmax, {80, 40, 40}, {}},
      {SoftmaxBackward, {1, 1, 1}, {}},
      {SoftmaxBackward, {9, 75, 0}, {}},
      {SoftmaxBackward, {80, 40, 39}, {}},
      {Gelu, {1}, {}},
      {Gelu, {1500}, {}},
      {GeluBackward, {1}, {}},
      {GeluBackward, {1500}, {}},
      {Add, {1}, {}},
      {Add, {1025}, {}},
      {Scale, {1}, {-1.25f}},
      {Scale, {1025}, {0.1f}},
      {CrossEntropy, {1, 1}, {}},
      {CrossEntropy, {13, 101}, {}},
      {CrossEntropyBackward, {1, 1}, {}},
      {CrossEntropyBackward, {13, 101}, {}},
      {Mean, {1}, {}},
      {Mean, {77}, {}},
      {Sgd, {1}, {0.1f, 0.9f, 0.01f}},
      {Sgd, {1025}, {0.1f, 0.9f, 0.01f}},
      {AdamW, {1}, {1e-3f, 0.9f, 0.95f, 1e-8f, 0.1f}},
      {AdamW, {1025}, {1e-3f, 0.9f, 0.95f, 1e-8f, 0.1f}},
  };
}

Tensors inputs_of(const Operator& op, std::uint32_t seed, Numbers numbers) {
  std::mt19937 random(seed);
  Tensors inputs;
  for (const std::size_t size : input_sizes(op)) {
    std::vector<float>& input = inputs.emplace_back(size);
    for (float& value : input) {
      const auto drawn = static_cast<std::uint32_t>(random());
      value = std::ldexp(static_cast<float>(drawn >> 8), -22) - 2.0f;  // 24 bits: exact
      if (names_rows(op.kind, inputs.size() - 1)) {
        value = static_cast<float>(drawn % named_rows(op));
        if (numbers == Numbers::Strange && drawn % 8 == 0) value = strange(drawn / 8);
        if (numbers == Numbers::Strange && drawn % 8 == 1) value = -1.0f;
      } else if (numbers == Numbers::Strange && drawn % 64 == 0) {
        value = strange(drawn / 64);
      } else if (op.kind == OperatorKind::AdamW && inputs.size() == 3) {
        value = std::fabs(value);
      }
    }
  }
  return inputs;
}

Tensors run(OperatorRunner& runner, const Operator& op, const Tensors& inputs) {
  Tensors outputs;
  for (const std::size_t size : output_sizes(op)) outputs.emplace_back(size, 7.0f);
  const std::vector<Input> in(inputs.begin(), inputs.end());
  const std::vector<Output> out(outputs.begin(), outputs.end());
  runner.run(op, in, out);
  return outputs;
}

std::string difference(const Tensors& got, const Tensors& expected) {
  for (std::size_t output = 0; output < expected.size(); ++output) {
    for (std::size_t i = 0; i < expected[output].size(); ++i) {
      std::uint32_t bits = 0;
      std::uint32_t expected_bits = 0;
      std::memcpy(&bits, &got[output][i], sizeof bits);
      std::memcpy(&expected_bits, &expected[output][i], sizeof bits);
      if (bits == expected_bits) continue;
      return fmt::format("output {}, element {}: got {} ({:08x}), expected {} ({:08x})", output, i,
                         got[output][i], bits, expected[output][i], expected_bits);
    }
  }
  return "";
}

std::string text(const Operator& op) {
  return fmt::format("{} {{{}}}", name_of(op.kind), fmt::join(op.dims, ","));
}

}  // namespace assay::backend
