// The workloads' models in libtorch's operators. What differs from the reproducible ones is the
// order of sums, the functions behind exp and tanh, and that the backward pass is autograd's.
#include "gpu_backend/torch/trainer.hpp"

// clang-format off
#include <ATen/core/ivalue.h>  // first: else clang 14 finds its type incomplete in the next one
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
// clang-format on

#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gpu_backend/torch/runtime.hpp"
#include "gpu_backend/training/batch.hpp"
#include "gpu_backend/training/resnet.hpp"
#include "gpu_backend/training/trainer.hpp"

namespace assay::backend {
namespace {

at::Device device_of(TorchDevice device) {
  return {device == TorchDevice::Cuda ? at::kCUDA : at::kCPU};
}

/// One forward pass over the parameters by their names.
class Forward {
 public:
  Forward(const Workload& workload, const std::map<std::string, at::Tensor>& parameters,
          Precision precision, const at::Tensor& future)
      : w_(workload),
        parameters_(parameters),
        half_(precision == Precision::Bf16),
        future_(future) {}

  /// The mean loss. `ids`: int64 [batch, context], or pictures; `labels`: int64 [predictions].
  [[nodiscard]] at::Tensor loss(const at::Tensor& ids, const at::Tensor& labels) const {
    if (w_.family == Family::ResNet) return at::cross_entropy_loss(resnet(ids), labels);
    const at::Tensor x = at::embedding(parameter("tokens"), ids) + parameter("positions");
    return at::cross_entropy_loss(w_.family == Family::Mlp ? mlp(x) : gpt(x), labels);
  }

 private:
  [[nodiscard]] const at::Tensor& parameter(const std::string& name) const {
    return parameters_.at(name);
  }

  /// Everything but products of matrices stays in fp32.
  [[nodiscard]] at::Tensor product(const at::Tensor& a, const at::Tensor& b) const {
    if (!half_) return at::matmul(a, b);
    return at::matmul(a.to(at::kBFloat16), b.to(at::kBFloat16)).to(at::kFloat);
  }
  [[nodiscard]] at::Tensor linear(const std::string& name, const at::Tensor& x) const {
    const at::Tensor& weight = parameter(name + ".weight");
    const at::Tensor& bias = parameter(name + ".bias");
    return half_ ? product(x, weight) + bias : at::addmm(bias, x, weight);
  }
  [[nodiscard]] at::Tensor norm(const std::string& name, const at::Tensor& x) const {
    return at::layer_norm(x, {w_.channels}, parameter(name + ".gain"), parameter(name + ".bias"),
                          1e-5);
  }

  [[nodiscard]] at::Tensor mlp(at::Tensor x) const {
    x = x.reshape({w_.batch, -1});
    for (std::uint32_t layer = 0; layer < w_.layers; ++layer) {
      x = at::gelu(linear("layer" + std::to_string(layer), x), "tanh");
    }
    return linear("head", x);
  }

  [[nodiscard]] at::Tensor gpt(at::Tensor x) const {
    x = x.reshape({-1, w_.channels});
    for (std::uint32_t layer = 0; layer < w_.layers; ++layer) {
      const std::string block = "block" + std::to_string(layer);
      const at::Tensor mixed = attend(linear(block + ".qkv", norm(block + ".norm1", x)));
      x = x + linear(block + ".attended", mixed);
      const at::Tensor wide = linear(block + ".wide", norm(block + ".norm2", x));
      x = x + linear(block + ".narrow", at::gelu(wide, "tanh"));
    }
    return product(norm("norm", x), parameter("tokens").t());
  }

  /// [batch * context, 3 channels] to [batch * context, channels]. Written out rather than fused,
  /// so that every version of libtorch and every device does the same.
  [[nodiscard]] at::Tensor attend(const at::Tensor& qkv) const {
    const std::int64_t width = w_.channels / w_.heads;
    const at::Tensor parts =
        qkv.view({w_.batch, w_.context, 3, w_.heads, width}).permute({2, 0, 3, 1, 4});
    const at::Tensor scores =
        product(parts[0] * (1.0 / std::sqrt(static_cast<double>(width))), parts[1].transpose(2, 3));
    const double nothing = -std::numeric_limits<double>::infinity();
    const at::Tensor shares = at::softmax(scores.masked_fill(future_, nothing), -1);
    return product(shares, parts[2]).transpose(1, 2).reshape({-1, w_.channels});
  }

