#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "gpu_backend/commitment/merkle.hpp"
#include "gpu_backend/training/state.hpp"

// What a referee asks and a party answers: plain values that can be sent over a wire. Which worker,
// segment and behaviour they are about is known to whoever carries them.
namespace assay::backend {

enum class TreeKind : std::uint8_t {
  Checkpoints,  ///< states after each interval of the segment
  Steps,        ///< states after each step of the interval that ends at checkpoint `at`
  Trace         ///< records of the operators of step `at`
};

/// Commit to the states after each step of the interval that ends at `checkpoint` (0, 1, ...).
struct CommitSteps {
  std::uint64_t checkpoint = 0;
};
/// Commit to the operators of `step`, counted from the beginning of the training.
struct CommitTrace {
  std::uint64_t step = 0;
};
/// Show the nodes `down` levels below node `index` of `level` of a tree.
struct Descend {
  TreeKind tree = TreeKind::Checkpoints;
  std::uint64_t at = 0;  ///< which tree of its kind; 0 for Checkpoints
  std::uint32_t level = 0;
  std::uint64_t index = 0;
  std::uint32_t down = 0;
};
/// Open the record of an operator, and of those that it reads from.
struct OpenOperator {
  std::uint64_t step = 0;
  std::uint64_t op = 0;
};
/// Hand over the tensors that an operator reads.
struct OpenInputs {
  std::uint64_t step = 0;
  std::uint64_t op = 0;
};
using Request = std::variant<CommitSteps, CommitTrace, Descend, OpenOperator, OpenInputs>;

/// A leaf's siblings from the bottom up.
using MerklePath = std::vector<Hash>;

/// What a party says an operator did: digests of tensors. In the assembly's the inputs are the next
/// state's tensors and the output is the state's root.
struct OperatorRecord {
  Hash address{};
  std::vector<Hash> inputs;
  std::vector<Hash> outputs;

  bool operator==(const OperatorRecord&) const = default;
};
/// A record with its path in the step's trace.
struct ProvenRecord {
  std::uint64_t op = 0;
  OperatorRecord record;
  MerklePath path;
};

struct StepsCommitment {
  Hash root{};
  MerklePath last;  ///< proves that the last state is the checkpoint's
};
struct TraceCommitment {
  Hash root{};
  std::vector<Hash> state;  ///< digests of the tensors of the state before the step
  MerklePath state_path;    ///< proves that state in the party's earlier tree; empty for the first
  ProvenRecord assembly;    ///< of the state after the step
};
struct Nodes {
  std::vector<Hash> nodes;
};
struct OperatorOpening {
  OperatorRecord record;
  std::vector<ProvenRecord> sources;  ///< the operators that it reads from, ascending
};
struct InputTensors {
  std::vector<Tensor> tensors;
};
using Reply = std::variant<StepsCommitment, TraceCommitment, Nodes, OperatorOpening, InputTensors>;

/// What a message takes on a wire: 32 bytes a hash, 4 a number of a tensor, 8 any other number.
[[nodiscard]] std::uint64_t wire_bytes(const Request& request);
[[nodiscard]] std::uint64_t wire_bytes(const Reply& reply);

/// The leaf of a record in a trace.
[[nodiscard]] Hash record_leaf(const OperatorRecord& record);

}  // namespace assay::backend
