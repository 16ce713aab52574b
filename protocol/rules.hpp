#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "protocol/availability/availability.hpp"
#include "protocol/demand/demand.hpp"
#include "protocol/dispute/dispute.hpp"
#include "protocol/execution/execution.hpp"
#include "protocol/market/bidding.hpp"
#include "protocol/market/market.hpp"
#include "protocol/network/network.hpp"
#include "protocol/pool.hpp"
#include "protocol/reputation/reputation.hpp"
#include "protocol/rows.hpp"
#include "protocol/setting.hpp"
#include "protocol/settlement/slashing.hpp"
#include "protocol/settlement/token.hpp"
#include "protocol/strategy/strategy.hpp"
#include "protocol/verification/verification.hpp"

namespace assay::protocol {

/// One entry of `actors:`, resolved.
struct Group {
  template <class Id>
  struct Part {
    Id id{};
    std::int64_t ppb = 0;  ///< of the members; the parts sum to one
  };
  std::string name;
  std::string principal;  ///< groups with the same name here have one owner; empty: each its own
  std::string strategy_kind;
  std::uint64_t key = 0;           ///< natural key of the group's draws
  std::uint32_t first_member = 0;  ///< of those draws
  Role role = Role::Provider;
  std::uint32_t count = 0;
  std::uint8_t slots = 1;
  bool twin_too = false;  ///< keeps its strategy in the honest twin
  std::shared_ptr<const Strategy> strategy;
  std::shared_ptr<const Bidding> bidding;
  std::shared_ptr<const Availability> availability;
  std::vector<BehaviourId> cheats;  ///< the profile's rows that the strategy names
  std::vector<Part<DeviceId>> hardware;
  std::vector<Part<RegionId>> regions;
  Usd power_price;  ///< a kWh
  Usd wear;         ///< an hour and slot
  Usd wear_span;    ///< what is drawn on top of it, at most, for each machine
  Tokens stake_per_slot;
  Tokens balance;  ///< of each member at the start, before it stakes
  /// Identities of a member, and the stake of each of them: what a member stakes, split evenly.
  [[nodiscard]] std::uint32_t names() const {
    return role == Role::Verifier ? strategy->names() : 1;
  }
  [[nodiscard]] Tokens stake_of_name() const {
    return Tokens::micro((stake_per_slot * slots).micro() / names());
  }
};

/// What requesters can rent outside the network: one offer of a cloud.
struct OutsideOption {
  std::string provider;
  std::vector<Usd> rate;  ///< by workload: of an hour of reference work
};

/// All that does not change while a market runs: mechanisms, groups, tables. Shared by all copies
/// of a world, and never written after it was built.
struct Rules {
  Setting setting;
  sim::SimDuration horizon{};
  sim::SimDuration warm_up{};
  sim::SimDuration max_task{};
  std::shared_ptr<const Demand> demand;
  std::shared_ptr<const Network> network;
  std::shared_ptr<const Market> market;
  std::shared_ptr<const TrainingExecutor> execution;
  std::shared_ptr<const Verification> verification;
  std::shared_ptr<const Dispute> dispute;
  std::shared_ptr<const Slashing> slashing;
  std::shared_ptr<const Reputation> reputation;
  std::shared_ptr<const Token> token;
  std::vector<Group> groups;
  std::vector<OutsideOption> outside;  ///< each requester knows one of them, drawn

  /// The classes of machines in the index of the idle, and which of them can run a workload.
  std::vector<Pool::Class> classes;
  std::vector<std::vector<std::uint16_t>> eligible;  ///< by workload

  /// Fills `classes` and `eligible` from the groups: a class for every device and slot count.
  void index_classes();
  [[nodiscard]] std::uint16_t class_of(DeviceId device, std::uint8_t slots) const;
  /// The links that a chain of this much work is cut into, and the work of one of them.
  [[nodiscard]] std::uint32_t links(sim::SimDuration work) const;
  [[nodiscard]] sim::SimDuration link_work(sim::SimDuration work, std::uint32_t link) const;
};

}  // namespace assay::protocol
