#include "protocol/look_ahead.hpp"

namespace assay::protocol {
namespace {

/// The lease that an upcoming event ends, or null.
const LeaseRow* ending_lease(const World& world, std::size_t ahead) {
  const Event* event = world.engine.upcoming(ahead);
  if (event == nullptr || event->kind != EventKind::kLeaseEnd) return nullptr;
  return world.leases.find(LeaseId::unpack(event->subject));
}

}  // namespace

void look_ahead(const Context& context) {
  const World& world = context.world;
  // A lease names its task, job and provider, and these name their owner and timer: each is asked
  // for when the row that names it has come.
  const Event* event = world.engine.upcoming(2);
  if (event != nullptr && event->kind == EventKind::kLeaseEnd) {
    world.leases.prefetch(LeaseId::unpack(event->subject));
  }
  if (const LeaseRow* lease = ending_lease(world, 1)) {
    const IdentityId provider{lease->provider};
    const char* row = reinterpret_cast<const char*>(&context.identity(provider));
    __builtin_prefetch(row);
    __builtin_prefetch(row + 64);
    world.tasks.prefetch(lease->task);
    world.jobs.prefetch(lease->job);
    world.ledger.prefetch(provider);
    world.ledger.prefetch(lease->job);
    context.rules.reputation->prefetch(*world.reputation, provider);
  }
  if (const LeaseRow* lease = ending_lease(world, 0)) {
    if (const JobRow* job = world.jobs.find(lease->job)) {
      world.engine.prefetch(job->timer);
      world.ledger.prefetch(IdentityId{job->requester});
    }
    world.ledger.prefetch(PrincipalId{context.identity(IdentityId{lease->provider}).owner});
  }
}

}  // namespace assay::protocol
