#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "gpu_backend/dispute/party.hpp"
#include "gpu_backend/training/cheat.hpp"

namespace assay::backend {

/// What a worker hands in after a segment, and is held to.
struct SegmentClaim {
  Hash root{};                    ///< over `checkpoints`
  std::vector<Hash> checkpoints;  ///< roots of the states after each interval
  std::vector<float> losses;      ///< of each step
};

/// The root over a segment's checkpoints.
[[nodiscard]] Hash checkpoints_root(const Segment& segment, std::vector<Hash> checkpoints);

/// Trains the segment as `conduct` has it and says what comes out; `states`, if given, receives the
/// states that it commits to.
[[nodiscard]] SegmentClaim train_segment(Conduct& conduct, std::vector<State>* states = nullptr);

/// A worker that stands by what its conduct computed. It keeps no history but the first state of
/// the segment and one more, and repeats the training where a question needs it: up to the disputed
/// interval to commit to its steps, within it to explain one, and that step again to hand over
/// tensors.
class TrainingParty final : public Party {
 public:
  /// `conduct` must outlive it. Without a `claim` from an earlier training it trains to make one.
  explicit TrainingParty(Conduct& conduct, std::optional<SegmentClaim> claim = std::nullopt);
  ~TrainingParty() override;

  [[nodiscard]] const SegmentClaim& claim() const;
  /// Silent on what lies outside of the segment or the graph.
  [[nodiscard]] std::optional<Reply> answer(const Request& request) override;

 private:
  class Memory;
  std::unique_ptr<Memory> memory_;
};

}  // namespace assay::backend
