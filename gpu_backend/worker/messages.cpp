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
  if (std::isfinite(seconds) && seconds >= 0.0) return;
  throw WireError(fmt::format("found a time of {} s", seconds));
}

}  // namespace

void check_answer(const Describe& /*request*/, const Description& answer) {
  if (answer.info.backend.empty()) throw WireError("found a back end without a name");
}

void check_answer(const Measure& request, const Measured& answer) {
  const Measurement& measured = answer.measurement;
  require_count("times of steps", measured.step_s.size(), request.steps);
  require_count("losses", measured.losses.size(), request.steps);
  for (const double seconds : measured.step_s) require_time(seconds);
  require_time(measured.commit_s);
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
