#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What is trained: a model, its optimizer and where its data come from. Plain values, so that equal
// workloads are equal everywhere.
namespace assay::backend {

enum class Family : std::uint8_t {
  Mlp,    ///< embeddings of `context` tokens, side by side, through hidden layers: the next token
          ///< (Bengio et al., "A neural probabilistic language model", JMLR 2003)
  Gpt,    ///< a GPT-2-like transformer with tied embeddings: the next token at each position
  ResNet  ///< a residual network: the class of a picture
};
enum class OptimizerKind : std::uint8_t { Sgd, AdamW };
enum class DataSource : std::uint8_t {
  Corpus,   ///< windows of the text in `corpus.hpp`, a token a byte
  Random,   ///< a seeded walk over the vocabulary in which each token has four likely successors
  Pictures  ///< each class's seeded picture, under noise
};

/// The constants of an update. SGD uses `rate`, `momentum` and `decay`, AdamW all but `momentum`.
struct OptimizerConstants {
  float rate = 1e-3f;
  float momentum = 0.9f;
  float beta1 = 0.9f;
  float beta2 = 0.99f;
  float epsilon = 1e-8f;
  float decay = 0.0f;

  bool operator==(const OptimizerConstants&) const = default;
};

struct Workload {
  std::string name;
  Family family = Family::Gpt;
  std::uint32_t layers = 1;     ///< hidden layers, transformer blocks, or blocks of a stage
  std::uint32_t channels = 16;  ///< of an embedding, hidden layers have four times as many; or of
                                ///< a residual network's first stage
  std::uint32_t heads = 1;      ///< of attention, divides `channels`; 1 without it
  std::uint32_t context = 16;   ///< tokens that a prediction can see; or the side of a picture,
                                ///< which 4 divides
  std::uint32_t vocabulary = 128;   ///< different tokens, or classes
  std::uint32_t batch = 1;          ///< sequences or pictures in a micro-batch
  std::uint32_t micro_batches = 1;  ///< whose gradients a step averages
  OptimizerKind optimizer = OptimizerKind::AdamW;
  OptimizerConstants constants;
  DataSource data = DataSource::Corpus;

  bool operator==(const Workload&) const = default;
};

/// Why no such workload can be: an empty text if it can. Sizes above zero, heads that divide the
/// channels, a vocabulary that holds the corpus, whole numbers that fp32 holds exactly.
[[nodiscard]] std::string complaint(const Workload& workload);

/// The workload of this name. Throws std::invalid_argument with the nearest name.
[[nodiscard]] Workload workload(std::string_view name);

/// The names that `workload` takes, from small to large; each also with "-sgd" at its end, which
/// stands for SGD with momentum instead of AdamW.
[[nodiscard]] std::vector<std::string> workload_names();

/// Trained numbers.
[[nodiscard]] std::size_t parameter_count(const Workload& workload);

}  // namespace assay::backend
