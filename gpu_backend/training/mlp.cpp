// Bengio et al., "A neural probabilistic language model", JMLR 2003: the embeddings of the context,
// side by side, through hidden layers to a guess at the next token.
#include "gpu_backend/training/graph_builder.hpp"

namespace assay::backend {

void build_mlp(GraphBuilder& graph, const Workload& w, std::uint32_t micro_batch) {
  const std::uint32_t tokens = w.batch * w.context;
  const std::uint32_t hidden = 4 * w.channels;
  const auto inputs_of = [&](std::uint32_t layer) {
    return layer == 0 ? w.context * w.channels : hidden;
  };
  const Operator gelu{OperatorKind::Gelu, {w.batch * hidden}, {}};
  const Operator gelu_backward{OperatorKind::GeluBackward, {w.batch * hidden}, {}};

  // [batch * context, channels] is [batch, context * channels] as it lies in memory.
  const TensorId embedded =
      graph.one({OperatorKind::Embedding, {tokens, w.channels, w.vocabulary, w.context}, {}},
                {graph.ids(micro_batch), graph.parameter("tokens"), graph.parameter("positions")});
  std::vector<TensorId> inputs;
  std::vector<TensorId> bent;  // what goes into each gelu
  TensorId x = embedded;
  for (std::uint32_t layer = 0; layer < w.layers; ++layer) {
    inputs.push_back(x);
    bent.push_back(
        graph.linear("layer" + std::to_string(layer), w.batch, inputs_of(layer), hidden, x));
    x = graph.one(gelu, {bent.back()});
  }
  const TensorId logits = graph.linear("head", w.batch, hidden, w.vocabulary, x);
  const auto guess = graph.apply({OperatorKind::CrossEntropy, {w.batch, w.vocabulary}, {}},
                                 {logits, graph.labels(micro_batch)});
  graph.add_loss(graph.one({OperatorKind::Mean, {w.batch}, {}}, {guess[0]}));

  TensorId dx = graph.one({OperatorKind::CrossEntropyBackward, {w.batch, w.vocabulary}, {}},
                          {guess[1], graph.labels(micro_batch)});
  dx = graph.linear_backward("head", w.batch, hidden, w.vocabulary, x, dx);
  for (std::uint32_t layer = w.layers; layer-- > 0;) {
    dx = graph.one(gelu_backward, {bent[layer], dx});
    dx = graph.linear_backward("layer" + std::to_string(layer), w.batch, inputs_of(layer), hidden,
                               inputs[layer], dx);
  }
  const auto tables = graph.apply(
      {OperatorKind::EmbeddingBackward, {tokens, w.channels, w.vocabulary, w.context}, {}},
      {graph.ids(micro_batch), dx});
  graph.add_gradient("tokens", tables[0]);
  graph.add_gradient("positions", tables[1]);
}

}  // namespace assay::backend
