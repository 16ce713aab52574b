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

void look_ahead(const World& world) {
  // A lease names its task, job and provider, and these name their owner and timer: each is asked
  // for when the row that names it has come.
  const Event* far = world.engine.upcoming(6);
  if (far != nullptr && far->kind == EventKind::kLeaseEnd) {
    world.leases.prefetch(LeaseId::unpack(far->subject));
  }
  if (const LeaseRow* lease = ending_lease(world, 4)) {
    world.tasks.prefetch(lease->task);
    world.jobs.prefetch(lease->job);
    const char* provider = reinterpret_cast<const char*>(&world.identities[lease->provider]);
    __builtin_prefetch(provider);
    __builtin_prefetch(provider + 64);
    world.ledger.prefetch(IdentityId{lease->provider});
    world.ledger.prefetch(lease->job);
  }
  if (const LeaseRow* lease = ending_lease(world, 2)) {
    if (const JobRow* job = world.jobs.find(lease->job)) {
      world.engine.prefetch(job->timer);
      world.ledger.prefetch(IdentityId{job->requester});
    }
    world.ledger.prefetch(PrincipalId{world.identities[lease->provider].owner});
  }
}

}  // namespace assay::protocol