  /// Pictures with their channels last, as the reproducible operators have them. The weights lie as
  /// the patches do: row, column, channel.
  [[nodiscard]] at::Tensor convolution(const std::string& name, const at::Tensor& x,
                                       std::int64_t kernel, std::int64_t stride) const {
    at::Tensor weight = parameter(name + ".weight");
    weight = weight.view({kernel, kernel, x.size(3), weight.size(1)}).permute({3, 2, 0, 1});
    at::Tensor pictures = x.permute({0, 3, 1, 2});
    if (half_) {
      weight = weight.to(at::kBFloat16);
      pictures = pictures.to(at::kBFloat16);
    }
    const at::Tensor y =
        at::conv2d(pictures, weight, {}, stride, kernel / 2).to(at::kFloat).permute({0, 2, 3, 1});
    const auto bias = parameters_.find(name + ".bias");
    return bias == parameters_.end() ? y : y + bias->second;
  }
  [[nodiscard]] at::Tensor bent(const std::string& name, const at::Tensor& x) const {
    const at::Tensor& gain = parameter(name + ".gain");
    return at::gelu(at::layer_norm(x, gain.sizes(), gain, parameter(name + ".bias"), 1e-5), "tanh");
  }
  [[nodiscard]] at::Tensor resnet(at::Tensor x) const {
    x = convolution("stem", x, 3, 1);
    for (const ResidualBlock& block : residual_blocks(w_)) {
      at::Tensor y =
          convolution(block.name + ".conv1", bent(block.name + ".norm1", x), 3, block.stride);
      y = convolution(block.name + ".conv2", bent(block.name + ".norm2", y), 3, 1);
      x = y + (block.stride == 1 ? x : convolution(block.name + ".around", x, 1, block.stride));
    }
    return linear("head", bent("norm", x).reshape({w_.batch, -1}));
  }

  const Workload& w_;
  const std::map<std::string, at::Tensor>& parameters_;
  bool half_;
  const at::Tensor& future_;
};

}  // namespace

struct TorchTrainer::Model {
  Workload workload;
  std::uint64_t seed = 0;
  at::Device device;
  std::uint64_t step = 0;
  std::vector<Parameter> parameters;
  std::vector<at::Tensor> tensors;            // as in a State
  std::map<std::string, at::Tensor> by_name;  // the parameters among them
  at::Tensor future;                          // [context, context]: what a query must not see

  [[nodiscard]] at::Tensor whole_numbers(const backend::Tensor& values) const {
    const std::vector<std::int64_t> numbers(values.begin(), values.end());
    return at::tensor(numbers, at::kLong).to(device);
  }

  /// Token ids [batch, context], or pictures [batch, side, side, 3].
  [[nodiscard]] at::Tensor inputs_of(const Batch& batch) const {
    if (workload.family != Family::ResNet) {
      return whole_numbers(batch.ids).view({workload.batch, workload.context});
    }
    return at::from_blob(const_cast<float*>(batch.ids.data()),
                         {workload.batch, workload.context, workload.context, kColours}, at::kFloat)
        .clone()
        .to(device);
  }

  at::Tensor add_gradients(Precision precision, std::uint32_t micro_batches) {
    at::Tensor sum = at::zeros({}, at::TensorOptions().device(device));
    for (std::uint32_t micro = 0; micro < micro_batches; ++micro) {
      const Batch batch = draw_batch(workload, seed, step, micro);
      const at::Tensor ids = inputs_of(batch);
      const Forward forward(workload, by_name, precision, future);
      const at::Tensor loss =
          forward.loss(ids, whole_numbers(batch.labels)) / static_cast<double>(micro_batches);
      loss.backward();
      sum += loss.detach();
    }
    return sum;
  }

