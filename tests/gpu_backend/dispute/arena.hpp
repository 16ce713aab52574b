#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "gpu_backend/commitment/digests.hpp"
#include "gpu_backend/dispute/referee.hpp"
#include "gpu_backend/dispute/trace.hpp"
#include "gpu_backend/dispute/training_party.hpp"
#include "sim/draws.hpp"

// A small market of two: a case, an honest worker, and all kinds of liars.
namespace assay::backend {

/// Counts what is run, to hold the referee to one operator.
class CountingRunner final : public OperatorRunner {
 public:
  void run(const Operator& op, std::span<const Input> inputs,
           std::span<const Output> outputs) override {
    ++runs;
    inner_->run(op, inputs, outputs);
  }
  std::uint32_t runs = 0;

 private:
  std::unique_ptr<OperatorRunner> inner_ = reference_runner();
};

/// Models of some dozens of numbers: a game takes a millisecond or two.
inline Workload little(Family family, OptimizerKind optimizer) {
  Workload w;
  w.name = "little";
  w.family = family;
  w.layers = family == Family::Mlp ? 2 : 1;
  w.channels = 4;
  w.heads = family == Family::Gpt ? 2 : 1;
  w.context = 3;
  w.vocabulary = 9;
  w.batch = 2;
  w.micro_batches = 2;
  w.optimizer = optimizer;
  w.constants.rate = 0.01f;
  w.constants.decay = 0.1f;
  w.data = DataSource::Random;
  return w;
}

/// A worker in one piece.
struct Worker {
  Worker(const Workload& workload, std::uint64_t seed, Segment segment, const Cheat& cheat,
         State start)
      : trainer(workload, seed, *runner),
        conduct(trainer, segment, cheat, std::move(start)),
        party(conduct) {}

  [[nodiscard]] Claimant claimant() { return {party.claim().root, &party}; }

  std::unique_ptr<OperatorRunner> runner = reference_runner();
  Trainer trainer;
  Conduct conduct;
  TrainingParty party;
};

/// A segment of a training and the honest worker's side of it.
struct Arena {
  Arena(const Workload& w, Segment s, std::uint64_t data_seed = 11)
      : workload(w),
        segment(s),
        seed(data_seed),
        start(reach(w, data_seed, s.first_step)),
        honest(w, data_seed, s, {}, start) {}

  static State reach(const Workload& w, std::uint64_t seed, std::uint64_t step) {
    const auto runner = reference_runner();
    Trainer trainer(w, seed, *runner);
    State state = initial_state(w, seed);
    while (state.step < step) state = trainer.step(std::move(state)).state;
    return state;
  }

  [[nodiscard]] DisputeCase dispute() const { return {workload, seed, segment, root_of(start)}; }
  [[nodiscard]] std::unique_ptr<Worker> worker(const Cheat& cheat) const {
    return std::make_unique<Worker>(workload, seed, segment, cheat, start);
  }
  [[nodiscard]] std::size_t operators() const { return honest.trainer.graph().operators.size(); }

  Workload workload;
  Segment segment;
  std::uint64_t seed;
  State start;
  Worker honest;
};

/// Passes on what another party answers, changed.
class Altered final : public Party {
 public:
  using Change = std::function<void(const Request&, std::optional<Reply>&)>;
  Altered(Party& inner, Change change) : inner_(inner), change_(std::move(change)) {}
  std::optional<Reply> answer(const Request& request) override {
    std::optional<Reply> reply = inner_.answer(request);
    change_(request, reply);
    return reply;
  }

 private:
  Party& inner_;
  Change change_;
};

/// Every hash of a message, and the first number of every tensor.
class Places {
 public:
  std::vector<Hash*> hashes;
  std::vector<float*> numbers;

  void operator()(StepsCommitment& m) {
    add(m.root);
    add(m.last);
  }
  void operator()(TraceCommitment& m) {
    add(m.root);
    add(m.state);
    add(m.state_path);
    add(m.assembly);
  }
  void operator()(Nodes& m) { add(m.nodes); }
  void operator()(OperatorOpening& m) {
    add(m.record);
    for (ProvenRecord& source : m.sources) add(source);
  }
  void operator()(InputTensors& m) {
    for (Tensor& tensor : m.tensors) numbers.push_back(&tensor.front());
  }

 private:
  void add(Hash& hash) { hashes.push_back(&hash); }
  void add(std::vector<Hash>& list) {
    for (Hash& hash : list) add(hash);
  }
  void add(OperatorRecord& record) {
    add(record.address);
    add(record.inputs);
    add(record.outputs);
  }
  void add(ProvenRecord& proven) {
    add(proven.record);
    add(proven.path);
  }
};

/// A liar who is consistent: takes what an honest worker recorded of one step, changes the records
/// as it likes, and builds the trees of both levels anew. Its segment has a checkpoint a step.
class Forger final : public Party {
 public:
  using Forge = std::function<void(std::vector<OperatorRecord>&)>;
  /// `forge` changes the operators' records; the assembly's is made to fit a next state in which
  /// one digest, that of tensor `changed`, is another.
  Forger(Arena& arena, std::uint64_t step, std::size_t changed, const Forge& forge)
      : arena_(arena), step_(step), graph_(arena.honest.trainer.graph()) {
    std::vector<OperatorRecord> records =
        trace_step(arena.honest.conduct, Arena::reach(arena.workload, arena.seed, step)).records();
    OperatorRecord& assembly = records.back();
    assembly.inputs.at(changed) = tensor_digest(std::vector<float>{1.0f});
    assembly.outputs = {state_root(step + 1, assembly.inputs)};
    std::vector<Hash> checkpoints = arena.honest.party.claim().checkpoints;
    checkpoints.at(step - arena.segment.first_step) = assembly.outputs.front();
    forge(records);
    trace_.emplace(step, std::move(records));
    checkpoints_.emplace(Domain::CheckpointsRoot, arena.segment.first_step, std::move(checkpoints));
  }

  [[nodiscard]] Claimant claimant() { return {checkpoints_->root(), this}; }

  std::optional<Reply> answer(const Request& request) override {
    if (const auto* asked = std::get_if<Descend>(&request)) {
      const MerkleTree& tree =
          asked->tree == TreeKind::Checkpoints ? *checkpoints_ : trace_->tree();
      return Nodes{tree.below(asked->level, asked->index, asked->down)};
    }
    if (const auto* asked = std::get_if<OpenOperator>(&request)) {
      return trace_->open(graph_, asked->op);
    }
    std::optional<Reply> reply = arena_.honest.party.answer(request);
    if (auto* commitment = std::get_if<TraceCommitment>(&*reply)) {
      commitment->root = trace_->tree().root();
      commitment->assembly = trace_->prove(graph_.operators.size());
      const std::uint64_t done = step_ - arena_.segment.first_step;
      if (done > 0) commitment->state_path = checkpoints_->path(done - 1);
    }
    return reply;
  }

 private:
  Arena& arena_;
  std::uint64_t step_;
  const StepGraph& graph_;
  std::optional<StepTrace> trace_;
  std::optional<MerkleTree> checkpoints_;
};

}  // namespace assay::backend
