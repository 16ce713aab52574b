#include "protocol/execution/execution.hpp"

namespace assay::protocol {

Divergence TrainingExecutor::divergence(Chance chance, const SegmentTruth& truth,
                                        std::uint64_t steps, std::uint64_t operators) const {
  sim::Draws draws = chance.open(Purpose::Move, truth.lease_key);
  const std::uint64_t step = draws.below(steps);
  return {step, draws.below(operators)};
}

}  // namespace assay::protocol
