#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gpu_backend/backend.hpp"
#include "gpu_backend/worker/wire.hpp"

// What the simulator and a worker say to each other. A request holds all that its answer depends
// on, so that it can be repeated, by this worker or by another one.
namespace assay::backend {

/// The number of a message's form on the wire: appended to, never renumbered.
enum class MessageKind : std::uint16_t {
  Refusal = 1,
  Describe = 2,
  Description = 3,
  Measure = 4,
  Measured = 5,
  RunSegment = 6,
  SegmentDone = 7,
  AskParty = 8,
  PartyAnswer = 9,
  Recompute = 10,
  Recomputed = 11
};

enum class RefusalReason : std::uint8_t {
  BadRequest,   ///< bytes that are no request
  WrongInput,   ///< a request of something that there is not
  OutOfMemory,  ///< the worker lives on
  Failed
};

/// Instead of an answer.
struct Refusal {
  static constexpr auto kKind = MessageKind::Refusal;
  RefusalReason reason = RefusalReason::Failed;
  std::string text;
};

struct Description {
  static constexpr auto kKind = MessageKind::Description;
  DeviceInfo info;
};
struct Describe {
  static constexpr auto kKind = MessageKind::Describe;
  static constexpr std::string_view kName = "describe the device";
  using Answer = Description;
};

struct Measured {
  static constexpr auto kKind = MessageKind::Measured;
  Measurement measurement;
};
struct Measure {
  static constexpr auto kKind = MessageKind::Measure;
  static constexpr std::string_view kName = "measure a workload";
  using Answer = Measured;
  MeasureTask task;
};

struct SegmentDone {
  static constexpr auto kKind = MessageKind::SegmentDone;
  SegmentResult result;  ///< without its states
  std::vector<std::uint64_t> tensor_sizes;
};
/// The tensors of the state to start from come with it, if it is not the training's first one;
/// those of the states after each interval come back, if they are wanted, one state behind the
/// other.
struct RunSegment {
  static constexpr auto kKind = MessageKind::RunSegment;
  static constexpr std::string_view kName = "run a segment";
  using Answer = SegmentDone;
  SegmentTask task;
  bool want_states = false;
  std::vector<std::uint64_t> tensor_sizes = {};
};

/// A party's answer; nothing: it is silent. The numbers of opened tensors lie in shared memory.
struct PartyAnswer {
  static constexpr auto kKind = MessageKind::PartyAnswer;
  std::optional<Reply> reply;
  std::vector<std::uint64_t> tensor_sizes;
};
/// A question to the party of a dispute that stands by a segment.
struct AskParty {
  static constexpr auto kKind = MessageKind::AskParty;
  static constexpr std::string_view kName = "answer in a dispute";
  using Answer = PartyAnswer;
  SegmentTask task;
  Request request;
};

struct Recomputed {
  static constexpr auto kKind = MessageKind::Recomputed;
  std::vector<std::uint64_t> tensor_sizes;
};
/// Inputs and outputs lie in shared memory, in the operator's order.
struct Recompute {
  static constexpr auto kKind = MessageKind::Recompute;
  static constexpr std::string_view kName = "recompute an operator";
  using Answer = Recomputed;
  Operator op;
  std::vector<std::uint64_t> tensor_sizes;
};

/// The sizes of the tensors that come with an answer; empty where none do.
template <class Answer>
[[nodiscard]] std::vector<std::uint64_t> sizes_of(const Answer& answer) {
  if constexpr (requires { answer.tensor_sizes; }) {
    return answer.tensor_sizes;
  } else {
    return {};
  }
}

/// Throws WireError where an answer cannot be one to this request: a number of losses that is not
/// that of the steps, a root that is not that of the checkpoints, tensors of another size.
void check_answer(const Describe& request, const Description& answer);
void check_answer(const Measure& request, const Measured& answer);
void check_answer(const RunSegment& request, const SegmentDone& answer);
void check_answer(const AskParty& request, const PartyAnswer& answer);
void check_answer(const Recompute& request, const Recomputed& answer);

// ---- The fields of each, in their order on the wire ---------------------------------------------

#define ASSAY_WIRE(Type, ...)                                     \
  template <>                                                     \
  struct Wire<Type> {                                             \
    static auto fields(auto& m) { return std::tie(__VA_ARGS__); } \
  }

ASSAY_WIRE(Refusal, m.reason, m.text);
template <>
struct Wire<Describe> {
  static auto fields(auto&) { return std::tie(); }
};
ASSAY_WIRE(DeviceInfo, m.backend, m.device, m.threads, m.memory_bytes, m.software, m.precisions);
ASSAY_WIRE(Description, m.info);
ASSAY_WIRE(MeasureTask, m.workload, m.precision, m.steps, m.cheat, m.fraction);
ASSAY_WIRE(Measure, m.task);
ASSAY_WIRE(Measurement, m.parameters, m.operators, m.state_bytes, m.step_flops,
           m.largest_operator_flops, m.step_s, m.losses, m.from_s, m.to_s, m.matrix_s, m.memory_s,
           m.overhead_s, m.peak_bytes, m.commit_s, m.hash_bytes_per_s, m.copy_to_bytes_per_s,
           m.copy_from_bytes_per_s);
ASSAY_WIRE(Measured, m.measurement);
ASSAY_WIRE(SegmentTask, m.workload, m.seed, m.steps, m.interval, m.cheat, m.fraction, m.cheat_seed,
           m.cheat_step, m.cheat_op, m.precision, m.first_step);
ASSAY_WIRE(RunSegment, m.task, m.want_states, m.tensor_sizes);
ASSAY_WIRE(SegmentClaim, m.root, m.checkpoints, m.losses);
ASSAY_WIRE(SegmentResult, m.claim, m.seconds);
ASSAY_WIRE(SegmentDone, m.result, m.tensor_sizes);
ASSAY_WIRE(CommitSteps, m.checkpoint);
ASSAY_WIRE(CommitTrace, m.step);
ASSAY_WIRE(Descend, m.tree, m.at, m.level, m.index, m.down);
ASSAY_WIRE(OpenOperator, m.step, m.op);
ASSAY_WIRE(OpenInputs, m.step, m.op);
ASSAY_WIRE(OperatorRecord, m.address, m.inputs, m.outputs);
ASSAY_WIRE(ProvenRecord, m.op, m.record, m.path);
ASSAY_WIRE(StepsCommitment, m.root, m.last);
ASSAY_WIRE(TraceCommitment, m.root, m.state, m.state_path, m.assembly);
ASSAY_WIRE(Nodes, m.nodes);
ASSAY_WIRE(OperatorOpening, m.record, m.sources);
template <>
struct Wire<InputTensors> {  // in shared memory
  static auto fields(auto&) { return std::tie(); }
};
ASSAY_WIRE(PartyAnswer, m.reply, m.tensor_sizes);
ASSAY_WIRE(AskParty, m.task, m.request);
ASSAY_WIRE(Operator, m.kind, m.dims, m.constants);
ASSAY_WIRE(Recompute, m.op, m.tensor_sizes);
ASSAY_WIRE(Recomputed, m.tensor_sizes);
#undef ASSAY_WIRE

}  // namespace assay::backend
