#include "gpu_backend/training/workload.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

#include "gpu_backend/training/corpus.hpp"
#include "gpu_backend/training/state.hpp"
#include "protocol/scenario/nearest.hpp"

namespace assay::backend {
namespace {

constexpr std::string_view kSgd = "-sgd";
constexpr std::uint32_t kBytes = 128;         // ASCII
constexpr std::uint32_t kClasses = 10;        // as many as CIFAR-10 has
constexpr std::uint32_t kGpt2Tokens = 50257;  // Radford et al., "Language models are unsupervised
                                              // multitask learners", 2019; so is gpt-124m's shape

struct Shape {
  const char* name;
  Family family;
  std::uint32_t layers, channels, heads, context, vocabulary, batch, micro_batches;
};
/// The number of parameters follows from the sizes; a test counts them.
constexpr std::array kShapes{
    Shape{"mlp-tiny", Family::Mlp, 1, 8, 1, 4, kBytes, 16, 2},
    Shape{"gpt-tiny", Family::Gpt, 1, 16, 2, 16, kBytes, 2, 2},
    Shape{"resnet-tiny", Family::ResNet, 1, 4, 1, 8, kClasses, 2, 2},
    Shape{"mlp-1m", Family::Mlp, 2, 112, 1, 16, kBytes, 32, 2},
    // ResNet-20 for CIFAR (He et al. 2016), but for its head.
    Shape{"resnet-300k", Family::ResNet, 3, 16, 1, 32, kClasses, 16, 2},
    Shape{"gpt-1m", Family::Gpt, 5, 128, 4, 64, kBytes, 4, 2},
    Shape{"gpt-7m", Family::Gpt, 9, 256, 8, 128, kBytes, 4, 2},
    Shape{"mlp-16m", Family::Mlp, 3, 320, 1, 32, kBytes, 32, 2},
    Shape{"gpt-30m", Family::Gpt, 6, 384, 6, 256, kGpt2Tokens, 1, 2},
    Shape{"gpt-124m", Family::Gpt, 12, 768, 12, 1024, kGpt2Tokens, 1, 1},
};

}  // namespace

std::string complaint(const Workload& w) {
  constexpr std::uint32_t kExact = 1u << 24;  // whole numbers up to here are fp32 numbers
  const std::array sizes{w.layers, w.channels, w.heads, w.context, w.batch, w.micro_batches};
  for (const std::uint32_t size : sizes) {
    if (size == 0 || size > 65'536) {
      return fmt::format("workload {}: a size is {}, expected 1 to 65536", w.name, size);
    }
  }
  if (w.vocabulary < 8 || w.vocabulary > kExact) {
    return fmt::format("workload {}: got a vocabulary of {}, expected 8 to {}", w.name,
                       w.vocabulary, kExact);
  }
  if (w.channels % w.heads != 0) {
    return fmt::format("workload {}: {} heads do not divide {} channels", w.name, w.heads,
                       w.channels);
  }
  if (w.family != Family::Gpt && w.heads != 1) {
    return fmt::format("workload {}: it has no attention, got {} heads, expected 1", w.name,
                       w.heads);
  }
  if ((w.family == Family::ResNet) != (w.data == DataSource::Pictures)) {
    return fmt::format("workload {}: pictures are for residual networks, and nothing else is",
                       w.name);
  }
  if (w.family == Family::ResNet && w.context % 4 != 0) {
    return fmt::format("workload {}: pictures have a side of {}, expected a multiple of 4", w.name,
                       w.context);
  }
  if (w.data == DataSource::Corpus && w.vocabulary < kBytes) {
    return fmt::format(
        "workload {}: the corpus is ASCII, got a vocabulary of {}, expected {} or more", w.name,
        w.vocabulary, kBytes);
  }
  if (w.data == DataSource::Corpus && w.context + 1 > corpus().size()) {
    return fmt::format("workload {}: got a context of {}, the corpus has {} bytes", w.name,
                       w.context, corpus().size());
  }
  return {};
}

std::vector<std::string> workload_names() {
  std::vector<std::string> names;
  for (const Shape& shape : kShapes) {
    names.emplace_back(shape.name);
    names.push_back(shape.name + std::string(kSgd));
  }
  return names;
}

Workload workload(std::string_view name) {
  const bool sgd = name.ends_with(kSgd);
  const std::string_view base = sgd ? name.substr(0, name.size() - kSgd.size()) : name;
  for (const Shape& shape : kShapes) {
    if (shape.name != base) continue;
    Workload found;
    found.name = name;
    found.family = shape.family;
    found.layers = shape.layers;
    found.channels = shape.channels;
    found.heads = shape.heads;
    found.context = shape.context;
    found.vocabulary = shape.vocabulary;
    found.batch = shape.batch;
    found.micro_batches = shape.micro_batches;
    found.data = shape.family == Family::ResNet ? DataSource::Pictures
                 : shape.vocabulary == kBytes   ? DataSource::Corpus
                                                : DataSource::Random;
    // Narrow models take larger steps; a residual network is as wide as its head, which sees all.
    const bool pictures = found.family == Family::ResNet;
    if (sgd) {
      found.optimizer = OptimizerKind::Sgd;
      found.constants.rate = pictures ? 0.01f : 0.1f;
    } else {
      found.constants.rate = found.channels < 64 && !pictures ? 1e-2f : 1e-3f;
      found.constants.decay = 0.1f;
    }
    return found;
  }
  const std::vector<std::string> names = workload_names();
  throw std::invalid_argument(fmt::format("there is no workload '{}'{}; expected {}", name,
                                          protocol::did_you_mean(name, names),
                                          protocol::either(names)));
}

std::size_t parameter_count(const Workload& workload) {
  std::size_t count = 0;
  for (const Parameter& parameter : parameters(workload)) count += parameter.size();
  return count;
}

}  // namespace assay::backend
