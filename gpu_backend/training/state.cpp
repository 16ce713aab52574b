#include "gpu_backend/training/state.hpp"

#include <cmath>
#include <utility>

#include "gpu_backend/repops/environment.hpp"
#include "gpu_backend/training/purpose.hpp"
#include "gpu_backend/training/resnet.hpp"
#include "sim/draws.hpp"

namespace assay::backend {
namespace {

/// Keeps the size of what passes through: 1 / sqrt(inputs). Division and square root are exact to
/// the last bit everywhere.
float keeps_size(std::size_t inputs) { return 1.0f / std::sqrt(static_cast<float>(inputs)); }

class List {
 public:
  void table(std::string name, std::size_t rows, std::size_t channels) {
    // Half of what keeps the size: tied to the logits as well, a first guess should be a soft one.
    list_.push_back({std::move(name), rows, channels, 0.5f * keeps_size(channels), 0.0f});
  }
  void matrix(const std::string& name, std::size_t inputs, std::size_t outputs) {
    list_.push_back({name + ".weight", inputs, outputs, keeps_size(inputs), 0.0f});
  }
  void linear(const std::string& name, std::size_t inputs, std::size_t outputs,
              float share = 1.0f) {
    list_.push_back({name + ".weight", inputs, outputs, share * keeps_size(inputs), 0.0f});
    list_.push_back({name + ".bias", 1, outputs, 0.0f, 0.0f});
  }
  void norm(const std::string& name, std::size_t channels) {
    list_.push_back({name + ".gain", 1, channels, 0.0f, 1.0f});
    list_.push_back({name + ".bias", 1, channels, 0.0f, 0.0f});
  }
  [[nodiscard]] std::vector<Parameter> take() { return std::move(list_); }

 private:
  std::vector<Parameter> list_;
};

std::vector<Parameter> mlp_parameters(const Workload& w) {
  List list;
  list.table("tokens", w.vocabulary, w.channels);
  list.table("positions", w.context, w.channels);
  const std::size_t hidden = std::size_t{4} * w.channels;
  for (std::uint32_t layer = 0; layer < w.layers; ++layer) {
    const std::size_t inputs = layer == 0 ? std::size_t{w.context} * w.channels : hidden;
    list.linear("layer" + std::to_string(layer), inputs, hidden);
  }
  list.linear("head", hidden, w.vocabulary);
  return list.take();
}

std::vector<Parameter> gpt_parameters(const Workload& w) {
  List list;
  const std::size_t channels = w.channels;
  list.table("tokens", w.vocabulary, channels);
  list.table("positions", w.context, channels);
  // 2 layers' worth of outputs are added to the residual stream; GPT-2 shrinks them alike.
  const float residual = keeps_size(std::size_t{2} * w.layers);
  for (std::uint32_t layer = 0; layer < w.layers; ++layer) {
    const std::string block = "block" + std::to_string(layer);
    list.norm(block + ".norm1", channels);
    list.linear(block + ".qkv", channels, 3 * channels);
    list.linear(block + ".attended", channels, channels, residual);
    list.norm(block + ".norm2", channels);
    list.linear(block + ".wide", channels, 4 * channels);
    list.linear(block + ".narrow", 4 * channels, channels, residual);
  }
  list.norm("norm", channels);
  return list.take();
}

std::vector<Parameter> resnet_parameters(const Workload& w) {
  List list;
  const std::vector<ResidualBlock> blocks = residual_blocks(w);
  list.linear("stem", 9 * kColours, w.channels);
  const float residual = keeps_size(blocks.size());
  for (const ResidualBlock& block : blocks) {
    list.norm(block.name + ".norm1", block.inputs);
    list.linear(block.name + ".conv1", std::size_t{9} * block.inputs, block.outputs);
    list.norm(block.name + ".norm2", block.outputs);
    list.linear(block.name + ".conv2", std::size_t{9} * block.outputs, block.outputs, residual);
    if (block.stride != 1) list.matrix(block.name + ".around", block.inputs, block.outputs);
  }
  list.norm("norm", blocks.back().outputs);
  list.linear("head", head_inputs(w), w.vocabulary);
  return list.take();
}

}  // namespace

std::vector<Parameter> parameters(const Workload& workload) {
  switch (workload.family) {
    case Family::Mlp:
      return mlp_parameters(workload);
    case Family::Gpt:
      return gpt_parameters(workload);
    case Family::ResNet:
      return resnet_parameters(workload);
  }
  return {};
}

std::size_t copies(OptimizerKind optimizer) { return optimizer == OptimizerKind::Sgd ? 2 : 3; }

std::vector<std::size_t> state_sizes(const Workload& workload) {
  const std::vector<Parameter> list = parameters(workload);
  std::vector<std::size_t> sizes;
  for (std::size_t copy = 0; copy < copies(workload.optimizer); ++copy) {
    for (const Parameter& parameter : list) sizes.push_back(parameter.size());
  }
  return sizes;
}

State initial_state(const Workload& workload, std::uint64_t seed) {
  const repops::StandardEnvironment environment;
  State state;
  for (const std::size_t size : state_sizes(workload)) state.tensors.emplace_back(Tensor(size));
  const std::vector<Parameter> list = parameters(workload);
  for (std::size_t p = 0; p < list.size(); ++p) {
    // Uniform in a range 2 sqrt(3) deviations wide, from 24 bits a number: one rounding.
    const float range = list[p].deviation * 3.4641016f;
    sim::Draws draws(seed, static_cast<std::uint32_t>(Purpose::InitialValues), p);
    for (float& value : state.tensors[p].edit()) {
      const auto drawn = static_cast<std::int32_t>(draws.bits() >> 40) - (1 << 23);
      value = list[p].mean + range * (static_cast<float>(drawn) * 0x1p-24f);
    }
  }
  return state;
}

}  // namespace assay::backend
