#include "gpu_backend/repops/cuda/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gpu_backend/commitment/digests.hpp"
#include "gpu_backend/repops/cuda/device.hpp"
#include "gpu_backend/repops/cuda/kernels.hpp"
#include "gpu_backend/repops/environment.hpp"

namespace assay::backend {
namespace {

using cuda::check;
using cuda::DeviceMemory;
using cuda::Finish;
using cuda::Form;
using cuda::Operand;
using cuda::Product;
using InputPointers = std::span<const float* const>;
using OutputPointers = std::span<float* const>;

/// Runs operators whose tensors lie on the device.
class Dispatcher {
 public:
  explicit Dispatcher(int processors) : processors_(processors) {}

  void run(const Operator& op, InputPointers in, OutputPointers out);

 private:
  void multiply(const Product& product) {
    cuda::multiply(product, cuda::spread_of(product, processors_));
  }
  void matrices(Form form, int rows, int columns, int depth, InputPointers in, float* out);
  void attention(const Operator& op, InputPointers in, OutputPointers out);

  int processors_;
};

void Dispatcher::matrices(Form form, int rows, int columns, int depth, InputPointers in,
                          float* out) {
  Product product;
  product.form = form;
  product.rows = rows;
  product.columns = columns;
  product.depth = depth;
  product.a.data = in[0];
  product.a.stride = form == Form::TN ? rows : depth;
  product.b.data = in[1];
  product.b.stride = form == Form::NT ? depth : columns;
  product.c = out;
  product.c_stride = columns;
  if (in.size() == 3) {
    product.finish = Finish::AddBias;
    product.bias = in[2];
  }
  multiply(product);
}

/// Every product of attention is one for each head: heads lie side by side in queries, keys, values
/// and what is mixed from them, and one after the other in what has an entry for each pair.
void Dispatcher::attention(const Operator& op, InputPointers in, OutputPointers out) {
  const std::ptrdiff_t context = op.dims[1];
  const std::ptrdiff_t channels = op.dims[2];
  const std::ptrdiff_t heads = op.dims[3];
  const std::ptrdiff_t width = channels / heads;
  const auto third = [&](const float* qkv, std::ptrdiff_t which) {
    return Operand{qkv + which * channels, 3 * channels, context * 3 * channels, width};
  };
  const auto mixed = [&](const float* y) {
    return Operand{y, channels, context * channels, width};
  };
  const auto pairs = [&](const float* p) {
    return Operand{p, context, heads * context * context, context * context};
  };
  // Where the result goes is said by an operand of the same shape.
  const auto product = [&](Form form, std::ptrdiff_t columns, std::ptrdiff_t depth,
                           const Operand& a, const Operand& b, float* c, const Operand& like) {
    Product p;
    p.form = form;
    p.rows = static_cast<int>(context);
    p.columns = static_cast<int>(columns);
    p.depth = static_cast<int>(depth);
    p.a = a;
    p.b = b;
    p.c = c;
    p.c_stride = like.stride;
    p.c_batch_stride = like.batch_stride;
    p.c_head_stride = like.head_stride;
    p.batches = static_cast<int>(op.dims[0]);
    p.heads = static_cast<int>(heads);
    return p;
  };
  const auto scaled = [&](Product p, Finish finish) {
    p.finish = finish;
    p.scale = op.constants[0];
    return p;
  };
  switch (op.kind) {
    case OperatorKind::AttentionScores:
      return multiply(scaled(product(Form::NT, context, width, third(in[0], 0), third(in[0], 1),
                                     out[0], pairs(out[0])),
                             Finish::CausalScale));
    case OperatorKind::AttentionScoresBackward:
      multiply(scaled(product(Form::NN, width, context, pairs(in[0]), third(in[1], 1), out[0],
                              third(out[0], 0)),
                      Finish::Scale));
      multiply(scaled(product(Form::TN, width, context, pairs(in[0]), third(in[1], 0),
                              out[0] + channels, third(out[0], 1)),
                      Finish::Scale));
      return cuda::copy_lines(op.dims[0] * context, channels, in[2], channels,
                              out[0] + 2 * channels, 3 * channels);
    case OperatorKind::AttentionMix:
      return multiply(
          product(Form::NN, width, context, pairs(in[0]), third(in[1], 2), out[0], mixed(out[0])));
    default:  // AttentionMixBackward
      multiply(
          product(Form::NT, context, width, mixed(in[0]), third(in[2], 2), out[0], pairs(out[0])));
      return multiply(
          product(Form::TN, width, context, pairs(in[1]), mixed(in[0]), out[1], mixed(out[1])));
  }
}

void Dispatcher::run(const Operator& op, InputPointers in, OutputPointers out) {
  // No dimension is above kMostOfADimension: `CudaRunner::apply` has refused larger ones.
  const auto dim = [&](std::size_t i) { return static_cast<int>(op.dims[i]); };
  const std::ptrdiff_t count = op.dims[0];
  const auto& c = op.constants;
  switch (op.kind) {
    case OperatorKind::Embedding:
      return cuda::embed(dim(0), dim(1), dim(2), dim(3), in[0], in[1], in[2], out[0]);
    case OperatorKind::EmbeddingBackward:
      return cuda::embed_backward(dim(0), dim(1), dim(2), dim(3), in[0], in[1], out[0], out[1]);
    case OperatorKind::Linear:
      return matrices(Form::NN, dim(0), dim(2), dim(1), in, out[0]);
    case OperatorKind::MatmulNT:
      return matrices(Form::NT, dim(0), dim(1), dim(2), in, out[0]);
    case OperatorKind::MatmulTN:
      return matrices(Form::TN, dim(0), dim(1), dim(2), in, out[0]);
    case OperatorKind::ColumnSum:
      return cuda::column_sum(dim(0), dim(1), in[0], out[0]);
    case OperatorKind::LayerNorm:
      return cuda::layer_norm(dim(0), dim(1), c[0], in[0], in[1], in[2], out[0], out[1], out[2]);
    case OperatorKind::LayerNormBackward:
      cuda::layer_norm_backward_rows(dim(0), dim(1), in[0], in[1], in[2], in[3], in[4], out[0]);
      return cuda::layer_norm_backward_columns(dim(0), dim(1), in[0], in[1], in[3], in[4], out[1],
                                               out[2]);
    case OperatorKind::AttentionScores:
    case OperatorKind::AttentionScoresBackward:
    case OperatorKind::AttentionMix:
    case OperatorKind::AttentionMixBackward:
      return attention(op, in, out);
    case OperatorKind::Softmax:
      return cuda::softmax(dim(0), dim(1), dim(2), in[0], out[0]);
    case OperatorKind::SoftmaxBackward:
      return cuda::softmax_backward(dim(0), dim(1), dim(2), in[0], in[1], out[0]);
    case OperatorKind::Gelu:
      return cuda::gelu(count, in[0], out[0]);
    case OperatorKind::GeluBackward:
      return cuda::gelu_backward(count, in[0], in[1], out[0]);
    case OperatorKind::Add:
      return cuda::add(count, in[0], in[1], out[0]);
    case OperatorKind::Scale:
      return cuda::scale(count, c[0], in[0], out[0]);
    case OperatorKind::CrossEntropy:
      return cuda::cross_entropy(dim(0), dim(1), in[0], in[1], out[0], out[1]);
    case OperatorKind::CrossEntropyBackward:
      return cuda::cross_entropy_backward(dim(0), dim(1), in[0], in[1], out[0]);
    case OperatorKind::Mean:
      return cuda::mean(dim(0), in[0], out[0]);
    case OperatorKind::Sgd:
      return cuda::sgd(count, c[0], c[1], c[2], in[0], in[1], in[2], out[0], out[1]);
    case OperatorKind::Patches:
      return cuda::patches({dim(0), dim(1), dim(2), dim(3), dim(4)}, in[0], out[0]);
    case OperatorKind::PatchesBackward:
      return cuda::patches_backward({dim(0), dim(1), dim(2), dim(3), dim(4)}, in[0], out[0]);
    case OperatorKind::AdamW:
      return cuda::adamw(count, {c[0], c[1], c[2], c[3], c[4]}, in[0], in[1], in[2], in[3], in[4],
                         out[0], out[1], out[2]);
  }
}

cudaDeviceProp properties_of(int device) {
  const int devices = cuda_devices();
  if (devices == 0) {
    throw std::runtime_error("no CUDA device: the driver is missing or shows none");
  }
  if (device < 0 || device >= devices) {
    throw std::runtime_error(
        fmt::format("no CUDA device {}: this machine has {}, counted from 0", device, devices));
  }
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, device), "asking for the device's properties");
  return properties;
}

