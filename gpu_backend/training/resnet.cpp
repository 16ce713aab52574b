// A residual network after He et al., "Identity mappings in deep residual networks", ECCV 2016, in
// the three stages of their networks for small pictures. A convolution is the product of the
// patches around each point with its weights. Where theirs has batch norms and rectifiers, it has
// norms over the channels of each point and gelu, and a head that sees every point: operators that
// are there.
#include "gpu_backend/training/resnet.hpp"

#include <array>
#include <optional>
#include <utility>

#include "gpu_backend/training/graph_builder.hpp"

namespace assay::backend {
namespace {

constexpr std::uint32_t kStages = 3;

/// A convolution; the forward pass leaves here what the backward pass needs.
class Convolution {
 public:
  Convolution(GraphBuilder& graph, std::string name, std::uint32_t batch, std::uint32_t side,
              std::uint32_t inputs, std::uint32_t outputs, std::uint32_t kernel,
              std::uint32_t stride, bool bias = true)
      : graph_(graph),
        name_(std::move(name)),
        dims_{batch, side, inputs, kernel, stride},
        rows_(batch * ((side - 1) / stride + 1) * ((side - 1) / stride + 1)),
        depth_(kernel * kernel * inputs),
        outputs_(outputs),
        bias_(bias) {}

  TensorId forward(TensorId x) {
    patches_ = graph_.one({OperatorKind::Patches, dims_, {}}, {x});
    const TensorId bias = bias_ ? graph_.parameter(name_ + ".bias") : graph_.zeros(outputs_);
    return graph_.one({OperatorKind::Linear, {rows_, depth_, outputs_}, {}},
                      {patches_, graph_.parameter(name_ + ".weight"), bias});
  }
  TensorId backward(TensorId dy) {
    add_gradients(dy);
    const TensorId d = graph_.one({OperatorKind::MatmulNT, {rows_, depth_, outputs_}, {}},
                                  {dy, graph_.parameter(name_ + ".weight")});
    return graph_.one({OperatorKind::PatchesBackward, dims_, {}}, {d});
  }
  /// All of the backward pass for the first one: nobody needs the slopes of a picture.
  void add_gradients(TensorId dy) {
    graph_.add_gradient(
        name_ + ".weight",
        graph_.one({OperatorKind::MatmulTN, {depth_, outputs_, rows_}, {}}, {patches_, dy}));
    if (!bias_) return;
    graph_.add_gradient(name_ + ".bias",
                        graph_.one({OperatorKind::ColumnSum, {rows_, outputs_}, {}}, {dy}));
  }

 private:
  GraphBuilder& graph_;
  std::string name_;
  std::array<std::uint32_t, 6> dims_;
  std::uint32_t rows_;
  std::uint32_t depth_;
  std::uint32_t outputs_;
  bool bias_;
  TensorId patches_ = 0;
};

/// A norm over channels, and gelu.
class Bend {
 public:
  Bend(GraphBuilder& graph, std::string name, std::uint32_t rows, std::uint32_t channels)
      : graph_(graph), name_(std::move(name)), rows_(rows), channels_(channels) {}

  TensorId forward(TensorId x) {
    normed_ = graph_.norm(name_, rows_, channels_, x);
    return graph_.one({OperatorKind::Gelu, {rows_ * channels_}, {}}, {normed_.y});
  }
  TensorId backward(TensorId dy) {
    const TensorId d =
        graph_.one({OperatorKind::GeluBackward, {rows_ * channels_}, {}}, {normed_.y, dy});
    return graph_.norm_backward(name_, rows_, channels_, normed_, d);
  }

