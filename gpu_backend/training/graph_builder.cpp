#include "gpu_backend/training/graph_builder.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "gpu_backend/repops/environment.hpp"
#include "gpu_backend/training/resnet.hpp"
#include "sim/check.hpp"

namespace assay::backend {

GraphBuilder::GraphBuilder(const Workload& workload)
    : workload_(workload),
      parameters_(parameters(workload)),
      gradients_(parameters_.size(), kNone) {
  const std::vector<std::size_t> sizes = state_sizes(workload);
  for (std::uint32_t i = 0; i < sizes.size(); ++i) {
    (void)add_source(SourceKind::StateTensor, i, sizes[i]);
  }
  const bool pictures = workload.family == Family::ResNet;
  const std::size_t tokens =
      std::size_t{workload.batch} * workload.context * (pictures ? workload.context * kColours : 1);
  for (std::uint32_t micro = 0; micro < workload.micro_batches; ++micro) {
    const TensorId id = add_source(SourceKind::Ids, micro, tokens);
    if (micro == 0) ids_ = id;
  }
  for (std::uint32_t micro = 0; micro < workload.micro_batches; ++micro) {
    const std::size_t predicted = workload.family == Family::Gpt ? tokens : workload.batch;
    const TensorId id = add_source(SourceKind::Labels, micro, predicted);
    if (micro == 0) labels_ = id;
  }
  if (workload.optimizer == OptimizerKind::AdamW) {
    corrections_ = add_source(SourceKind::BiasCorrection, 0, 2);
  }
  if (workload.family == Family::Gpt) (void)add_source(SourceKind::Zeros, 0, workload.channels);
  if (!pictures) return;
  for (const ResidualBlock& block : residual_blocks(workload)) {
    if (block.stride != 1) (void)add_source(SourceKind::Zeros, 0, block.outputs);
  }
}

TensorId GraphBuilder::add_source(SourceKind kind, std::uint32_t index, std::size_t size) {
  graph_.sources.push_back({kind, index, size});
  graph_.tensor_sizes.push_back(size);
  return static_cast<TensorId>(graph_.tensor_sizes.size() - 1);
}

TensorId GraphBuilder::parameter(const std::string& name) const {
  const auto found = std::find_if(parameters_.begin(), parameters_.end(),
                                  [&](const Parameter& p) { return p.name == name; });
  SIM_CHECK(found != parameters_.end());
  return static_cast<TensorId>(found - parameters_.begin());  // they are the first sources
}

TensorId GraphBuilder::zeros(std::size_t size) const {
  const auto found =
      std::find_if(graph_.sources.begin(), graph_.sources.end(), [&](const GraphSource& source) {
        return source.kind == SourceKind::Zeros && source.size == size;
      });
  SIM_CHECK(found != graph_.sources.end());
  return static_cast<TensorId>(found - graph_.sources.begin());
}

std::vector<TensorId> GraphBuilder::apply(const Operator& op, std::vector<TensorId> inputs) {
  const std::vector<std::size_t> expected = input_sizes(op);
  SIM_CHECK(expected.size() == inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    SIM_CHECK(graph_.tensor_sizes.at(inputs[i]) == expected[i]);
  }
  std::vector<TensorId> outputs;
  for (const std::size_t size : output_sizes(op)) {
    outputs.push_back(static_cast<TensorId>(graph_.tensor_sizes.size()));
    graph_.tensor_sizes.push_back(size);
  }
  graph_.operators.push_back({op, std::move(inputs), outputs, {}});
  return outputs;
}

TensorId GraphBuilder::one(const Operator& op, std::vector<TensorId> inputs) {
  const std::vector<TensorId> outputs = apply(op, std::move(inputs));
  SIM_CHECK(outputs.size() == 1);
  return outputs.front();
}

TensorId GraphBuilder::sum(TensorId a, TensorId b) {
  const auto size = static_cast<std::uint32_t>(graph_.tensor_sizes.at(a));
  return one({OperatorKind::Add, {size}, {}}, {a, b});
}

TensorId GraphBuilder::scaled(TensorId a, float factor) {
  const auto size = static_cast<std::uint32_t>(graph_.tensor_sizes.at(a));
  return one({OperatorKind::Scale, {size}, {factor}}, {a});
}

TensorId GraphBuilder::linear(const std::string& name, std::uint32_t rows, std::uint32_t inputs,
                              std::uint32_t outputs, TensorId x) {
  return one({OperatorKind::Linear, {rows, inputs, outputs}, {}},
             {x, parameter(name + ".weight"), parameter(name + ".bias")});
}

TensorId GraphBuilder::linear_backward(const std::string& name, std::uint32_t rows,
                                       std::uint32_t inputs, std::uint32_t outputs, TensorId x,
                                       TensorId dy) {
  add_gradient(name + ".weight",
               one({OperatorKind::MatmulTN, {inputs, outputs, rows}, {}}, {x, dy}));
  add_gradient(name + ".bias", one({OperatorKind::ColumnSum, {rows, outputs}, {}}, {dy}));
  return one({OperatorKind::MatmulNT, {rows, inputs, outputs}, {}},
             {dy, parameter(name + ".weight")});
}

Normed GraphBuilder::norm(const std::string& name, std::uint32_t rows, std::uint32_t channels,
                          TensorId x) {
  const auto outputs = apply({OperatorKind::LayerNorm, {rows, channels}, {1e-5f}},
                             {x, parameter(name + ".gain"), parameter(name + ".bias")});
  return {x, outputs[0], outputs[1], outputs[2]};
}

TensorId GraphBuilder::norm_backward(const std::string& name, std::uint32_t rows,
                                     std::uint32_t channels, const Normed& normed, TensorId dy) {
  const auto outputs = apply({OperatorKind::LayerNormBackward, {rows, channels}, {}},
                             {dy, normed.x, parameter(name + ".gain"), normed.mean, normed.rstd});
  add_gradient(name + ".gain", outputs[1]);
  add_gradient(name + ".bias", outputs[2]);
  return outputs[0];
}

void GraphBuilder::add_gradient(const std::string& name, TensorId gradient) {
  TensorId& total = gradients_[parameter(name)];
  total = total == kNone ? gradient : sum(total, gradient);
}

void GraphBuilder::add_loss(TensorId loss) { loss_ = loss_ == kNone ? loss : sum(loss_, loss); }

TensorId GraphBuilder::averaged(TensorId total) {
  if (workload_.micro_batches == 1) return total;
  return scaled(total, 1.0f / static_cast<float>(workload_.micro_batches));
}

std::vector<TensorId> GraphBuilder::update(std::uint32_t parameter, TensorId gradient) {
  const auto count = static_cast<std::uint32_t>(parameters_.size());
  const auto size = static_cast<std::uint32_t>(parameters_[parameter].size());
  const OptimizerConstants& c = workload_.constants;
  // Only tables and matrices decay, as in GPT-2's training; gains and biases do not.
  const float decay = parameters_[parameter].rows > 1 ? c.decay : 0.0f;
  if (workload_.optimizer == OptimizerKind::Sgd) {
    return apply({OperatorKind::Sgd, {size}, {c.rate, c.momentum, decay}},
                 {parameter, parameter + count, gradient});
  }
  return apply({OperatorKind::AdamW, {size}, {c.rate, c.beta1, c.beta2, c.epsilon, decay}},
               {parameter, parameter + count, parameter + 2 * count, gradient, corrections_});
}

StepGraph GraphBuilder::finish() {
  graph_.loss = averaged(loss_);
  const std::size_t count = parameters_.size();
  graph_.next_state.resize(count * copies(workload_.optimizer));
  for (std::uint32_t p = 0; p < count; ++p) {
    const std::vector<TensorId> updated = update(p, averaged(gradients_[p]));
    for (std::size_t copy = 0; copy < updated.size(); ++copy) {
      graph_.next_state[copy * count + p] = updated[copy];
    }
  }
  complete(graph_);
  return std::move(graph_);
}

StepGraph step_graph(const Workload& workload) {
  if (const std::string why = complaint(workload); !why.empty()) throw std::invalid_argument(why);
  const repops::StandardEnvironment environment;  // constants are divided and rooted here
  GraphBuilder builder(workload);
  for (std::uint32_t micro = 0; micro < workload.micro_batches; ++micro) {
    switch (workload.family) {
      case Family::Mlp:
        build_mlp(builder, workload, micro);
        break;
      case Family::Gpt:
        build_gpt(builder, workload, micro);
        break;
      case Family::ResNet:
        build_resnet(builder, workload, micro);
        break;
    }
  }
  return builder.finish();
}

}  // namespace assay::backend
