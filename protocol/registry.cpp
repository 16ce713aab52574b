// The list of all mechanisms, one line each: what a scenario can name, and the only file that
// includes members.
#include "protocol/availability/alternating_renewal.hpp"
#include "protocol/availability/always.hpp"
#include "protocol/availability/daily_windows.hpp"
#include "protocol/demand/poisson.hpp"
#include "protocol/demand/trace.hpp"
#include "protocol/dispute/dispute.hpp"
#include "protocol/execution/analytic.hpp"
#include "protocol/execution/profile.hpp"
#include "protocol/market/bidding.hpp"
#include "protocol/market/market.hpp"
#include "protocol/network/instant.hpp"
#include "protocol/network/regions.hpp"
#include "protocol/reputation/reputation.hpp"
#include "protocol/scenario/choice.hpp"
#include "protocol/settlement/geometric_brownian.hpp"
#include "protocol/settlement/replay.hpp"
#include "protocol/settlement/slashing.hpp"
#include "protocol/settlement/token.hpp"
#include "protocol/strategy/cheats.hpp"
#include "protocol/strategy/honest.hpp"
#include "protocol/strategy/leaving.hpp"
#include "protocol/strategy/rule_table.hpp"
#include "protocol/strategy/verifiers.hpp"
#include "protocol/strategy/waiting.hpp"
#include "protocol/verification/planted_faults.hpp"
#include "protocol/verification/proof_of_sampling.hpp"
#include "protocol/verification/replication.hpp"
#include "protocol/verification/verification.hpp"

namespace assay::protocol {

template <>
const std::vector<Entry<Demand>>& members<Demand>() {
  static const std::vector<Entry<Demand>> all{
      entry<Demand, Poisson>(),
      entry<Demand, Trace>(),
  };
  return all;
}

template <>
const std::vector<Entry<Availability>>& members<Availability>() {
  static const std::vector<Entry<Availability>> all{
      entry<Availability, Always>(),
      entry<Availability, DailyWindows>(),
      entry<Availability, AlternatingRenewal>(),
  };
  return all;
}

template <>
const std::vector<Entry<Network>>& members<Network>() {
  static const std::vector<Entry<Network>> all{
      entry<Network, Instant>(),
      entry<Network, Regions>(),
  };
  return all;
}

template <>
const std::vector<Entry<TrainingExecutor>>& members<TrainingExecutor>() {
  static const std::vector<Entry<TrainingExecutor>> all{
      entry<TrainingExecutor, Analytic>(),
      entry<TrainingExecutor, Profile>(),
  };
  return all;
}

template <>
const std::vector<Entry<Market>>& members<Market>() {
  static const std::vector<Entry<Market>> all{
      entry<Market, PostedPrice>(),
      entry<Market, FirstPrice>(),
      entry<Market, SecondPrice>(),
      entry<Market, Lottery>(),
  };
  return all;
}

template <>
const std::vector<Entry<Bidding>>& members<Bidding>() {
  static const std::vector<Entry<Bidding>> all{
      entry<Bidding, Truthful>(),
      entry<Bidding, Markup>(),
      entry<Bidding, Shading>(),
  };
  return all;
}

template <>
const std::vector<Entry<Verification>>& members<Verification>() {
  static const std::vector<Entry<Verification>> all{
      entry<Verification, NoVerification>(), entry<Verification, SpotCheck>(),
      entry<Verification, PlantedFaults>(),  entry<Verification, ProofOfSampling>(),
      entry<Verification, Replication>(),    entry<Verification, WeightedVoting>(),
  };
  return all;
}

template <>
const std::vector<Entry<Dispute>>& members<Dispute>() {
  static const std::vector<Entry<Dispute>> all{
      entry<Dispute, Bisection>(),
  };
  return all;
}

template <>
const std::vector<Entry<Slashing>>& members<Slashing>() {
  static const std::vector<Entry<Slashing>> all{
      entry<Slashing, FixedShare>(),
  };
  return all;
}

template <>
const std::vector<Entry<Reputation>>& members<Reputation>() {
  static const std::vector<Entry<Reputation>> all{
      entry<Reputation, NoReputation>(),
      entry<Reputation, ExponentialAverage>(),
  };
  return all;
}

template <>
const std::vector<Entry<Token>>& members<Token>() {
  static const std::vector<Entry<Token>> all{
      entry<Token, FixedToken>(),
      entry<Token, GeometricBrownian>(),
      entry<Token, Replay>(),
  };
  return all;
}

template <>
const std::vector<Entry<Strategy>>& members<Strategy>() {
  static const std::vector<Entry<Strategy>> all{
      entry<Strategy, Honest>(),          entry<Strategy, Lazy>(),
      entry<Strategy, Partial>(),         entry<Strategy, Ring>(),
      entry<Strategy, LowPrecision>(),    entry<Strategy, Vanish>(),
      entry<Strategy, ExitScam>(),        entry<Strategy, LongCon>(),
      entry<Strategy, Dumping>(),         entry<Strategy, RuleTable>(),
      entry<Strategy, RubberStamp>(),     entry<Strategy, Copier>(),
      entry<Strategy, FalseChallenger>(), entry<Strategy, SybilVerifiers>(),
  };
  return all;
}

}  // namespace assay::protocol
