#include "gpu_backend/training/trainer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "gpu_backend/repops/environment.hpp"
#include "gpu_backend/training/batch.hpp"

namespace assay::backend {
namespace {

/// base^exponent by squaring, in a fixed order of exact-rounded products.
double power(double base, std::uint64_t exponent) {
  double result = 1.0;
  for (; exponent != 0; exponent /= 2) {
    if (exponent % 2 == 1) result *= base;
    base *= base;
  }
  return result;
}

Tensor bias_correction(const OptimizerConstants& constants, std::uint64_t step) {
  return {static_cast<float>(1.0 - power(double{constants.beta1}, step)),
          static_cast<float>(1.0 - power(double{constants.beta2}, step))};
}

}  // namespace

Tensor source_value(const Workload& workload, std::uint64_t seed, const GraphSource& source,
                    std::uint64_t step) {
  const repops::StandardEnvironment environment;
  switch (source.kind) {
    case SourceKind::Ids:
      return draw_batch(workload, seed, step, source.index).ids;
    case SourceKind::Labels:
      return draw_batch(workload, seed, step, source.index).labels;
    case SourceKind::BiasCorrection:
      return bias_correction(workload.constants, step + 1);
    case SourceKind::Zeros:
      return Tensor(source.size, 0.0f);
    case SourceKind::StateTensor:
      break;
  }
  throw std::invalid_argument("a state's tensor is nobody's to compute");
}

Trainer::Trainer(Workload workload, std::uint64_t seed, OperatorRunner& runner)
    : workload_(std::move(workload)),
      seed_(seed),
      runner_(&runner),
      graph_(step_graph(workload_)) {}

std::vector<Value> Trainer::feed(State state) const {
  const std::size_t expected = graph_.next_state.size();
  if (state.tensors.size() != expected) {
    throw std::invalid_argument(fmt::format("{}: got a state of {} tensors, expected {}",
                                            workload_.name, state.tensors.size(), expected));
  }
  std::vector<Value> tensors(graph_.tensor_sizes.size());
  for (TensorId id = 0; id < graph_.sources.size(); ++id) {
    const GraphSource& source = graph_.sources[id];
    tensors[id] = source.kind == SourceKind::StateTensor
                      ? std::move(state.tensors[source.index])
                      : Value(source_value(workload_, seed_, source, state.step));
    if (tensors[id].size() != source.size) {
      throw std::invalid_argument(
          fmt::format("{}: tensor {} of the state has {} numbers, expected {}", workload_.name, id,
                      tensors[id].size(), source.size));
    }
  }
  return tensors;
}

StepResult Trainer::step(State state, const OperatorHook& hook) {
  const std::uint64_t done = state.step;
  std::vector<Value> tensors = feed(std::move(state));
  StepResult result;
  std::size_t held = 0;
  for (const Value& tensor : tensors) held += tensor.size();
  std::vector<const Value*> inputs;
  std::vector<Value*> outputs;
  for (std::uint32_t op = 0; op < graph_.operators.size(); ++op) {
    const GraphOperator& at = graph_.operators[op];
    inputs.clear();
    outputs.clear();
    for (const TensorId id : at.inputs) inputs.push_back(&tensors[id]);
    for (const TensorId id : at.outputs) {
      outputs.push_back(&tensors[id]);
      held += graph_.tensor_sizes[id];
    }
    result.peak_numbers = std::max(result.peak_numbers, held);
    runner_->apply(at.op, inputs, outputs);
    if (hook) hook(op, inputs, outputs);
    for (const auto* ids : {&at.inputs, &at.outputs}) {
      for (const TensorId id : *ids) {
        if (graph_.last_use[id] != op) continue;
        held -= tensors[id].size();  // 0 if it was freed as another input
        tensors[id] = Value();
      }
    }
  }
  result.state.step = done + 1;
  for (const TensorId id : graph_.next_state)
    result.state.tensors.push_back(std::move(tensors[id]));
  result.loss = tensors[graph_.loss][0];
  return result;
}

}  // namespace assay::backend
