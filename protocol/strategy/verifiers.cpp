#include "protocol/strategy/verifiers.hpp"

#include "sim/distributions.hpp"

namespace assay::protocol {

void FalseChallenger::Params::describe(Fields& field) {
  field("rate", rate, range(percent(0), percent(100)), "Share of the claims that it rejects.");
  field("defence", defence, defences(), "What it does in a dispute that it is bound to lose.");
  field("dawdle", dawdle, "Let every answer in such a dispute wait for the end of its time.");
}

VerifyPlan FalseChallenger::verify(const View& view, const VerifyFacts& facts) const {
  sim::Draws draws = view.draws(facts.claim);
  if (!sim::chance(draws, params_.rate.ppb)) return {};
  return {false, Say::Reject};
}

Act FalseChallenger::move(const View&, const MoveFacts& facts) const {
  return facts.cheated ? defence_act(params_.defence) : Act::Truth;
}

}  // namespace assay::protocol
