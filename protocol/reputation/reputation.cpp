#include "protocol/reputation/reputation.hpp"

#include <cstdint>

#include "sim/large_vector.hpp"

namespace assay::protocol {
namespace {

/// Scores in parts per billion by identity; identities beyond the end still have the start score.
class Scores final : public Memory {
 public:
  [[nodiscard]] std::unique_ptr<Memory> clone() const override {
    return std::make_unique<Scores>(*this);
  }
  void save(sim::ByteWriter& out) const override { out.put_rows(ppb); }
  void load(sim::ByteReader& in) override {
    ppb = in.get_rows<std::int64_t, sim::LargePages<std::int64_t>>();
  }
  sim::LargeVector<std::int64_t> ppb;
};

}  // namespace

std::unique_ptr<Memory> NoReputation::memory() const { return std::make_unique<NoMemory>(); }

std::unique_ptr<Memory> ExponentialAverage::memory() const { return std::make_unique<Scores>(); }

void ExponentialAverage::learn(Memory& memory, IdentityId provider, LeaseOutcome outcome) const {
  auto& scores = static_cast<Scores&>(memory).ppb;
  if (scores.size() <= index(provider)) scores.resize(index(provider) + 1, params_.start.ppb);
  std::int64_t value = 0;
  switch (outcome) {
    case LeaseOutcome::Accepted:
      value = kWholePpb;
      break;
    case LeaseOutcome::HandedBack:
      value = params_.handed_back.ppb;
      break;
    case LeaseOutcome::Convicted:
      value = 0;
      break;
  }
  std::int64_t& score = scores[index(provider)];
  score += mul_div(value - score, params_.weight.ppb, kWholePpb);
}

Share ExponentialAverage::score(const Memory& memory, IdentityId provider) const {
  const auto& scores = static_cast<const Scores&>(memory).ppb;
  return Share{index(provider) < scores.size() ? scores[index(provider)] : params_.start.ppb};
}

bool ExponentialAverage::trusted(const Memory& memory, IdentityId provider) const {
  return score(memory, provider) >= params_.minimum;
}

void ExponentialAverage::prefetch(const Memory& memory, IdentityId provider) const {
  const auto& scores = static_cast<const Scores&>(memory).ppb;
  if (index(provider) < scores.size()) __builtin_prefetch(&scores[index(provider)]);
}

}  // namespace assay::protocol
