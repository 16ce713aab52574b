#include "gpu_backend/repops/operator.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <stdexcept>

#include "gpu_backend/commitment/digests.hpp"

namespace assay::backend {
namespace {

using Sizes = std::vector<std::size_t>;

/// What a kind is called, how many dims and constants it has, and the sizes that follow from them.
struct Description {
  std::string_view name;
  std::size_t dims = 0;
  std::size_t constants = 0;
  Sizes inputs;
  Sizes outputs;
  double flops = 0.0;
};

/// A product of dimensions that can be a tensor's size.
template <class... Dims>
std::size_t elements(Dims... dims) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 31;
  std::uint64_t product = 1;
  for (const std::uint64_t dim : {std::uint64_t{dims}...}) {
    product *= dim;  // both factors are below 2^32
    if (dim == 0 || product > kMost) {
      throw std::invalid_argument("a tensor has 1 to 2^31 elements");
    }
  }
  return product;
}

void require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(what);
}

Description embedding(const Operator& op) {
  const auto [rows, channels, vocabulary, context, unused, last] = op.dims;
  require(vocabulary <= (1u << 24), "ids are exact below 2^24 only");
  const std::size_t y = elements(rows, channels);
  const Sizes tables{elements(vocabulary, channels), elements(context, channels)};
  if (op.kind == OperatorKind::Embedding) {
    return {"embedding", 4, 0, {rows, tables[0], tables[1]}, {y}, 1.0 * rows * channels};
  }
  return {"embedding-backward", 4, 0, {rows, y}, tables, 2.0 * rows * channels};
}

Description layer_norm(const Operator& op) {
  const std::uint32_t rows = op.dims[0];
  const std::uint32_t channels = op.dims[1];
  const std::size_t x = elements(rows, channels);
  if (op.kind == OperatorKind::LayerNorm) {
    return {"layer-norm", 2, 1, {x, channels, channels}, {x, rows, rows}, 8.0 * rows * channels};
  }
  return {"layer-norm-backward", 2, 0, {x, x, channels, rows, rows}, {x, channels, channels},
          14.0 * rows * channels};
}

Description attention(const Operator& op) {
  const auto [batch, context, channels, heads, unused, last] = op.dims;
  require(heads != 0 && channels % heads == 0, "the heads must divide the channels");
  const std::size_t pairs = elements(batch, heads, context, context);
  const std::size_t y = elements(batch, context, channels);
  const std::size_t qkv = elements(batch, context, channels, 3u);
  const double product = 2.0 * static_cast<double>(y) * context;
  switch (op.kind) {
    case OperatorKind::AttentionScores:
      return {"attention-scores", 4, 1, {qkv}, {pairs}, product};
    case OperatorKind::AttentionScoresBackward:
      return {"attention-scores-backward", 4, 1, {pairs, qkv, y}, {qkv}, 2 * product};
    case OperatorKind::AttentionMix:
      return {"attention-mix", 4, 0, {pairs, qkv}, {y}, product};
    default:
      return {"attention-mix-backward", 4, 0, {y, pairs, qkv}, {pairs, y}, 2 * product};
  }
}

Description softmax(const Operator& op) {
  const auto [rows, columns, period, unused, fifth, last] = op.dims;
  require(period <= columns, "the period must not exceed the row");
  const std::size_t x = elements(rows, columns);
  if (op.kind == OperatorKind::Softmax) return {"softmax", 3, 0, {x}, {x}, 4.0 * rows * columns};
  return {"softmax-backward", 3, 0, {x, x}, {x}, 4.0 * rows * columns};
}

Description patches(const Operator& op) {
  const auto [batch, side, channels, kernel, distance, last] = op.dims;
  require(kernel % 2 == 1, "a patch has an odd side");
  require(distance != 0 && side != 0, "a distance of patches and a side of pictures are not 0");
  const std::uint32_t places = (side - 1) / distance + 1;
  const std::size_t x = elements(batch, side, side, channels);
  const std::size_t y = elements(kernel, kernel, channels, batch, places, places);
  const auto moved = static_cast<double>(y);
  if (op.kind == OperatorKind::Patches) return {"patches", 5, 0, {x}, {y}, moved};
  return {"patches-backward", 5, 0, {y}, {x}, moved};
}