 private:
  GraphBuilder& graph_;
  std::string name_;
  std::uint32_t rows_;
  std::uint32_t channels_;
  Normed normed_;
};

class Residual {
 public:
  Residual(GraphBuilder& graph, const ResidualBlock& block, std::uint32_t batch)
      : graph_(graph),
        bend1_(graph, block.name + ".norm1", batch * block.side * block.side, block.inputs),
        convolution1_(graph, block.name + ".conv1", batch, block.side, block.inputs, block.outputs,
                      3, block.stride),
        bend2_(graph, block.name + ".norm2", batch * block.side_out() * block.side_out(),
               block.outputs),
        convolution2_(graph, block.name + ".conv2", batch, block.side_out(), block.outputs,
                      block.outputs, 3, 1) {
    if (block.stride == 1) return;
    // What goes around meets the other way's bias where they are added.
    around_.emplace(graph, block.name + ".around", batch, block.side, block.inputs, block.outputs,
                    1, block.stride, false);
  }

  TensorId forward(TensorId x) {
    const TensorId y =
        convolution2_.forward(bend2_.forward(convolution1_.forward(bend1_.forward(x))));
    return graph_.sum(around_ ? around_->forward(x) : x, y);
  }
  TensorId backward(TensorId dy) {
    const TensorId d =
        bend1_.backward(convolution1_.backward(bend2_.backward(convolution2_.backward(dy))));
    return graph_.sum(around_ ? around_->backward(dy) : dy, d);
  }

 private:
  GraphBuilder& graph_;
  Bend bend1_;
  Convolution convolution1_;
  Bend bend2_;
  Convolution convolution2_;
  std::optional<Convolution> around_;
};

}  // namespace

std::vector<ResidualBlock> residual_blocks(const Workload& w) {
  std::vector<ResidualBlock> blocks;
  std::uint32_t side = w.context;
  std::uint32_t channels = w.channels;
  for (std::uint32_t stage = 0; stage < kStages; ++stage) {
    for (std::uint32_t layer = 0; layer < w.layers; ++layer) {
      ResidualBlock block;
      block.name = "block" + std::to_string(blocks.size());
      block.side = side;
      block.inputs = channels;
      block.stride = stage > 0 && layer == 0 ? 2 : 1;
      block.outputs = channels * block.stride;
      side = block.side_out();
      channels = block.outputs;
      blocks.push_back(std::move(block));
    }
  }
  return blocks;
}

std::uint32_t head_inputs(const Workload& workload) {
  const ResidualBlock last = residual_blocks(workload).back();
  return last.side_out() * last.side_out() * last.outputs;
}

void build_resnet(GraphBuilder& graph, const Workload& w, std::uint32_t micro_batch) {
  const TensorId labels = graph.labels(micro_batch);
  const std::vector<ResidualBlock> blocks = residual_blocks(w);
  Convolution stem(graph, "stem", w.batch, w.context, kColours, w.channels, 3, 1);
  TensorId x = stem.forward(graph.ids(micro_batch));
  std::vector<Residual> residuals;
  for (const ResidualBlock& block : blocks) {
    x = residuals.emplace_back(graph, block, w.batch).forward(x);
  }
  const std::uint32_t seen = head_inputs(w);
  const std::uint32_t channels = blocks.back().outputs;
  Bend bend(graph, "norm", w.batch * (seen / channels), channels);
  // [batch * points, channels] is [batch, points * channels] as it lies in memory.
  const TensorId bent = bend.forward(x);
  const TensorId logits = graph.linear("head", w.batch, seen, w.vocabulary, bent);
  const auto guess =
      graph.apply({OperatorKind::CrossEntropy, {w.batch, w.vocabulary}, {}}, {logits, labels});
  graph.add_loss(graph.one({OperatorKind::Mean, {w.batch}, {}}, {guess[0]}));

  TensorId d = graph.one({OperatorKind::CrossEntropyBackward, {w.batch, w.vocabulary}, {}},
                         {guess[1], labels});
  d = bend.backward(graph.linear_backward("head", w.batch, seen, w.vocabulary, bent, d));
  for (auto residual = residuals.rbegin(); residual != residuals.rend(); ++residual) {
    d = residual->backward(d);
  }
  stem.add_gradients(d);
}

}  // namespace assay::backend
