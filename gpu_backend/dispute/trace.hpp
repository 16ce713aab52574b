#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "gpu_backend/dispute/messages.hpp"
#include "gpu_backend/training/cheat.hpp"

namespace assay::backend {

/// Everything that a party commits to about the operators of one step.
class StepTrace {
 public:
  /// `records` of all operators and then of the assembly.
  StepTrace(std::uint64_t step, std::vector<OperatorRecord> records);

  [[nodiscard]] const MerkleTree& tree() const { return tree_; }
  [[nodiscard]] const std::vector<OperatorRecord>& records() const { return records_; }
  [[nodiscard]] ProvenRecord prove(std::size_t op) const;
  [[nodiscard]] OperatorOpening open(const StepGraph& graph, std::size_t op) const;

 private:
  std::vector<OperatorRecord> records_;
  MerkleTree tree_;
};

/// Explains the step at which `before` stands, as `conduct` has it.
[[nodiscard]] StepTrace trace_step(Conduct& conduct, State before);

/// The digests of a state's tensors, which `runner` hashes where they lie.
[[nodiscard]] std::vector<Hash> digests_of(const State& state, OperatorRunner& runner);
/// The root of a state, from these; or by the processor.
[[nodiscard]] Hash root_of(const State& state, OperatorRunner& runner);
[[nodiscard]] Hash root_of(const State& state);

}  // namespace assay::backend
