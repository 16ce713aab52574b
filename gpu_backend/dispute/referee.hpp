#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "gpu_backend/dispute/party.hpp"
#include "gpu_backend/repops/operator.hpp"
#include "gpu_backend/training/cheat.hpp"

// Two workers claim different results of the same segment. Each has committed to the states after
// every interval by a Merkle root; the game walks down both trees at once to the first state on
// which they differ, then through the steps of that interval, then through the operators of that
// step. All before the first difference is agreed on, so one operator remains whose inputs both
// accept: the referee computes it and knows who lied. Every answer is checked against what the same
// party committed to before. An honest party can always answer and never loses; two who disagree
// cannot both be right, so one loses or both do.
// Source: Canetti, Riva, Rothblum, "Practical delegation of computation using multiple servers",
// CCS 2011; Verde, arXiv 2502.19405. The market's model of the same game is protocol/dispute/.
namespace assay::backend {

/// What the referee knows without asking anybody.
struct DisputeCase {
  Workload workload;
  std::uint64_t seed = 0;  ///< of the data
  Segment segment;
  Hash start{};  ///< root of the state at the segment's first step, which both were given
};

struct Claimant {
  Hash claim{};  ///< root over its checkpoints
  Party* party = nullptr;
};

enum class Liar : std::uint8_t { None, First, Second, Both };

/// How it came out, from the least to the most work.
enum class Reason : std::uint8_t {
  Agreement,      ///< the claims are equal
  Silence,        ///< no answer
  BadOpening,     ///< an answer that does not fit what the same party committed to
  WrongStart,     ///< does not start from the agreed state
  WrongOperator,  ///< another operator stands where the graph has this one
  WrongInputs,    ///< its operator reads something else than what both agree was written
  Recomputed      ///< the referee computed the operator
};
[[nodiscard]] std::string_view name_of(Reason reason);

struct DisputeOutcome {
  Liar liar = Liar::None;
  Reason reason = Reason::Agreement;  ///< of the first conviction
  std::uint64_t step = 0;             ///< where the claims part, as far as the game came
  std::uint64_t op = 0;
  std::uint32_t rounds = 0;  ///< of one question to each party
  std::uint64_t bytes = 0;   ///< questions and answers of both
  std::uint32_t operators_computed = 0;
  double referee_flops = 0.0;
};

/// Plays the game. `branching` is the number of parts that a round tells apart, a power of two from
/// 2 to 1024; `runner` is the referee's. Throws std::invalid_argument on a case that cannot be.
[[nodiscard]] DisputeOutcome settle(const DisputeCase& dispute, const Claimant& first,
                                    const Claimant& second, std::uint32_t branching,
                                    OperatorRunner& runner);

/// Rounds until the referee has computed an operator. One less where the record of the operator
/// convicts already.
[[nodiscard]] std::uint32_t predicted_rounds(const Segment& segment, std::size_t operators,
                                             std::uint32_t branching);

}  // namespace assay::backend
