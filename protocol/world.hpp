#pragma once

#include <memory>
#include <vector>

#include "protocol/chance.hpp"
#include "protocol/demand/demand.hpp"
#include "protocol/event.hpp"
#include "protocol/ledger.hpp"
#include "protocol/memory.hpp"
#include "protocol/metrics.hpp"
#include "protocol/observer.hpp"
#include "protocol/pool.hpp"
#include "protocol/rows.hpp"
#include "protocol/rules.hpp"
#include "protocol/table.hpp"
#include "protocol/verifier_pool.hpp"
#include "sim/digest.hpp"
#include "sim/engine.hpp"
#include "sim/large_vector.hpp"

namespace assay::protocol {

/// A mechanism's memory as a value: copying the world copies it.
class OwnedMemory {
 public:
  OwnedMemory() = default;
  explicit OwnedMemory(std::unique_ptr<Memory> memory) : memory_(std::move(memory)) {}
  OwnedMemory(const OwnedMemory& other)
      : memory_(other.memory_ ? other.memory_->clone() : nullptr) {}
  OwnedMemory(OwnedMemory&&) noexcept = default;
  OwnedMemory& operator=(OwnedMemory other) noexcept {
    memory_ = std::move(other.memory_);
    return *this;
  }
  ~OwnedMemory() = default;
  [[nodiscard]] Memory& operator*() { return *memory_; }
  [[nodiscard]] const Memory& operator*() const { return *memory_; }

 private:
  std::unique_ptr<Memory> memory_;
};

/// One machine whose switch is watched, for gauges that would otherwise walk over all of them.
struct PanelMember {
  std::uint64_t machine = 0;
  sim::SimTime until;
  std::uint32_t interval = 0;
  GroupId group{};
  RegionId region{};
  std::uint8_t up = 1;
  std::uint8_t unused[7] = {};
};

/// All that changes while a market runs. A value: its copy is a checkpoint, its bytes are a file.
struct World {
  Chance chance;
  sim::Engine<Event> engine;
  Ledger ledger;
  sim::LargeVector<PrincipalRow> principals;
  sim::LargeVector<IdentityRow> identities;
  Table<JobRow, JobId> jobs;
  Table<TaskRow, TaskId> tasks;
  Table<LeaseRow, LeaseId> leases;
  Table<AuditRow, AuditId> audits;
  Table<VerdictRow, VerdictId> verdicts;
  Table<BallotRow, BallotId> ballots;
  Table<DisputeRow, DisputeId> disputes;
  Pool pool;
  WaitingTasks waiting;
  OwnedMemory reputation;
  OwnedMemory voting;  ///< what a scheme that compares answers remembers of providers
  VerifierPool verifiers;
  std::vector<IdentityId> requesters;
  std::vector<std::uint32_t> offers;  ///< of the cloud: the one that each requester knows
  std::vector<PanelMember> panel;
  std::uint64_t next_arrival = 0;    ///< ordinal of the arrival whose event is armed
  std::uint64_t waiting_serial = 0;  ///< of the next task that waits
  std::int64_t provider_slots = 0;   ///< machines in the market
  Price token_price;                 ///< now
  Metrics metrics;
  sim::Digest digest;
};

/// What every part of the life cycle works on.
struct Context {
  const Rules& rules;
  World& world;
  EventObserver* observer = nullptr;
  [[nodiscard]] sim::SimTime now() const { return world.engine.now(); }
  [[nodiscard]] IdentityRow& identity(IdentityId id) const { return world.identities[index(id)]; }
  [[nodiscard]] const Group& group(const IdentityRow& row) const {
    return rules.groups[index(row.group)];
  }
  [[nodiscard]] GroupTotals& totals(const IdentityRow& row) const {
    return world.metrics.groups[index(row.group)];
  }
};

}  // namespace assay::protocol
