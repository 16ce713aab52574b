#pragma once

#include <cstdint>
#include <limits>

#include "protocol/dispute/dispute.hpp"
#include "protocol/ids.hpp"
#include "protocol/money.hpp"
#include "protocol/verification/say.hpp"
#include "sim/engine.hpp"

// The rows of the world's tables. What stands under "private" is known to nobody but the row's
// principal, or to nature alone; views show none of it.
namespace assay::protocol {

using Timer = sim::EventHandle;
inline constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

/// An economic actor, with all its identities. Profit is accounted here.
struct PrincipalRow {
  std::uint64_t key = 0;  ///< natural key of its draws
  Usd wealth_at_start;    ///< purse and tokens when measuring began
  std::uint32_t first_identity = kNone;
  std::uint32_t identities = 0;
  GroupId group{};  ///< the first of its groups
  std::uint16_t unused[3] = {};
};

enum class Role : std::uint8_t { Provider, Verifier, Requester };
enum class Standing : std::uint8_t { Active, Expelled, Gone, Withdrawn };

/// A name on the chain. Rows of identities stay for ever. What most events look at stands in the
/// first cache line.
struct alignas(64) IdentityRow {
  // Private: what it runs on, when that machine is on, who it is.
  sim::SimTime until;           ///< the end of the machine's current interval
  std::uint32_t interval = 0;   ///< ordinal of that interval
  std::uint32_t place = kNone;  ///< in the index of the idle
  GroupId group{};
  std::uint16_t pool = 0;  ///< class in the index of the idle
  RegionId region{};
  DeviceId device{};
  std::uint8_t slots = 1;
  std::uint8_t free_slots = 1;
  Role role = Role::Provider;
  Standing standing = Standing::Active;
  std::uint8_t up = 1;
  std::uint8_t waking = 0;       ///< a wake event is armed
  std::uint8_t releasing = 0;    ///< an unbonding waits for open cases to close
  std::uint8_t reviewing = 0;    ///< a review waits for its leases to end or for tokens
  std::uint64_t machine = 0;     ///< natural key of its machine, kept across re-entries
  std::uint64_t key = 0;         ///< natural key of its draws
  sim::SimTime busy_until;       ///< of a verifier: the end of the work it has accepted
  std::uint32_t owner = 0;       ///< principal
  std::uint32_t open_cases = 0;  ///< leases, audits and disputes that are not over

