#include "gpu_backend/dispute/trace.hpp"

#include <utility>

#include "gpu_backend/commitment/digests.hpp"

namespace assay::backend {
namespace {

std::vector<Hash> leaves(const std::vector<OperatorRecord>& records) {
  std::vector<Hash> hashes;
  hashes.reserve(records.size());
  for (const OperatorRecord& record : records) hashes.push_back(record_leaf(record));
  return hashes;
}

}  // namespace

std::vector<Hash> digests_of(const State& state, OperatorRunner& runner) {
  std::vector<const Value*> tensors;
  for (const Value& tensor : state.tensors) tensors.push_back(&tensor);
  return runner.digests(tensors);
}

Hash root_of(const State& state, OperatorRunner& runner) {
  return state_root(state.step, digests_of(state, runner));
}

Hash root_of(const State& state) {
  std::vector<Hash> digests;
  for (const Value& tensor : state.tensors) digests.push_back(tensor_digest(tensor));
  return state_root(state.step, std::move(digests));
}

StepTrace::StepTrace(std::uint64_t step, std::vector<OperatorRecord> records)
    : records_(std::move(records)), tree_(Domain::TraceRoot, step, leaves(records_)) {}

ProvenRecord StepTrace::prove(std::size_t op) const {
  return {op, records_.at(op), tree_.path(op)};
}

OperatorOpening StepTrace::open(const StepGraph& graph, std::size_t op) const {
  OperatorOpening opening;
  opening.record = records_.at(op);
  for (const std::uint32_t from : graph.producers_of(op)) opening.sources.push_back(prove(from));
  return opening;
}

StepTrace trace_step(Conduct& conduct, State before) {
  const Trainer& trainer = conduct.trainer();
  const StepGraph& graph = trainer.graph();
  const std::uint64_t step = before.step;

  std::vector<Hash> digests(graph.tensor_sizes.size());
  const std::vector<Hash> of_state = digests_of(before, trainer.runner());
  for (TensorId id = 0; id < graph.sources.size(); ++id) {
    const GraphSource& source = graph.sources[id];
    digests[id] =
        source.kind == SourceKind::StateTensor
            ? of_state.at(source.index)
            : tensor_digest(source_value(trainer.workload(), trainer.seed(), source, step));
  }
  const auto digests_at = [&](const std::vector<TensorId>& ids) {
    std::vector<Hash> chosen;
    for (const TensorId id : ids) chosen.push_back(digests[id]);
    return chosen;
  };
  std::vector<OperatorRecord> records;
  const auto record = [&](std::size_t op, InputValues /*inputs*/, OutputValues outputs) {
    const GraphOperator& at = graph.operators[op];
    const std::vector<Hash> of_outputs = trainer.runner().digests(outputs);
    for (std::size_t i = 0; i < outputs.size(); ++i) digests[at.outputs[i]] = of_outputs[i];
    records.push_back({at.address, digests_at(at.inputs), digests_at(at.outputs)});
  };
  (void)conduct.explain(std::move(before), record);
  std::vector<Hash> next = digests_at(graph.next_state);
  records.push_back({graph.assembly, next, {state_root(step + 1, next)}});
  return {step, std::move(records)};
}

}  // namespace assay::backend