/// A tensor on the device.
class CudaNumbers final : public DeviceNumbers {
 public:
  /// Not initialised.
  CudaNumbers(std::size_t size, int device) : memory_(size), size_(size), device_(device) {}

  [[nodiscard]] std::size_t size() const override { return size_; }
  void copy_to(std::span<float> here) const override {
    check(cudaMemcpy(here.data(), memory_.get(), here.size_bytes(), cudaMemcpyDeviceToHost),
          "copying from the device");
  }
  [[nodiscard]] float* get() const { return memory_.get(); }
  [[nodiscard]] int device() const { return device_; }

 private:
  DeviceMemory<float> memory_;
  std::size_t size_;
  int device_;
};

/// An event in the order of what is launched.
class CudaMoment final : public Moment {
 public:
  CudaMoment() {
    check(cudaEventCreate(&event_), "making an event");
    const cudaError_t recorded = cudaEventRecord(event_, nullptr);
    if (recorded != cudaSuccess) static_cast<void>(cudaEventDestroy(event_));
    check(recorded, "recording an event");
  }
  ~CudaMoment() override { static_cast<void>(cudaEventDestroy(event_)); }
  CudaMoment(const CudaMoment&) = delete;
  CudaMoment& operator=(const CudaMoment&) = delete;

  [[nodiscard]] double since(const Moment& earlier) const override {
    float milliseconds = 0.0f;
    check(cudaEventSynchronize(event_), "waiting for the device");
    check(cudaEventElapsedTime(&milliseconds, dynamic_cast<const CudaMoment&>(earlier).event_,
                               event_),
          "reading the device's time");
    return 1e-3 * double{milliseconds};
  }

