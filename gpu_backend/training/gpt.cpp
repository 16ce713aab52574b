// A transformer after Radford et al., "Language models are unsupervised multitask learners", 2019:
// norms before attention and before the wide layers, gelu, embeddings that are the output's weights
// too. Without dropout.
#include <array>
#include <cmath>

#include "gpu_backend/training/graph_builder.hpp"

namespace assay::backend {
namespace {

/// One transformer block; the forward pass leaves here what the backward pass needs.
class Block {
 public:
  Block(GraphBuilder& graph, const Workload& w, std::uint32_t layer)
      : graph_(graph),
        name_("block" + std::to_string(layer)),
        channels_(w.channels),
        rows_(w.batch * w.context),
        attention_{w.batch, w.context, w.channels, w.heads},
        causal_{w.batch * w.heads * w.context, w.context, w.context},
        scale_(1.0f / std::sqrt(static_cast<float>(w.channels / w.heads))) {}

  TensorId forward(TensorId x) {
    norm1_ = graph_.norm(name_ + ".norm1", rows_, channels_, x);
    qkv_ = graph_.linear(name_ + ".qkv", rows_, channels_, 3 * channels_, norm1_.y);
    const TensorId scores =
        graph_.one({OperatorKind::AttentionScores, attention_, {scale_}}, {qkv_});
    shares_ = graph_.one({OperatorKind::Softmax, causal_, {}}, {scores});
    mixed_ = graph_.one({OperatorKind::AttentionMix, attention_, {}}, {shares_, qkv_});
    x = graph_.sum(x, graph_.linear(name_ + ".attended", rows_, channels_, channels_, mixed_));

    norm2_ = graph_.norm(name_ + ".norm2", rows_, channels_, x);
    wide_ = graph_.linear(name_ + ".wide", rows_, channels_, 4 * channels_, norm2_.y);
    bent_ = graph_.one({OperatorKind::Gelu, {rows_ * 4 * channels_}, {}}, {wide_});
    return graph_.sum(x, graph_.linear(name_ + ".narrow", rows_, 4 * channels_, channels_, bent_));
  }

  TensorId backward(TensorId dy) {
    TensorId d =
        graph_.linear_backward(name_ + ".narrow", rows_, 4 * channels_, channels_, bent_, dy);
    d = graph_.one({OperatorKind::GeluBackward, {rows_ * 4 * channels_}, {}}, {wide_, d});
    d = graph_.linear_backward(name_ + ".wide", rows_, channels_, 4 * channels_, norm2_.y, d);
    dy = graph_.sum(dy, graph_.norm_backward(name_ + ".norm2", rows_, channels_, norm2_, d));

    d = graph_.linear_backward(name_ + ".attended", rows_, channels_, channels_, mixed_, dy);
    const auto mix =
        graph_.apply({OperatorKind::AttentionMixBackward, attention_, {}}, {d, shares_, qkv_});
    d = graph_.one({OperatorKind::SoftmaxBackward, causal_, {}}, {shares_, mix[0]});
    d = graph_.one({OperatorKind::AttentionScoresBackward, attention_, {scale_}},
                   {d, qkv_, mix[1]});
    d = graph_.linear_backward(name_ + ".qkv", rows_, channels_, 3 * channels_, norm1_.y, d);
    return graph_.sum(dy, graph_.norm_backward(name_ + ".norm1", rows_, channels_, norm1_, d));
  }

 private:
  using Dims = std::array<std::uint32_t, 6>;

  GraphBuilder& graph_;
  std::string name_;
  std::uint32_t channels_;
  std::uint32_t rows_;
  Dims attention_;
  Dims causal_;  // a query sees itself and what came before
  float scale_;
  Normed norm1_, norm2_;
  TensorId qkv_ = 0, shares_ = 0, mixed_ = 0, wide_ = 0, bent_ = 0;
};

}  // namespace

void build_gpt(GraphBuilder& graph, const Workload& w, std::uint32_t micro_batch) {
  const std::uint32_t rows = w.batch * w.context;
  const TensorId ids = graph.ids(micro_batch);
  const TensorId labels = graph.labels(micro_batch);
  const TensorId tokens = graph.parameter("tokens");

  TensorId x = graph.one({OperatorKind::Embedding, {rows, w.channels, w.vocabulary, w.context}, {}},
                         {ids, tokens, graph.parameter("positions")});
  std::vector<Block> blocks;
  for (std::uint32_t layer = 0; layer < w.layers; ++layer) {
    x = blocks.emplace_back(graph, w, layer).forward(x);
  }
  const Normed norm = graph.norm("norm", rows, w.channels, x);
  const TensorId logits =
      graph.one({OperatorKind::MatmulNT, {rows, w.vocabulary, w.channels}, {}}, {norm.y, tokens});
  const auto guess =
      graph.apply({OperatorKind::CrossEntropy, {rows, w.vocabulary}, {}}, {logits, labels});
  graph.add_loss(graph.one({OperatorKind::Mean, {rows}, {}}, {guess[0]}));

  const TensorId dlogits =
      graph.one({OperatorKind::CrossEntropyBackward, {rows, w.vocabulary}, {}}, {guess[1], labels});
  graph.add_gradient(
      "tokens",
      graph.one({OperatorKind::MatmulTN, {w.vocabulary, w.channels, rows}, {}}, {dlogits, norm.y}));
  TensorId dx = graph.one({OperatorKind::Linear, {rows, w.vocabulary, w.channels}, {}},
                          {dlogits, tokens, graph.zeros(w.channels)});
  dx = graph.norm_backward("norm", rows, w.channels, norm, dx);
  for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) dx = block->backward(dx);
  const auto tables = graph.apply(
      {OperatorKind::EmbeddingBackward, {rows, w.channels, w.vocabulary, w.context}, {}},
      {ids, dx});
  graph.add_gradient("tokens", tables[0]);
  graph.add_gradient("positions", tables[1]);
}

}  // namespace assay::backend
