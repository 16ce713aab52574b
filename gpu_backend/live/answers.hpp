#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "gpu_backend/commitment/merkle.hpp"

namespace assay::backend {

/// One segment of a market's claim, and what was done in it: all that an execution depends on.
struct Question {
  std::uint64_t lease_key = 0;
  std::uint32_t segment = 0;
  std::string behaviour;  ///< as the scenario's cost table names it; "honest"
  auto operator<=>(const Question&) const = default;
};
/// "segment 3 of lease 00c1... (skip)"
[[nodiscard]] std::string to_text(const Question& question);

/// The roots over the states of the segment, as its provider did it and as an honest checker did.
struct SegmentAnswer {
  Hash claim{};
  Hash check{};
  double seconds = 0.0;  ///< wall time of both
};

/// A dispute over that segment. It is the provider who cheated where the behaviour is not honest;
/// else the challenger made its accusation up and defends it by a step with a tampered operator.
struct DisputeAnswer {
  std::string loser;   ///< "provider" or "challenger"
  std::string reason;  ///< as `name_of(Reason)`
  std::uint64_t step = 0;
  std::uint64_t op = 0;
  std::string op_name;
  std::uint32_t rounds = 0;
  std::uint64_t bytes = 0;
  double referee_flops = 0.0;
  double seconds = 0.0;  ///< wall time
};

/// Who answers: workers, or the tape of an earlier run. From several threads at once.
class Answers {
 public:
  virtual ~Answers() = default;
  /// Both throw protocol::ExecutionError.
  [[nodiscard]] virtual SegmentAnswer segment(const Question& question) = 0;
  [[nodiscard]] virtual DisputeAnswer dispute(const Question& question) = 0;
};

}  // namespace assay::backend