 private:
  cudaEvent_t event_ = nullptr;
};

/// Bytes a second of copying `numbers` back and forth, the best of five in either direction.
CopyRates rates_of_copies(std::vector<float>& numbers) {
  constexpr int kTimes = 5;
  using Clock = std::chrono::steady_clock;
  const std::size_t bytes = numbers.size() * sizeof(float);
  const DeviceMemory<float> memory(numbers.size());
  const auto rate = [&](void* to, const void* from, cudaMemcpyKind kind, const char* what) {
    double best = 0.0;
    for (int i = 0; i < kTimes; ++i) {
      const auto begun = Clock::now();
      check(cudaMemcpy(to, from, bytes, kind), what);
      const std::chrono::duration<double> taken = Clock::now() - begun;
      best = std::max(best, static_cast<double>(bytes) / taken.count());
    }
    return best;
  };
  CopyRates rates;
  rates.to_device =
      rate(memory.get(), numbers.data(), cudaMemcpyHostToDevice, "timing copies to the device");
  rates.from_device =
      rate(numbers.data(), memory.get(), cudaMemcpyDeviceToHost, "timing copies from the device");
  return rates;
}

class CudaRunner : public OperatorRunner {
 public:
  explicit CudaRunner(int device)
      : device_(device), processors_(properties_of(device).multiProcessorCount) {
    cuda::use_device(device);
  }

  void run(const Operator& op, std::span<const Input> inputs,
           std::span<const Output> outputs) override {
    require_sizes(op, inputs, outputs);
    std::vector<Value> in;
    for (const Input& input : inputs) in.emplace_back(upload(input));
    std::vector<Value> out(outputs.size());
    std::vector<const Value*> to_read;
    std::vector<Value*> to_write;
    for (const Value& value : in) to_read.push_back(&value);
    for (Value& value : out) to_write.push_back(&value);
    apply(op, to_read, to_write);
    for (std::size_t i = 0; i < outputs.size(); ++i) out[i].on_device()->copy_to(outputs[i]);
  }

  void apply(const Operator& op, InputValues inputs, OutputValues outputs) override {
    const repops::StandardEnvironment environment;  // some constants are worked out here
    const std::vector<std::size_t> sizes = require_values(op, inputs, outputs.size());
    for (const std::uint32_t dim : op.dims) {
      if (dim > kMostOfADimension) {
        throw std::runtime_error(
            fmt::format("{}: a dimension of {} is beyond what this device's "
                        "kernels count to, {}",
                        name_of(op.kind), dim, kMostOfADimension));
      }
    }
    std::vector<const float*> in;
    for (const Value* input : inputs) in.push_back(on_device(*input));
    std::vector<std::shared_ptr<const CudaNumbers>> made;
    std::vector<float*> out;
    for (const std::size_t size : sizes) {
      out.push_back(made.emplace_back(std::make_shared<CudaNumbers>(size, device_))->get());
    }
    Dispatcher(processors_).run(op, in, out);
    for (std::size_t i = 0; i < made.size(); ++i) *outputs[i] = Value(std::move(made[i]));
  }

