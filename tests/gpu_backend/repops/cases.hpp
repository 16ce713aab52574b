#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "gpu_backend/repops/operator.hpp"
#include "sim/digest.hpp"
#include "sim/draws.hpp"

// Operators with inputs, on which every runner must agree; golden.txt has the digests.
namespace assay::backend {

/// What the inputs are like.
enum class Flavour {
  Plain,      ///< numbers from 2^-7 to 4 in size
  Subnormal,  ///< sizes around the smallest normal number, and zeros of both signs
  Special     ///< plain, and a few are infinities, NaNs, the largest or the smallest number
};

struct Case {
  Operator op;
  Flavour flavour = Flavour::Plain;
};

using Tensors = std::vector<std::vector<float>>;

inline std::string name_of(const Case& item) {
  std::string dims;
  for (const std::uint32_t dim : item.op.dims) {
    if (dim != 0) dims += fmt::format("{}{}", dims.empty() ? "" : "x", dim);
  }
  if (item.op.dims[2] == 0 && item.op.kind == OperatorKind::Softmax) dims += "x0";
  constexpr const char* kFlavours[] = {"plain", "subnormal", "special"};
  return fmt::format("{} {} {}", name_of(item.op.kind), dims,
                     kFlavours[static_cast<std::size_t>(item.flavour)]);
}

/// A number of a flavour, special once in `rarity`. Built from whole numbers without rounding, so
/// that inputs are the same under every compiler.
inline float number(sim::Draws& draws, Flavour flavour, std::size_t rarity) {
  const float size = static_cast<float>((draws.bits() >> 41) + (1u << 22)) * 0x1p-22f;  // 1 to 3
  const float sign = draws.below(2) == 0 ? 1.0f : -1.0f;
  const auto shrunk = [&](float unit) {
    return sign * size * unit / static_cast<float>(1u << draws.below(8));
  };
  if (flavour == Flavour::Plain) return shrunk(1.0f);
  if (flavour == Flavour::Subnormal) return draws.below(8) == 0 ? sign * 0.0f : shrunk(0x1p-124f);
  if (draws.below(rarity) != 0) return shrunk(1.0f);
  using Limits = std::numeric_limits<float>;
  const float specials[] = {Limits::infinity(),
                            -Limits::infinity(),
                            Limits::quiet_NaN(),
                            -Limits::quiet_NaN(),
                            Limits::max(),
                            Limits::denorm_min(),
                            -0.0f,
                            -Limits::max()};
  return specials[draws.below(8)];
}

/// The inputs of a case: whole numbers for ids and labels, none below 0 where that means a spread.
inline Tensors inputs_of(const Case& item) {
  Tensors inputs;
  const std::vector<std::size_t> sizes = input_sizes(item.op);
  const auto is = [&](OperatorKind kind, std::size_t input) {
    return item.op.kind == kind && inputs.size() == input;
  };
  for (const std::size_t size : sizes) {
    sim::Draws draws(7, static_cast<std::uint32_t>(item.op.kind), inputs.size());
    const bool ids = is(OperatorKind::Embedding, 0) || is(OperatorKind::EmbeddingBackward, 0);
    const bool labels =
        is(OperatorKind::CrossEntropy, 1) || is(OperatorKind::CrossEntropyBackward, 1);
    const bool positive = is(OperatorKind::AdamW, 2) || is(OperatorKind::AdamW, 4) ||
                          is(OperatorKind::LayerNormBackward, 4);
    std::vector<float> tensor(size);
    for (float& value : tensor) {
      value = number(draws, item.flavour, std::max<std::size_t>(20, size / 8));
      if (positive && value < 0.0f) value = -value;
      if ((ids || labels) && !(item.flavour == Flavour::Special && draws.below(8) == 0)) {
        value = static_cast<float>(draws.below(item.op.dims[ids ? 2 : 1]));
      }
    }
    inputs.push_back(std::move(tensor));
  }
  return inputs;
}

/// Runs a case on outputs that held something else before.
inline Tensors outputs_of(OperatorRunner& runner, const Operator& op, const Tensors& inputs) {
  Tensors outputs;
  for (const std::size_t size : output_sizes(op)) outputs.emplace_back(size, -123.25f);
  const std::vector<Input> in(inputs.begin(), inputs.end());
  const std::vector<Output> out(outputs.begin(), outputs.end());
  runner.run(op, in, out);
  return outputs;
}

/// SHA-256 over all of them.
inline std::string digest_of(const Tensors& tensors) {
  sim::Digest digest;
  for (const std::vector<float>& tensor : tensors) digest.update(std::as_bytes(std::span(tensor)));
  return sim::hex(digest.finish());
}
inline std::string digest_of(OperatorRunner& runner, const Case& item) {
  return digest_of(outputs_of(runner, item.op, inputs_of(item)));
}

/// Every operator in several shapes: single elements, odd sizes, more than a chunk of 256, more
/// than 32 rows, more than a block of a product; each with inputs of every flavour.
inline std::vector<Case> cases() {
  using Kind = OperatorKind;
  std::vector<Operator> ops;
  const auto with = [&](Kind kind, std::array<float, 6> constants,
                        std::initializer_list<std::array<std::uint32_t, 6>> shapes) {
    for (const auto& dims : shapes) ops.push_back({kind, dims, constants});
  };
  for (const Kind kind : {Kind::Embedding, Kind::EmbeddingBackward}) {
    with(kind, {}, {{1, 1, 1, 1}, {6, 5, 4, 3}, {70, 33, 11, 16}, {9, 100, 300, 9}});
  }
  for (const Kind kind : {Kind::Linear, Kind::MatmulNT, Kind::MatmulTN}) {
    with(kind, {},
         {{1, 1, 1},
          {3, 5, 7},
          {13, 300, 33},
          {37, 50, 513},
          {64, 64, 96},
          {250, 5, 970},
          {970, 5, 250},
          {2, 257, 1},
          {4, 1025, 49}});
  }
  with(Kind::ColumnSum, {}, {{1, 1}, {5, 3}, {70, 33}, {33, 257}});
  with(Kind::LayerNorm, {1e-5f}, {{1, 1}, {3, 33}, {40, 100}, {70, 257}});
  with(Kind::LayerNormBackward, {}, {{1, 1}, {3, 33}, {40, 100}, {70, 257}});
  for (const Kind kind : {Kind::AttentionScores, Kind::AttentionScoresBackward, Kind::AttentionMix,
                          Kind::AttentionMixBackward}) {
    const bool scaled = kind == Kind::AttentionScores || kind == Kind::AttentionScoresBackward;
    with(kind, {scaled ? 0.3f : 0.0f},
         {{1, 1, 1, 1},
          {2, 7, 12, 3},
          {1, 130, 16, 2},
          {3, 33, 40, 5},
          {1, 270, 8, 1},
          {1, 3, 520, 2}});
  }
  for (const Kind kind : {Kind::Softmax, Kind::SoftmaxBackward}) {
    with(kind, {}, {{1, 1, 0}, {5, 7, 0}, {20, 17, 10}, {66, 33, 33}, {6, 64, 3}, {3, 1000, 0}});
  }
  for (const Kind kind : {Kind::CrossEntropy, Kind::CrossEntropyBackward}) {
    with(kind, {}, {{1, 1}, {5, 7}, {40, 100}, {3, 1025}});
  }
  for (const Kind kind : {Kind::Gelu, Kind::GeluBackward, Kind::Add, Kind::Mean}) {
    with(kind, {}, {{1}, {33}, {2500}});
  }
  with(Kind::Scale, {-0.7f}, {{1}, {33}, {2500}});
  with(Kind::Sgd, {0.1f, 0.9f, 0.01f}, {{1}, {33}, {2500}});
  with(Kind::AdamW, {3e-3f, 0.9f, 0.95f, 1e-8f, 0.1f}, {{1}, {33}, {2500}});
  for (const Kind kind : {Kind::Patches, Kind::PatchesBackward}) {
    with(kind, {},
         {{1, 1, 1, 1, 1},
          {2, 4, 3, 3, 1},
          {1, 8, 5, 3, 2},
          {2, 7, 33, 3, 2},
          {3, 5, 4, 5, 3},
          {1, 6, 16, 1, 2},
          {1, 2, 70, 7, 5}});
  }

  std::vector<Case> all;
  for (const Operator& op : ops) {
    for (const Flavour flavour : {Flavour::Plain, Flavour::Subnormal, Flavour::Special}) {
      all.push_back({op, flavour});
    }
  }
  return all;
}

}  // namespace assay::backend
