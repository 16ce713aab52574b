#include "gpu_backend/dispute/training_party.hpp"

#include <utility>

#include "gpu_backend/dispute/trace.hpp"

namespace assay::backend {

Hash checkpoints_root(const Segment& segment, std::vector<Hash> checkpoints) {
  return MerkleTree(Domain::CheckpointsRoot, segment.first_step, std::move(checkpoints)).root();
}

SegmentClaim train_segment(Conduct& conduct, std::vector<State>* states) {
  const Segment& segment = conduct.segment();
  SegmentClaim claim;
  State state = conduct.start();
  while (state.step < segment.end()) {
    StepResult result = conduct.advance(std::move(state));
    state = std::move(result.state);
    claim.losses.push_back(result.loss);
    if ((state.step - segment.first_step) % segment.interval == 0) {
      claim.checkpoints.push_back(root_of(state, conduct.trainer().runner()));
      if (states != nullptr) states->push_back(state);
    }
  }
  claim.root = checkpoints_root(segment, claim.checkpoints);
  return claim;
}

/// What a party has at hand while it is questioned. Asked beyond the segment it has nothing.
class TrainingParty::Memory {
 public:
  Memory(Conduct& conduct, SegmentClaim claim)
      : conduct_(conduct),
        segment_(conduct.segment()),
        claim_(std::move(claim)),
        checkpoints_(Domain::CheckpointsRoot, segment_.first_step, claim_.checkpoints) {}

  [[nodiscard]] const SegmentClaim& claim() const { return claim_; }

  std::optional<Reply> operator()(const CommitSteps& asked) {
    const MerkleTree* tree = steps_of(asked.checkpoint);
    if (tree == nullptr) return std::nullopt;
    return StepsCommitment{tree->root(), tree->path(tree->leaves() - 1)};
  }

  std::optional<Reply> operator()(const CommitTrace& asked) {
    const StepTrace* trace = trace_of(asked.step);
    if (trace == nullptr) return std::nullopt;
    TraceCommitment reply;
    reply.root = trace->tree().root();
    reply.state = state_digests_;
    reply.assembly = trace->prove(trace->records().size() - 1);
    const std::uint64_t done = asked.step - segment_.first_step;
    if (done == 0) return reply;
    if (done % segment_.interval == 0) {
      reply.state_path = checkpoints_.path(done / segment_.interval - 1);
    } else {
      reply.state_path = steps_of(done / segment_.interval)->path(done % segment_.interval - 1);
    }
    return reply;
  }

  std::optional<Reply> operator()(const Descend& asked) {
    const MerkleTree* tree = tree_of(asked);
    if (tree == nullptr || asked.level > tree_depth(tree->leaves()) || asked.down > asked.level ||
        asked.index > (tree->leaves() - 1) >> asked.level) {
      return std::nullopt;
    }
    return Nodes{tree->below(asked.level, asked.index, asked.down)};
  }

  std::optional<Reply> operator()(const OpenOperator& asked) {
    const StepTrace* trace = trace_of(asked.step);
    if (trace == nullptr || asked.op >= trace->records().size()) return std::nullopt;
    return trace->open(conduct_.trainer().graph(), asked.op);
  }

  std::optional<Reply> operator()(const OpenInputs& asked) {
    if (!holds(asked.step) || asked.op >= conduct_.trainer().graph().operators.size()) {
      return std::nullopt;
    }
    InputTensors reply;
    const auto keep = [&](std::size_t op, InputValues inputs, OutputValues /*outputs*/) {
      if (op != asked.op) return;
      for (const Value* input : inputs) reply.tensors.push_back(input->numbers());
    };
    (void)conduct_.explain(reach(asked.step), keep);
    return reply;
  }

 private:
  [[nodiscard]] bool holds(std::uint64_t step) const {
    return step >= segment_.first_step && step < segment_.end();
  }

  /// The state before `step`, from the nearest one at hand; it stays at hand.
  const State& reach(std::uint64_t step) {
    if (step == segment_.first_step) return conduct_.start();
    State state = reached_ && reached_->step <= step ? std::move(*reached_) : conduct_.start();
    while (state.step < step) state = conduct_.advance(std::move(state)).state;
    return reached_.emplace(std::move(state));
  }

  const MerkleTree* tree_of(const Descend& asked) {
    switch (asked.tree) {
      case TreeKind::Checkpoints:
        return asked.at == 0 ? &checkpoints_ : nullptr;
      case TreeKind::Steps:
        return steps_of(asked.at);
      case TreeKind::Trace: {
        const StepTrace* trace = trace_of(asked.at);
        return trace == nullptr ? nullptr : &trace->tree();
      }
    }
    return nullptr;
  }

  /// States after each step of an interval. Null where there is none.
  const MerkleTree* steps_of(std::uint64_t checkpoint) {
    if (checkpoint >= segment_.checkpoints()) return nullptr;
    if (steps_ && steps_checkpoint_ == checkpoint) return &*steps_;
    const std::uint64_t first = segment_.first_step + checkpoint * segment_.interval;
    std::vector<Hash> roots;
    for (State state = reach(first); state.step < first + segment_.interval;) {
      state = conduct_.advance(std::move(state)).state;
      roots.push_back(root_of(state, conduct_.trainer().runner()));
    }
    steps_checkpoint_ = checkpoint;
    return &steps_.emplace(Domain::StepsRoot, checkpoint, std::move(roots));
  }

  const StepTrace* trace_of(std::uint64_t step) {
    if (!holds(step)) return nullptr;
    if (trace_ && trace_step_ == step) return &*trace_;
    const State& before = reach(step);
    state_digests_ = digests_of(before, conduct_.trainer().runner());
    trace_step_ = step;
    return &trace_.emplace(trace_step(conduct_, before));
  }

  Conduct& conduct_;
  Segment segment_;
  SegmentClaim claim_;
  MerkleTree checkpoints_;
  std::optional<State> reached_;
  std::optional<MerkleTree> steps_;
  std::uint64_t steps_checkpoint_ = 0;
  std::optional<StepTrace> trace_;
  std::uint64_t trace_step_ = 0;
  std::vector<Hash> state_digests_;  // before trace_step_
};

TrainingParty::TrainingParty(Conduct& conduct, std::optional<SegmentClaim> claim)
    : memory_(
          std::make_unique<Memory>(conduct, claim ? *std::move(claim) : train_segment(conduct))) {}

TrainingParty::~TrainingParty() = default;

const SegmentClaim& TrainingParty::claim() const { return memory_->claim(); }

std::optional<Reply> TrainingParty::answer(const Request& request) {
  return std::visit(*memory_, request);
}

}  // namespace assay::backend
