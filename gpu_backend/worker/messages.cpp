#include "gpu_backend/worker/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace assay::backend {
namespace {

void require_count(const char* what, std::size_t found, std::uint64_t expected) {
  if (found == expected) return;
  throw WireError(fmt::format("found {} {}, expected {}", found, what, expected));
}

void require_time(double seconds) {
  constexpr double kLongest = 1e9;  // thirty years: no machine has been up so long
  if (seconds >= 0.0 && seconds <= kLongest) return;
  throw WireError(fmt::format("found a time of {} s", seconds));
}

void require_amount(const char* what, double found) {
  if (std::isfinite(found) && found >= 0.0) return;
  throw WireError(fmt::format("found {} {}", found, what));
}

/// The tensors of the states after each interval, if they were wanted.
std::vector<std::uint64_t> sizes_of_states(const RunSegment& request) {
  std::vector<std::uint64_t> sizes;
  if (!request.want_states) return sizes;
  const std::vector<std::size_t> state = state_sizes(workload(request.task.workload));
  for (std::uint64_t i = 0; i < segment_of(request.task).checkpoints(); ++i) {
    sizes.insert(sizes.end(), state.begin(), state.end());
  }
  return sizes;
}

}  // namespace

void check_answer(const Describe& /*request*/, const Description& answer) {
  if (answer.info.backend.empty()) throw WireError("found a back end without a name");
}

void check_answer(const Measure& request, const Measured& answer) {
  const Measurement& measured = answer.measurement;
  require_count("times of steps", measured.step_s.size(), request.task.steps);
  require_count("losses", measured.losses.size(), request.task.steps);
  for (const double seconds : measured.step_s) require_time(seconds);
  for (const double seconds : {measured.from_s, measured.to_s, measured.matrix_s, measured.memory_s,
                               measured.overhead_s, measured.commit_s}) {
    require_time(seconds);
  }
  require_amount("floating-point operations", measured.step_flops);
  require_amount("floating-point operations", measured.largest_operator_flops);
  for (const double rate :
       {measured.hash_bytes_per_s, measured.copy_to_bytes_per_s, measured.copy_from_bytes_per_s}) {
    require_amount("bytes a second", rate);
  }
}

void check_answer(const RunSegment& request, const SegmentDone& answer) {
  const Segment segment = segment_of(request.task);
  const SegmentClaim& claim = answer.result.claim;
  require_count("checkpoints", claim.checkpoints.size(), segment.checkpoints());
  require_count("losses", claim.losses.size(), segment.steps);
  if (claim.root != checkpoints_root(segment, claim.checkpoints)) {
    throw WireError("found a root that is not the one over its checkpoints");
  }
  require_time(answer.result.seconds);
  if (answer.tensor_sizes != sizes_of_states(request)) {
    throw WireError("found states of other sizes than the workload's, or in another number");
  }
}

void check_answer(const AskParty& /*request*/, const PartyAnswer& answer) {
  const bool opens = answer.reply && std::holds_alternative<InputTensors>(*answer.reply);
  if (opens == answer.tensor_sizes.empty()) {
    throw WireError("found tensors that were not opened, or opened ones that are not there");
  }
}

void check_answer(const Recompute& request, const Recomputed& answer) {
  const std::vector<std::size_t> expected = output_sizes(request.op);
  if (!std::equal(expected.begin(), expected.end(), answer.tensor_sizes.begin(),
                  answer.tensor_sizes.end())) {
    throw WireError("found outputs of other sizes than the operator's");
  }
}

}  // namespace assay::backend