  sim::SimTime registered;
  sim::SimTime first_bad{sim::kNever};   ///< first commitment to work that was not done
  sim::SimTime expelled{sim::kNever};    ///< first conviction; if wrong, first after `first_bad`
  sim::SimTime last_audit{sim::kNever};  ///< when an audit of its work last ended
  std::uint32_t next_of_owner = kNone;
  std::uint32_t successor = kNone;  ///< the identity that took its place when it was stopped
  // Public counts.
  std::uint32_t done = 0;
  std::uint32_t handed_back = 0;
  std::uint32_t slashed = 0;
  std::uint32_t names = 0;       ///< private: that its machine has or had besides this one
  std::uint16_t away_slots = 0;  ///< private: that work elsewhere after quitting a lease
  std::uint16_t disputed = 0;    ///< open disputes over its work
  /// Private: the identity whose queue its re-executions join; several names share one machine.
  std::uint32_t desk = 0;
};
static_assert(sizeof(IdentityRow) == 128);

/// A requester's order: `chains` independent chains of one-GPU tasks.
struct JobRow {
  std::uint64_t serial = 0;
  sim::SimTime posted;
  sim::SimTime deadline;
  sim::SimDuration work{};  ///< of one chain, on the reference device
  Usd limit_rate;           ///< the most paid for an hour of reference work
  Usd cloud_rate;           ///< what that hour costs in the requester's cloud
  Tokens unspoken;          ///< of its escrow: promised to no lease
  TaskId first_task;
  Timer timer;
  std::uint32_t requester = 0;  ///< identity
  std::uint32_t chains = 0;
  std::uint32_t open_chains = 0;
  std::uint32_t failed_chains = 0;
  WorkloadId workload{};
  RegionId region{};
  std::uint8_t expired = 0;
  std::uint8_t unused[3] = {};
};

enum class TaskState : std::uint8_t {
  Waiting,  ///< no candidate is idle: whoever becomes free is asked
  Backoff,  ///< no acceptable price: asks again later
  Leased,
  Ended,
  Resting  ///< a replica that has its answer, or is not needed
};

/// One chain of a job, and the link of it that is being worked on.
struct TaskRow {
  std::uint64_t key = 0;  ///< of the current link
  JobId job;
  TaskId next_of_job;
  Timer timer;
  sim::SimTime ready;  ///< since when it has been looking for a provider
  std::uint32_t chain = 0;
  std::uint32_t link = 0;
  std::uint32_t links = 1;
  std::uint32_t segments = 1;  ///< of the link
  std::uint32_t kept = 0;      ///< of them accepted so far
  std::uint32_t attempt = 0;   ///< leases of this link so far
  std::uint32_t tries = 0;     ///< auctions without an acceptable price in a row
  TaskState state = TaskState::Waiting;
  std::uint8_t unused[3] = {};
  LeaseId lease;        ///< of a replica: the one it has, or its answer
  BallotId ballot;      ///< none where claims are checked one by one
  TaskId next_replica;  ///< of the same ballot
};

/// The replicas of a chain's current link, and their answers.
struct BallotRow {
  std::uint64_t key = 0;  ///< natural key of the link
  JobId job;
  TaskId chain;                ///< the chain's own task, the first of the replicas
  std::uint32_t replicas = 0;  ///< that are under way or have answered
  std::uint32_t votes = 0;     ///< answers
  std::uint32_t asked = 0;     ///< replicas of this link so far, with those that were given up
  std::uint32_t unused = 0;
};

enum class LeaseState : std::uint8_t {
  Running,
  Auditing,  ///< verifiers are at work
  Disputed,
  Committed,  ///< its audit begins later
  Voted       ///< it waits for the other replicas
};

/// One task given to one identity, from the checkpoint at which it was picked up.
struct LeaseRow {
  std::uint64_t key = 0;
  TaskId task;
  JobId job;           ///< of the task
  sim::SimTime start;  ///< of the work, after the transfer
  sim::SimTime committed;
  sim::SimDuration length{};  ///< until all its segments are done
  Tokens price;               ///< for all its segments
  Tokens liable;              ///< the stake behind it
  Usd energy;                 ///< own cost of doing all of it as planned
  Usd wear;
  Usd elsewhere;  ///< private: an hour, where its machine goes if it quits
  Timer timer;
  std::uint32_t provider = 0;  ///< identity
  std::uint32_t from = 0;      ///< first segment of the link that it works on
  std::uint32_t segments = 1;  ///< until the end of the link
  std::uint32_t done = 0;      ///< of them committed
  std::uint32_t sampled = 0;   ///< segments drawn by its audit
  std::uint32_t reports_due = 0;
  std::uint32_t accuser = kNone;   ///< identity of the verifier whose rejection is heard first, or
                                   ///< now
  std::uint32_t rejected = kNone;  ///< and the segment that did not agree
  // Private: what was really done.
  std::uint32_t bad = 0;    ///< segments that are not done honestly
  BehaviourId behaviour{};  ///< in those segments
  DeviceId device{};
  Share chance_bad;  ///< of each segment alone, if `independent`
  LeaseState state = LeaseState::Running;
  std::uint8_t independent = 0;
  std::uint8_t cheated = 0;  ///< any committed segment is bad
  std::uint8_t made_up = 0;  ///< its accuser made the rejection up
  std::uint8_t planted = 0;  ///< its audit is of a planted fault
  std::uint8_t accord = 0;   ///< its wrong answer is that of its owner's other identities
  std::uint8_t unused[2] = {};
  std::uint64_t root = 0;   ///< public, once voted: equal answers have equal roots
  VerdictId first_verdict;  ///< public: what verifiers have said of it, the last one first
};

/// One verifier called to re-execute segments of one lease.
struct AuditRow {
  LeaseId lease;
  Tokens fee;
  std::uint32_t verifier = 0;  ///< identity
  std::uint8_t executes = 1;   ///< private
  Say say = Say::Found;        ///< private
  std::uint8_t knows = 1;      ///< private: it, or another identity of its owner, re-executes
  std::uint8_t unused = 0;
};

/// What one verifier has said of one lease; kept until the claim is settled.
struct VerdictRow {
  VerdictId next;                  ///< of the same lease, said before it
  Tokens liable;                   ///< the verifier's stake when it reported
  std::uint32_t verifier = 0;      ///< identity
  std::uint32_t rejected = kNone;  ///< the segment that it says is wrong
  std::uint8_t made_up = 0;        ///< private: it rejects whatever the segment is
  std::uint8_t heard = 0;          ///< a dispute has been held over it, or none is needed
  std::uint8_t unused[6] = {};
};

/// A dispute over one segment of one lease.
struct DisputeRow {
  DisputeState state;
  LeaseId lease;
  sim::SimTime opened;
  std::uint32_t challenger = 0;  ///< identity
  std::uint32_t segment = 0;
  std::uint8_t unused[8] = {};
};

}  // namespace assay::protocol
