#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/dispute/dispute.hpp"
#include "protocol/ids.hpp"

namespace assay::protocol {

/// All that can happen in a market.
enum class EventKind : std::uint8_t {
  Arrive,    ///< a job comes from outside
  Queue,     ///< a task that found no acceptable price asks again
  Wake,      ///< a machine that was picked while away is switched on
  LeaseEnd,  ///< a provider has finished or quits, or its machine goes away
  Report,    ///< a verifier reports
  Turn,      ///< a party of a dispute answers or runs out of time; the referee decides
  Deadline,  ///< a job may not wait any longer
  Unbond,    ///< withdrawn stake is released
  Review,    ///< a principal whose identity was stopped may come back
  Probe,     ///< the gauges are read
  Audit,     ///< the delay between a commitment and its audit is over
  Price,     ///< the price of the token moves
  Back,      ///< a slot that has worked elsewhere since its provider quit is back
};
[[nodiscard]] std::string_view name(EventKind kind);

/// Why a lease ends.
enum class LeaseEnd : std::uint16_t { Finished, Down, Quit };

/// What happens, as plain data; one named constructor per kind.
struct Event {
  std::uint64_t subject = 0;
  std::uint64_t arg = 0;
  std::uint32_t aux = 0;
  std::uint16_t code = 0;
  EventKind kind = EventKind::Arrive;
  std::uint8_t unused = 0;

  [[nodiscard]] static Event arrive(std::uint64_t ordinal) {
    return {ordinal, 0, 0, 0, EventKind::Arrive};
  }
  [[nodiscard]] static Event queue(TaskId task) {
    return {task.packed(), 0, 0, 0, EventKind::Queue};
  }
  [[nodiscard]] static Event wake(IdentityId identity) {
    return {index(identity), 0, 0, 0, EventKind::Wake};
  }
  [[nodiscard]] static Event lease_end(LeaseId lease, LeaseEnd why) {
    return {lease.packed(), 0, 0, static_cast<std::uint16_t>(why), EventKind::LeaseEnd};
  }
  [[nodiscard]] static Event report(AuditId audit) {
    return {audit.packed(), 0, 0, 0, EventKind::Report};
  }
  [[nodiscard]] static Event turn(DisputeId dispute, Act act) {
    return {dispute.packed(), 0, 0, static_cast<std::uint16_t>(act), EventKind::Turn};
  }
  [[nodiscard]] static Event deadline(JobId job) {
    return {job.packed(), 0, 0, 0, EventKind::Deadline};
  }
  [[nodiscard]] static Event unbond(IdentityId identity) {
    return {index(identity), 0, 0, 0, EventKind::Unbond};
  }
  [[nodiscard]] static Event review(IdentityId identity) {
    return {index(identity), 0, 0, 0, EventKind::Review};
  }
  [[nodiscard]] static Event audit(LeaseId lease) {
    return {lease.packed(), 0, 0, 0, EventKind::Audit};
  }
  [[nodiscard]] static Event back(IdentityId identity) {
    return {index(identity), 0, 0, 0, EventKind::Back};
  }
  [[nodiscard]] static Event probe(std::uint64_t ordinal) {
    return {ordinal, 0, 0, 0, EventKind::Probe};
  }
  [[nodiscard]] static Event price(std::uint64_t move) { return {move, 0, 0, 0, EventKind::Price}; }
};
static_assert(sizeof(Event) == 24);

}  // namespace assay::protocol