  std::vector<sim::Hash> digests(InputValues values) override {
    std::size_t leaves = 0;
    for (const Value* value : values) leaves += leaves_of(value->size());
    if (leaves < kFewLeaves) return OperatorRunner::digests(values);
    const std::vector<sim::Hash> hashes = hash_leaves(values, leaves);
    std::vector<const sim::Hash*> first{hashes.data()};  // leaf of each tensor, and behind the last
    for (const Value* value : values) first.push_back(first.back() + leaves_of(value->size()));
    // One thread would take longer for the trees over the leaves than the device does for them.
    std::vector<sim::Hash> digests(values.size());
    const std::size_t threads = std::clamp(std::thread::hardware_concurrency(), 1u, kMostThreads);
    const auto every = [&](std::size_t from) {
      for (std::size_t i = from; i < values.size(); i += threads) {
        digests[i] = tensor_root(values[i]->size(), {first[i], first[i + 1]});
      }
    };
    std::vector<std::future<void>> others;
    for (std::size_t i = 1; i < threads; ++i) {
      others.push_back(std::async(std::launch::async, every, i));
    }
    every(0);
    for (std::future<void>& other : others) other.get();
    return digests;
  }

  CopyRates copy_rates() override {
    std::vector<float> numbers(kManyNumbers, 1.0f);
    return rates_of_copies(numbers);
  }

  std::unique_ptr<Moment> now() override { return std::make_unique<CudaMoment>(); }

 private:
  // What a copy takes beside its bytes does not show any more.
  static constexpr std::size_t kManyNumbers = std::size_t{1} << 24;
  // Kernels count lines in ints and step over the end by less than a block's width.
  static constexpr std::uint32_t kMostOfADimension = 0x7fff0000;
  // A thread takes a whole leaf, at about a hundredth of a processor's speed: fewer are copied and
  // hashed sooner than a device is done with them.
  static constexpr std::size_t kFewLeaves = 128;
  static constexpr unsigned kMostThreads = 8;
  static constexpr std::size_t kLeafWords = kLeafBytes / sizeof(float);

  static std::size_t leaves_of(std::size_t size) { return (size + kLeafWords - 1) / kLeafWords; }

  [[nodiscard]] std::shared_ptr<const CudaNumbers> upload(Input numbers) const {
    auto copy = std::make_shared<CudaNumbers>(numbers.size(), device_);
    check(cudaMemcpy(copy->get(), numbers.data(), numbers.size_bytes(), cudaMemcpyHostToDevice),
          "copying to the device");
    return copy;
  }

  /// Where the value lies on this device, copied there if it does not yet.
  [[nodiscard]] const float* on_device(const Value& value) const {
    const auto* there = dynamic_cast<const CudaNumbers*>(value.on_device().get());
    if (there != nullptr && there->device() == device_) return there->get();
    const std::shared_ptr<const CudaNumbers> copy = upload(value.numbers());
    value.keep_on_device(copy);
    return copy->get();
  }

  /// The digests of the leaves of each value, value after value.
  [[nodiscard]] std::vector<sim::Hash> hash_leaves(InputValues values, std::size_t count) const {
    std::vector<cuda::Leaf> leaves;
    leaves.reserve(count);
    for (const Value* value : values) {
      const auto* words = reinterpret_cast<const unsigned*>(on_device(*value));
      for (std::size_t at = 0; at < value->size(); at += kLeafWords) {
        const std::size_t size = std::min(kLeafWords, value->size() - at);
        leaves.push_back({words + at, static_cast<unsigned>(size)});
      }
    }
    const DeviceMemory<cuda::Leaf> there(count);
    check(
        cudaMemcpy(there.get(), leaves.data(), count * sizeof(cuda::Leaf), cudaMemcpyHostToDevice),
        "copying to the device");
    const DeviceMemory<unsigned> digests(8 * count);
    cuda::hash_leaves(count, there.get(), digests.get());
    std::vector<sim::Hash> hashes(count);
    check(
        cudaMemcpy(hashes.data(), digests.get(), count * sizeof(sim::Hash), cudaMemcpyDeviceToHost),
        "hashing leaves, copying from the device");
    return hashes;
  }

  int device_;
  int processors_;
};

}  // namespace

std::unique_ptr<OperatorRunner> cuda_runner(int device) {
  return std::make_unique<CudaRunner>(device);
}

CudaDevice describe_cuda_device(int device) {
  const cudaDeviceProp properties = properties_of(device);
  return {fmt::format("{}, compute capability {}.{}, {} multiprocessors", properties.name,
                      properties.major, properties.minor, properties.multiProcessorCount),
          properties.totalGlobalMem};
}

int cuda_devices() {
  int devices = 0;
  if (cudaGetDeviceCount(&devices) == cudaSuccess) return devices;
  static_cast<void>(cudaGetLastError());  // forgotten: it is no failure of what comes next
  return 0;
}

}  // namespace assay::backend
