#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "gpu_backend/dispute/party.hpp"
#include "gpu_backend/training/cheat.hpp"

namespace assay::backend {

/// What a worker hands in after a segment, and is held to.
struct SegmentClaim {
  Hash root{};                    ///< over `checkpoints`
  std::vector<Hash> checkpoints;  ///< roots of the states after each interval
  std::vector<float> losses;      ///< of each step
};

/// The root of a segment's tree.
[[nodiscard]] Hash checkpoints_root(const Segment& segment, std::vector<Hash> checkpoints);

/// Trains the segment as `conduct` has it and says what comes out; `end`, if given, receives the
/// state after it.
[[nodiscard]] SegmentClaim train_segment(Conduct& conduct, State* end = nullptr);

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

/// A worker that stands by what its conduct computed. It keeps the first state of the segment and
/// of what is disputed, and repeats the training where a question needs more: the segment once to
/// commit to the steps of an interval, that interval once to explain a step, the step once more to
/// hand over tensors.
class TrainingParty final : public Party {
 public:
  /// `conduct` must outlive it. Without a `claim` from an earlier training it trains to make one.
  explicit TrainingParty(Conduct& conduct, std::optional<SegmentClaim> claim = std::nullopt);
  ~TrainingParty() override;

  [[nodiscard]] const SegmentClaim& claim();
  /// Silent on what lies outside of the segment or the graph.
  [[nodiscard]] std::optional<Reply> answer(const Request& request) override;

 private:
  struct Memory;
  Conduct* conduct_;
  std::unique_ptr<Memory> memory_;
};

}  // namespace assay::backend
