#pragma once

#include "gpu_backend/repops/cpu/elements.hpp"
#include "gpu_backend/repops/cpu/patches.hpp"
#include "gpu_backend/repops/cpu/products.hpp"
#include "gpu_backend/repops/cpu/rows.hpp"

// Included by one source file for each instruction set, which defines ASSAY_ISA before.
namespace assay::backend::repops::ASSAY_ISA {

void run(const Work& work, const Part& part) {
  switch (work.kind) {
    case OperatorKind::Embedding:
      return embedding(work, part);
    case OperatorKind::EmbeddingBackward:
      return embedding_backward(work, part);
    case OperatorKind::Linear:
      return linear(work, part);
    case OperatorKind::MatmulNT:
      return matmul_nt(work, part);
    case OperatorKind::MatmulTN:
      return matmul_tn(work, part);
    case OperatorKind::ColumnSum:
      return column_sum(work, part);
    case OperatorKind::LayerNorm:
      return layer_norm(work, part);
    case OperatorKind::LayerNormBackward:
      return layer_norm_backward(work, part);
    case OperatorKind::AttentionScores:
      return attention_scores(work, part);
    case OperatorKind::AttentionScoresBackward:
      return attention_scores_backward(work, part);
    case OperatorKind::Softmax:
      return softmax(work, part);
    case OperatorKind::SoftmaxBackward:
      return softmax_backward(work, part);
    case OperatorKind::AttentionMix:
      return attention_mix(work, part);
    case OperatorKind::AttentionMixBackward:
      return attention_mix_backward(work, part);
    case OperatorKind::Gelu:
      return map(work, part, [](Lanes x) { return gelu(x); });
    case OperatorKind::GeluBackward:
      return map_two(work, part, [](Lanes x, Lanes dy) { return mul(dy, gelu_slope(x)); });
    case OperatorKind::Add:
      return map_two(work, part, [](Lanes a, Lanes b) { return add(a, b); });
    case OperatorKind::Scale:
      return map(work, part, [&](Lanes a) { return mul(Lanes(work.constants[0]), a); });
    case OperatorKind::CrossEntropy:
      return cross_entropy(work, part);
    case OperatorKind::CrossEntropyBackward:
      return cross_entropy_backward(work, part);
    case OperatorKind::Mean:
      return mean(work, part);
    case OperatorKind::Sgd:
      return sgd(work, part);
    case OperatorKind::AdamW:
      return adamw(work, part);
    case OperatorKind::Patches:
      return patches(work, part);
    case OperatorKind::PatchesBackward:
      return patches_backward(work, part);
  }
}

}  // namespace assay::backend::repops::ASSAY_ISA
