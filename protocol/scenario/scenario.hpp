#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "protocol/availability/availability.hpp"
#include "protocol/cloud.hpp"
#include "protocol/demand/demand.hpp"
#include "protocol/dispute/dispute.hpp"
#include "protocol/execution/execution.hpp"
#include "protocol/market/bidding.hpp"
#include "protocol/market/market.hpp"
#include "protocol/network/network.hpp"
#include "protocol/reputation/reputation.hpp"
#include "protocol/rows.hpp"
#include "protocol/scenario/choice.hpp"
#include "protocol/settlement/slashing.hpp"
#include "protocol/settlement/token.hpp"
#include "protocol/strategy/strategy.hpp"
#include "protocol/verification/verification.hpp"

namespace assay::protocol {

/// An entry of `workloads:`: what a job of this kind needs and what its requester accepts.
struct WorkloadTerms {
  struct Limit {
    Share low = percent(60);
    Share high = percent(100);
    void describe(Fields& field);
  };
  struct Deadline {
    double factor = 3.0;
    sim::SimDuration slack = std::chrono::hours(24);
    void describe(Fields& field);
  };
  std::string name;
  std::string model;
  Share share = kWhole;
  Bytes memory;
  Bytes input;
  Limit limit;
  Deadline deadline;
  void describe(Fields& field);
};

/// An entry of `actors:`: a number of alike identities. Keys that a role has no use for are unknown
/// keys of such an entry.
struct ActorGroup {
  std::string name;
  Role role = Role::Provider;
  int count = 1;
  Choice<Strategy> strategy{"honest"};
  Mix hardware;
  int slots = 1;
  Mix regions;
  UsdPerKwh power_price{Usd::micro(150'000)};
  UsdPerHour wear;
  UsdPerHour wear_up_to;
  Choice<Availability> availability{"always"};
  Choice<Bidding> bidding{"truthful"};
  Tokens stake_per_slot;
  Tokens balance;
  std::string principal = "own";
  bool twin_too = false;
  std::string members_of;
  int first_member = 0;
  void describe(Fields& field);
};

/// A scenario as its file states it, with defaults where it says nothing. Plain data: what it means
/// is built by `rules_from`.
struct Scenario {
  std::int64_t assay = 1;
  std::string name;
  std::string question;
  std::int64_t seed = 1;
  int replications = 1;
  sim::SimDuration horizon{};
  sim::SimDuration warm_up{};
  bool twins = false;
  FilePath catalogue;
  std::string reference_device;
  sim::SimDuration max_task = std::chrono::hours(24);
  Choice<Demand> demand;
  std::vector<WorkloadTerms> workloads;
  Choice<Network> network;
  Cloud::Params cloud;
  Choice<Market> market;
  Choice<TrainingExecutor> execution;
  Choice<Verification> verification;
  Choice<Dispute> dispute{"bisection"};
  Choice<Slashing> slashing{"share"};
  Choice<Reputation> reputation{"none"};
  Choice<Token> token{"fixed"};
  std::vector<ActorGroup> actors;
  void describe(Fields& field);
};

}  // namespace assay::protocol
