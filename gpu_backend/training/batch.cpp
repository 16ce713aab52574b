#include "gpu_backend/training/batch.hpp"

#include "gpu_backend/training/corpus.hpp"
#include "gpu_backend/training/purpose.hpp"
#include "gpu_backend/training/resnet.hpp"
#include "sim/draws.hpp"

namespace assay::backend {
namespace {

/// `count` tokens in a row.
std::vector<std::uint32_t> sequence(const Workload& workload, std::size_t count,
                                    sim::Draws& draws) {
  std::vector<std::uint32_t> tokens(count);
  if (workload.data == DataSource::Corpus) {
    const std::string_view text = corpus();
    const std::size_t first = static_cast<std::size_t>(draws.below(text.size() - count + 1));
    for (std::size_t i = 0; i < count; ++i) {
      tokens[i] = static_cast<unsigned char>(text[first + i]);
    }
    return tokens;
  }
  auto token = draws.below(workload.vocabulary);
  for (std::uint32_t& next : tokens) {
    next = static_cast<std::uint32_t>(token);
    token = (5 * token + 17 * (1 + draws.below(4))) % workload.vocabulary;
  }
  return tokens;
}

/// The picture of its class and as much noise, all between -1 and 1.
void add_picture(const Workload& workload, std::uint64_t seed, sim::Draws& draws, Batch& batch) {
  const std::uint64_t label = draws.below(workload.vocabulary);
  sim::Draws picture(seed, static_cast<std::uint32_t>(Purpose::ClassPicture), label);
  const std::size_t numbers = std::size_t{workload.context} * workload.context * kColours;
  for (std::size_t i = 0; i < numbers; ++i) {
    batch.ids.push_back(static_cast<float>(picture.uniform() + draws.uniform() - 1.0));
  }
  batch.labels.push_back(static_cast<float>(label));
}

}  // namespace

Batch draw_batch(const Workload& workload, std::uint64_t seed, std::uint64_t step,
                 std::uint32_t micro_batch) {
  Batch batch;
  for (std::uint64_t row = 0; row < workload.batch; ++row) {
    sim::Draws draws(seed, static_cast<std::uint32_t>(Purpose::Batch),
                     sim::mix(step, micro_batch, row));
    if (workload.family == Family::ResNet) {
      add_picture(workload, seed, draws, batch);
      continue;
    }
    const auto tokens = sequence(workload, std::size_t{workload.context} + 1, draws);
    batch.ids.insert(batch.ids.end(), tokens.begin(), tokens.end() - 1);
    // An MLP predicts what follows the whole context, a transformer what follows each token.
    const auto predicted = workload.family == Family::Mlp ? tokens.end() - 1 : tokens.begin() + 1;
    batch.labels.insert(batch.labels.end(), predicted, tokens.end());
  }
  return batch;
}

}  // namespace assay::backend
