#include "protocol/dispute/dispute.hpp"

#include <algorithm>

namespace assay::protocol {
namespace {

void close(DisputeState& state, Closing closing) {
  state.phase = DisputePhase::Closed;
  state.closing = closing;
}

/// The party whose turn it is loses at once.
DisputeState forfeit(DisputeState state, Closing closing) {
  (state.turn == Party::Defender ? state.defender_wrong : state.challenger_wrong) = 1;
  close(state, closing);
  return state;
}

/// One step, or one operator, is all that is left: go on to what comes next.
void settle_interval(DisputeState& state) {
  if (state.phase == DisputePhase::Steps && state.high - state.low == 1) {
    state.phase = DisputePhase::Operators;
    state.low = 0;
    state.high = state.operators;
    state.location = state.operator_at;
  }
  if (state.phase == DisputePhase::Operators && state.high - state.low == 1) {
    state.phase = DisputePhase::Referee;
  }
}

}  // namespace

DisputeState Bisection::open(const Question& question) const {
  SIM_CHECK(question.location < question.steps && question.operator_at < question.operators);
  DisputeState state;
  state.high = question.steps;
  state.location = question.location;
  state.operators = question.operators;
  state.operator_at = question.operator_at;
  if (question.rerun) return state;
  state.defender_lies = question.claim_differs ? 1 : 0;
  state.challenger_lies = question.challenger_lies ? 1 : 0;
  if (!question.claim_differs && !question.challenger_lies) {
    // Two honest re-executions give the same bits: there is nothing to narrow.
    state.phase = DisputePhase::Distance;
    return state;
  }
  state.phase = DisputePhase::Steps;
  settle_interval(state);
  return state;
}

DisputeState Bisection::narrow(DisputeState state) const {
  // The parts are as equal as they can be, the larger ones first.
  const std::uint64_t size = state.high - state.low;
  const auto parts = std::min(static_cast<std::uint64_t>(params_.branching), size);
  const std::uint64_t small = size / parts;
  const std::uint64_t larger = size % parts;
  std::uint64_t begin = state.low;
  for (std::uint64_t part = 0; part < parts; ++part) {
    const std::uint64_t end = begin + small + (part < larger ? 1 : 0);
    if (state.location < end) {
      state.low = begin;
      state.high = end;
      break;
    }
    begin = end;
  }
  ++state.rounds;
  settle_interval(state);
  return state;
}

DisputeState Bisection::next(DisputeState state, Act act) const {
  SIM_CHECK(state.phase != DisputePhase::Distance && state.phase != DisputePhase::Closed);
  if (state.phase == DisputePhase::Referee) {
    // The referee recomputes the operator: whoever claimed something else is wrong, perhaps both.
    state.defender_wrong = state.defender_lies;
    state.challenger_wrong = state.challenger_lies;
    close(state, Closing::Refereed);
    return state;
  }
  switch (act) {
    case Act::Concede:
      return forfeit(state, Closing::Conceded);
    case Act::Stall:
      return forfeit(state, Closing::TimedOut);
    case Act::Contradict:
      return forfeit(state, Closing::BadOpening);
    case Act::Truth:
    case Act::Lie:
      break;
  }
  const bool defends = state.turn == Party::Defender;
  state.turn = other(state.turn);
  if (state.phase == DisputePhase::Rerun) {
    // What is committed here binds: later answers follow from it.
    (defends ? state.defender_lies : state.challenger_lies) = act == Act::Lie ? 1 : 0;
    if (defends) return state;
    if (state.defender_lies == 0 && state.challenger_lies == 0) {
      state.phase = DisputePhase::Distance;
    } else {
      state.phase = DisputePhase::Steps;
      settle_interval(state);
    }
    return state;
  }
  return defends ? state : narrow(state);
}

}  // namespace assay::protocol