  void update_sgd(std::size_t p, double decay) {
    const OptimizerConstants& c = workload.constants;
    at::Tensor& w = tensors[p];
    at::Tensor& v = tensors[p + parameters.size()];
    v.mul_(double{c.momentum}).add_(w.grad());
    if (decay != 0.0) v.add_(w, decay);
    w.add_(v, -double{c.rate});
  }
  /// As torch::optim::AdamW has it. `corrections`: 1 - beta^t of both moments.
  void update_adamw(std::size_t p, double decay, const backend::Tensor& corrections) {
    const OptimizerConstants& c = workload.constants;
    at::Tensor& w = tensors[p];
    at::Tensor& m = tensors[p + parameters.size()];
    at::Tensor& v = tensors[p + 2 * parameters.size()];
    const at::Tensor& g = w.grad();
    m.mul_(double{c.beta1}).add_(g, 1.0 - double{c.beta1});
    v.mul_(double{c.beta2}).addcmul_(g, g, 1.0 - double{c.beta2});
    const at::Tensor size =
        v.sqrt().mul_(1.0 / std::sqrt(double{corrections[1]})).add_(double{c.epsilon});
    if (decay != 0.0) w.mul_(1.0 - double{c.rate} * decay);
    w.addcdiv_(m, size, -double{c.rate} / double{corrections[0]});
  }
};

TorchTrainer::TorchTrainer(Workload workload, std::uint64_t seed, TorchDevice device)
    : model_(new Model{std::move(workload), seed, device_of(device), 0, {}, {}, {}, {}}) {
  model_->parameters = parameters(model_->workload);
  const std::int64_t context = model_->workload.context;
  with_torch_errors([&] {
    const auto truths = at::TensorOptions().dtype(at::kBool).device(model_->device);
    model_->future = at::ones({context, context}, truths).triu(1);
  });
}

TorchTrainer::~TorchTrainer() = default;

const Workload& TorchTrainer::workload() const { return model_->workload; }
std::uint64_t TorchTrainer::step() const { return model_->step; }
void TorchTrainer::set_step(std::uint64_t step) { model_->step = step; }

void TorchTrainer::load(const State& state) {
  with_torch_errors([&] {
    const std::size_t count = model_->parameters.size();
    model_->step = state.step;
    model_->tensors.clear();
    for (std::size_t i = 0; i < state.tensors.size(); ++i) {
      const Parameter& p = model_->parameters[i % count];
      const auto rows = static_cast<std::int64_t>(p.rows);
      const auto columns = static_cast<std::int64_t>(p.columns);
      std::vector<std::int64_t> shape{columns};
      if (rows > 1) shape.insert(shape.begin(), rows);
      // The copy outlives the state.
      at::Tensor tensor =
          at::from_blob(const_cast<float*>(state.tensors[i].data()), shape, at::kFloat)
              .clone()
              .to(model_->device);
      if (i < count) {
        tensor.set_requires_grad(true);
        model_->by_name.insert_or_assign(p.name, tensor);
      }
      model_->tensors.push_back(std::move(tensor));
    }
  });
}

namespace {

Tensor numbers_of(const at::Tensor& tensor) {
  const at::Tensor here = tensor.detach().to(at::kCPU).contiguous();
  Tensor values(static_cast<std::size_t>(here.numel()));
  std::memcpy(values.data(), here.data_ptr<float>(), values.size() * sizeof(float));
  return values;
}

}  // namespace

State TorchTrainer::state() const {
  State state;
  state.step = model_->step;
  with_torch_errors([&] {
    for (const at::Tensor& tensor : model_->tensors) state.tensors.push_back(numbers_of(tensor));
  });
  return state;
}

float TorchTrainer::compute_gradients(Precision precision, std::uint32_t micro_batches) {
  float loss = 0.0f;
  with_torch_errors([&] {
    for (auto& [name, parameter] : model_->by_name) parameter.mutable_grad() = at::Tensor();
    allow_tf32(precision == Precision::Tf32);
    loss = model_->add_gradients(precision, micro_batches).item<float>();
  });
  return loss;
}

Tensor TorchTrainer::gradient(std::size_t parameter) const {
  Tensor values;
  with_torch_errors([&] { values = numbers_of(model_->tensors[parameter].grad()); });
  return values;
}

void TorchTrainer::set_gradient(std::size_t parameter, std::span<const float> values) {
  with_torch_errors([&] {
    at::Tensor& of = model_->tensors[parameter];
    of.mutable_grad() = at::from_blob(const_cast<float*>(values.data()), of.sizes(), at::kFloat)
                            .clone()
                            .to(model_->device);
  });
}

void TorchTrainer::update() {
  with_torch_errors([&] {
    const at::NoGradGuard without_gradients;
    const bool adamw = model_->workload.optimizer == OptimizerKind::AdamW;
    Tensor corrections;
    if (adamw) {
      corrections = source_value(model_->workload, model_->seed, {SourceKind::BiasCorrection, 0, 2},
                                 model_->step);
    }
    for (std::size_t p = 0; p < model_->parameters.size(); ++p) {
      // Only tables and matrices decay, as in the reproducible step.
      const double decay =
          model_->parameters[p].rows > 1 ? double{model_->workload.constants.decay} : 0.0;
      if (adamw) {
        model_->update_adamw(p, decay, corrections);
      } else {
        model_->update_sgd(p, decay);
      }
    }
    ++model_->step;
  });
}

}  // namespace assay::backend
