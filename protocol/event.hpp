#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/dispute/dispute.hpp"
#include "protocol/ids.hpp"

namespace assay::protocol {

/// All that can happen in a market.
enum class EventKind : std::uint8_t {
  kArrive,    ///< a job comes from outside
  kQueue,     ///< a task that found no acceptable price asks again
  kWake,      ///< a machine that was picked while away is switched on
  kLeaseEnd,  ///< a provider has finished, or its machine goes away
  kReport,    ///< a verifier reports
  kTurn,      ///< a party of a dispute answers or runs out of time; the referee decides
  kDeadline,  ///< a job may not wait any longer
  kUnbond,    ///< withdrawn stake is released
  kReview,    ///< a convicted principal may come back
  kProbe,     ///< the gauges are read
};
[[nodiscard]] std::string_view name(EventKind kind);

/// Why a lease ends.
enum class LeaseEnd : std::uint16_t { kFinished, kDown };

/// What happens, as plain data; one named constructor per kind.
struct Event {
  std::uint64_t subject = 0;
  std::uint64_t arg = 0;
  std::uint32_t aux = 0;
  std::uint16_t code = 0;
  EventKind kind = EventKind::kArrive;
  std::uint8_t unused = 0;

  [[nodiscard]] static Event arrive(std::uint64_t ordinal) {
    return {ordinal, 0, 0, 0, EventKind::kArrive};
  }
  [[nodiscard]] static Event queue(TaskId task) {
    return {task.packed(), 0, 0, 0, EventKind::kQueue};
  }
  [[nodiscard]] static Event wake(IdentityId identity) {
    return {index(identity), 0, 0, 0, EventKind::kWake};
  }
  [[nodiscard]] static Event lease_end(LeaseId lease, LeaseEnd why) {
    return {lease.packed(), 0, 0, static_cast<std::uint16_t>(why), EventKind::kLeaseEnd};
  }
  [[nodiscard]] static Event report(AuditId audit) {
    return {audit.packed(), 0, 0, 0, EventKind::kReport};
  }
  [[nodiscard]] static Event turn(DisputeId dispute, Act act) {
    return {dispute.packed(), 0, 0, static_cast<std::uint16_t>(act), EventKind::kTurn};
  }
  [[nodiscard]] static Event deadline(JobId job) {
    return {job.packed(), 0, 0, 0, EventKind::kDeadline};
  }
  [[nodiscard]] static Event unbond(IdentityId identity) {
    return {index(identity), 0, 0, 0, EventKind::kUnbond};
  }
  [[nodiscard]] static Event review(IdentityId identity) {
    return {index(identity), 0, 0, 0, EventKind::kReview};
  }
  [[nodiscard]] static Event probe(std::uint64_t ordinal) {
    return {ordinal, 0, 0, 0, EventKind::kProbe};
  }
};
static_assert(sizeof(Event) == 24);

}  // namespace assay::protocol