Description cross_entropy(const Operator& op) {
  const std::uint32_t rows = op.dims[0];
  const std::uint32_t vocabulary = op.dims[1];
  require(vocabulary <= (1u << 24), "labels are exact below 2^24 only");
  const std::size_t x = elements(rows, vocabulary);
  if (op.kind == OperatorKind::CrossEntropy) {
    return {"cross-entropy", 2, 0, {x, rows}, {rows, x}, 4.0 * rows * vocabulary};
  }
  return {"cross-entropy-backward", 2, 0, {x, rows}, {x}, 2.0 * rows * vocabulary};
}

Description description_of(const Operator& op) {
  const auto [a, b, c, d, e, f] = op.dims;
  switch (op.kind) {
    case OperatorKind::Embedding:
    case OperatorKind::EmbeddingBackward:
      return embedding(op);
    case OperatorKind::Linear:
      return {"linear",
              3,
              0,
              {elements(a, b), elements(b, c), c},
              {elements(a, c)},
              2.0 * a * b * c + 1.0 * a * c};
    case OperatorKind::MatmulNT:
      return {"matmul-nt",    3, 0, {elements(a, c), elements(b, c)}, {elements(a, b)},
              2.0 * a * b * c};
    case OperatorKind::MatmulTN:
      return {"matmul-tn",    3, 0, {elements(c, a), elements(c, b)}, {elements(a, b)},
              2.0 * a * b * c};
    case OperatorKind::ColumnSum:
      return {"column-sum", 2, 0, {elements(a, b)}, {b}, 1.0 * a * b};
    case OperatorKind::LayerNorm:
    case OperatorKind::LayerNormBackward:
      return layer_norm(op);
    case OperatorKind::AttentionScores:
    case OperatorKind::AttentionScoresBackward:
    case OperatorKind::AttentionMix:
    case OperatorKind::AttentionMixBackward:
      return attention(op);
    case OperatorKind::Softmax:
    case OperatorKind::SoftmaxBackward:
      return softmax(op);
    case OperatorKind::Gelu:
      return {"gelu", 1, 0, {elements(a)}, {a}, 9.0 * a};
    case OperatorKind::GeluBackward:
      return {"gelu-backward", 1, 0, {elements(a), a}, {a}, 16.0 * a};
    case OperatorKind::Add:
      return {"add", 1, 0, {elements(a), a}, {a}, 1.0 * a};
    case OperatorKind::Scale:
      return {"scale", 1, 1, {elements(a)}, {a}, 1.0 * a};
    case OperatorKind::CrossEntropy:
    case OperatorKind::CrossEntropyBackward:
      return cross_entropy(op);
    case OperatorKind::Mean:
      return {"mean", 1, 0, {elements(a)}, {1}, 1.0 * a};
    case OperatorKind::Sgd:
      return {"sgd", 1, 3, {elements(a), a, a}, {a, a}, 6.0 * a};
    case OperatorKind::AdamW:
      return {"adamw", 1, 5, {elements(a), a, a, a, 2}, {a, a, a}, 15.0 * a};
    case OperatorKind::Patches:
    case OperatorKind::PatchesBackward:
      return patches(op);
  }
  throw std::invalid_argument(
      fmt::format("there is no operator {}", static_cast<std::uint32_t>(op.kind)));
}

