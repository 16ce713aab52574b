#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gpu_backend/training/state.hpp"
#include "gpu_backend/training/step_graph.hpp"

namespace assay::backend {

/// A layer norm's input, and what its backward pass needs.
struct Normed {
  TensorId x = 0;
  TensorId y = 0;
  TensorId mean = 0;
  TensorId rstd = 0;
};

/// Writes a step down operator by operator: what a model's forward and backward passes are made of.
class GraphBuilder {
 public:
  explicit GraphBuilder(const Workload& workload);

  [[nodiscard]] TensorId ids(std::uint32_t micro_batch) const { return ids_ + micro_batch; }
  [[nodiscard]] TensorId labels(std::uint32_t micro_batch) const { return labels_ + micro_batch; }
  /// Of one of the sizes that the family needs.
  [[nodiscard]] TensorId zeros(std::size_t size) const;
  [[nodiscard]] TensorId parameter(const std::string& name) const;

  std::vector<TensorId> apply(const Operator& op, std::vector<TensorId> inputs);
  /// Of an operator with one output.
  TensorId one(const Operator& op, std::vector<TensorId> inputs);

  TensorId sum(TensorId a, TensorId b);
  TensorId scaled(TensorId a, float factor);
  /// x [rows, inputs] through the parameters `name`.weight and `name`.bias.
  TensorId linear(const std::string& name, std::uint32_t rows, std::uint32_t inputs,
                  std::uint32_t outputs, TensorId x);
  /// Adds to the gradients of its parameters and returns that of x.
  TensorId linear_backward(const std::string& name, std::uint32_t rows, std::uint32_t inputs,
                           std::uint32_t outputs, TensorId x, TensorId dy);
  /// x [rows, channels] through the parameters `name`.gain and `name`.bias.
  Normed norm(const std::string& name, std::uint32_t rows, std::uint32_t channels, TensorId x);
  TensorId norm_backward(const std::string& name, std::uint32_t rows, std::uint32_t channels,
                         const Normed& normed, TensorId dy);
  /// Contributions are added in the order in which they come.
  void add_gradient(const std::string& name, TensorId gradient);
  void add_loss(TensorId loss);

  /// Averages over the micro-batches, updates every parameter, and completes the graph.
  [[nodiscard]] StepGraph finish();

 private:
  [[nodiscard]] TensorId add_source(SourceKind kind, std::uint32_t index, std::size_t size);
  [[nodiscard]] TensorId averaged(TensorId sum);
  [[nodiscard]] std::vector<TensorId> update(std::uint32_t parameter, TensorId gradient);

  static constexpr TensorId kNone = 0xFFFFFFFFu;
  Workload workload_;
  std::vector<Parameter> parameters_;
  StepGraph graph_;
  std::vector<TensorId> gradients_;  // by parameter
  TensorId ids_ = kNone;
  TensorId labels_ = kNone;
  TensorId corrections_ = kNone;
  TensorId loss_ = kNone;
};

/// Adds the forward and backward pass of one micro-batch.
void build_mlp(GraphBuilder& graph, const Workload& workload, std::uint32_t micro_batch);
void build_gpt(GraphBuilder& graph, const Workload& workload, std::uint32_t micro_batch);
void build_resnet(GraphBuilder& graph, const Workload& workload, std::uint32_t micro_batch);

/// Fills in what follows from the operators: producers, last uses, addresses.
void complete(StepGraph& graph);

}  // namespace assay::backend
