#pragma once

#include <cstdint>

#include "protocol/money.hpp"
#include "protocol/scenario/fields.hpp"
#include "sim/time.hpp"

namespace assay::protocol {

enum class Party : std::uint8_t { Defender, Challenger };
[[nodiscard]] constexpr Party other(Party party) {
  return party == Party::Defender ? Party::Challenger : Party::Defender;
}

/// What a party does when it is its turn.
enum class Act : std::uint8_t {
  Truth,       ///< answers with what an honest execution gives
  Lie,         ///< answers with something else, consistent with what it said before
  Contradict,  ///< opens something that does not match its earlier commitment
  Stall,       ///< says nothing until its time is up
  Concede      ///< gives up
};

enum class DisputePhase : std::uint8_t {
  Rerun,      ///< both commit to the end of a bitwise re-execution of the segment
  Steps,      ///< narrowing to the first step on which they differ
  Operators,  ///< narrowing to the first operator of that step
  Referee,    ///< the referee recomputes that operator
  Distance,   ///< nothing differs: the distance of the common end to the claim decides
  Closed
};

/// Why a dispute ended.
enum class Closing : std::uint8_t { Open, Conceded, TimedOut, BadOpening, Refereed, ByDistance };

/// Where a dispute over one segment stands. Plain data: it is part of a row of the world.
struct DisputeState {
  std::uint64_t low = 0;  ///< the disputed interval, in steps or in operators
  std::uint64_t high = 0;
  std::uint64_t location = 0;     ///< where the two claims first differ, in the same unit
  std::uint64_t operators = 0;    ///< of a step
  std::uint64_t operator_at = 0;  ///< of the differing step
  std::uint32_t rounds = 0;       ///< of two messages each, so far
  DisputePhase phase = DisputePhase::Rerun;
  Party turn = Party::Defender;
  std::uint8_t defender_lies = 0;  ///< it has committed to something no honest execution gives
  std::uint8_t challenger_lies = 0;
  std::uint8_t defender_wrong = 0;  ///< set when closed; both may be wrong
  std::uint8_t challenger_wrong = 0;
  Closing closing = Closing::Open;
  std::uint8_t unused[5] = {};
};

/// How a disputed segment is brought before a referee.
class Dispute {
 public:
  static constexpr auto kFamily = "dispute";
  /// What a dispute is about. `location` and `operator_at` are where the parties' claims part if
  /// one of them lies.
  struct Question {
    std::uint64_t steps = 1;
    std::uint64_t operators = 1;
    std::uint64_t location = 0;     ///< below steps
    std::uint64_t operator_at = 0;  ///< below operators
    bool rerun = true;              ///< tolerance mode: both re-run the segment bitwise first
    bool claim_differs = false;     ///< without a rerun: the claim itself is not the honest result
    bool challenger_lies = false;   ///< without a rerun: the challenger made its report up
  };
  virtual ~Dispute() = default;
  [[nodiscard]] virtual DisputeState open(const Question& question) const = 0;
  /// The state after the party whose turn it is has acted.
  [[nodiscard]] virtual DisputeState next(DisputeState state, Act act) const = 0;
  /// Parts that a round cuts the interval into.
  [[nodiscard]] virtual std::uint32_t branching() const = 0;
  [[nodiscard]] virtual sim::SimDuration timeout() const = 0;  ///< for one answer
  [[nodiscard]] virtual sim::SimDuration answer() const = 0;   ///< what an answer takes
  [[nodiscard]] virtual Tokens bond() const = 0;               ///< that a challenger locks
  /// Whether a disputed claim keeps its provider's slot from new work until the dispute is over.
  [[nodiscard]] virtual bool holds_slot() const = 0;
};

/// Refereed n-ary bisection: the defender opens its state at n - 1 points between the ends of the
/// disputed interval, the challenger names the first part whose end it disagrees with, and so on
/// down to one operator, which the referee recomputes. At least one honest party wins (Canetti,
/// Riva, Rothblum, "Practical delegation of computation using multiple servers", CCS 2011; Verde,
/// arXiv 2502.19405).
class Bisection final : public Dispute {
 public:
  static constexpr auto kKind = "bisection";
  static constexpr auto kSummary = "Refereed n-ary bisection to one step, then to one operator.";
  struct Params {
    int branching = 16;
    sim::SimDuration timeout = std::chrono::hours(24);
    sim::SimDuration answer = std::chrono::minutes(1);
    Tokens bond = Tokens::whole(1);
    bool hold_slot = true;
    void describe(Fields& field) {
      const sim::SimDuration second = std::chrono::seconds(1);
      const sim::SimDuration month = std::chrono::hours(24 * 30);
      field("branching", branching, range(2, 1'024), "Parts that a round cuts the interval into.");
      field("timeout", timeout, range(second, month), "Time to answer; who is late loses.");
      field("answer", answer, range(sim::SimDuration{0}, month),
            "Time that an honest answer takes (hashing and the network).");
      field("bond", bond, range(Tokens{}, Tokens::whole(1'000'000'000)),
            "Tokens that a challenger locks, and loses to the defender if it is wrong.");
      field("hold_slot", hold_slot,
            "Whether a provider takes no new task for each slot over whose work a dispute is open: "
            "its stake already stands behind that.");
    }
  };
  explicit Bisection(const Params& params) : params_(params) {}
  [[nodiscard]] DisputeState open(const Question& question) const override;
  [[nodiscard]] DisputeState next(DisputeState state, Act act) const override;
  [[nodiscard]] std::uint32_t branching() const override {
    return static_cast<std::uint32_t>(params_.branching);
  }
  [[nodiscard]] sim::SimDuration timeout() const override { return params_.timeout; }
  [[nodiscard]] sim::SimDuration answer() const override { return params_.answer; }
  [[nodiscard]] Tokens bond() const override { return params_.bond; }
  [[nodiscard]] bool holds_slot() const override { return params_.hold_slot; }

 private:
  [[nodiscard]] DisputeState narrow(DisputeState state) const;
  Params params_;
};

}  // namespace assay::protocol