Description checked(const Operator& op) {
  Description description = description_of(op);
  for (std::size_t i = description.dims; i < op.dims.size(); ++i) {
    require(op.dims[i] == 0, "an unused dimension must be 0");
  }
  for (std::size_t i = 0; i < op.constants.size(); ++i) {
    require(std::isfinite(op.constants[i]), "a constant must be finite");
    // Compared as bits would be: -0 would be another hash of the same operator.
    require(
        i < description.constants || (op.constants[i] == 0.0f && !std::signbit(op.constants[i])),
        "an unused constant must be 0");
  }
  return description;
}

void require_number(const Operator& op, const char* what, std::size_t expected, std::size_t given) {
  if (given == expected) return;
  throw std::invalid_argument(
      fmt::format("{}: got {} {}s, expected {}", name_of(op.kind), given, what, expected));
}

void require_each(const Operator& op, const char* what, const Sizes& sizes, const Sizes& given) {
  require_number(op, what, sizes.size(), given.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (given[i] == sizes[i]) continue;
    throw std::invalid_argument(fmt::format("{}: {} {} has {} elements, expected {}",
                                            name_of(op.kind), what, i, given[i], sizes[i]));
  }
}

template <class Spans>
Sizes sizes_of(const Spans& spans) {
  Sizes sizes;
  for (const auto& span : spans) sizes.push_back(span.size());
  return sizes;
}

/// For work that is done when its call returns.
class ClockMoment final : public Moment {
 public:
  [[nodiscard]] double since(const Moment& earlier) const override {
    const Clock::time_point begun = dynamic_cast<const ClockMoment&>(earlier).time_;
    return std::chrono::duration<double>(time_ - begun).count();
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point time_ = Clock::now();
};

}  // namespace

std::vector<std::size_t> input_sizes(const Operator& op) { return checked(op).inputs; }
std::vector<std::size_t> output_sizes(const Operator& op) { return checked(op).outputs; }
double flops(const Operator& op) { return checked(op).flops; }

std::string_view name_of(OperatorKind kind) {
  if (kind < OperatorKind::Embedding || kind > OperatorKind::PatchesBackward) return "unknown";
  Operator op{kind, {1, 1, 1, 1, 1, 0}, {}};  // every kind takes these dimensions
  return description_of(op).name;
}

bool is_product(OperatorKind kind) {
  switch (kind) {
    case OperatorKind::Linear:
    case OperatorKind::MatmulNT:
    case OperatorKind::MatmulTN:
    case OperatorKind::AttentionScores:
    case OperatorKind::AttentionScoresBackward:
    case OperatorKind::AttentionMix:
    case OperatorKind::AttentionMixBackward:
      return true;
    default:
      return false;
  }
}

void require_sizes(const Operator& op, std::span<const Input> inputs,
                   std::span<const Output> outputs) {
  const Description description = checked(op);
  require_each(op, "input", description.inputs, sizes_of(inputs));
  require_each(op, "output", description.outputs, sizes_of(outputs));
}

std::vector<std::size_t> require_values(const Operator& op, InputValues inputs,
                                        std::size_t outputs) {
  Description description = checked(op);
  Sizes given;
  for (const Value* input : inputs) given.push_back(input->size());
  require_each(op, "input", description.inputs, given);
  require_number(op, "output", description.outputs.size(), outputs);
  return std::move(description.outputs);
}

void OperatorRunner::apply(const Operator& op, InputValues inputs, OutputValues outputs) {
  const Sizes sizes = require_values(op, inputs, outputs.size());
  std::vector<Input> in;
  std::vector<Output> out;
  for (const Value* input : inputs) in.emplace_back(input->numbers());
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    *outputs[i] = Tensor(sizes[i]);
    out.push_back(outputs[i]->edit());
  }
  run(op, in, out);
}

std::vector<sim::Hash> OperatorRunner::digests(InputValues values) {
  std::vector<sim::Hash> digests;
  digests.reserve(values.size());
  for (const Value* value : values) digests.push_back(tensor_digest(value->numbers()));
  return digests;
}

std::unique_ptr<Moment> OperatorRunner::now() { return std::make_unique<ClockMoment>(); }

}  // namespace assay::backend
