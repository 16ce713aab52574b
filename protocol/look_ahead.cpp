#include "protocol/look_ahead.hpp"

namespace assay::protocol {
namespace {

template <class Id>
Id subject_of(const Event& event) {
  return Id::unpack(event.subject);
}

/// The lease that an upcoming event ends, or null.
const LeaseRow* ending_lease(const World& world, const Event* event) {
  if (event == nullptr || event->kind != EventKind::LeaseEnd) return nullptr;
  return world.leases.find(subject_of<LeaseId>(*event));
}

/// The audit that an upcoming event reports, or null.
const AuditRow* reported_audit(const World& world, const Event* event) {
  if (event == nullptr || event->kind != EventKind::Report) return nullptr;
  return world.audits.find(subject_of<AuditId>(*event));
}

void prefetch_identity(const World& world, std::uint32_t identity) {
  const char* row = reinterpret_cast<const char*>(&world.identities[identity]);
  __builtin_prefetch(row);
  __builtin_prefetch(row + 64);
  world.ledger.prefetch(IdentityId{identity});
}

void prefetch_lease_parts(const Context& context, const LeaseRow& lease) {
  const World& world = context.world;
  world.tasks.prefetch(lease.task);
  world.jobs.prefetch(lease.job);
  world.ledger.prefetch(lease.job);
  prefetch_identity(world, lease.provider);
  context.rules.reputation->prefetch(*world.reputation, IdentityId{lease.provider});
}

}  // namespace

void look_ahead(const Context& context) {
  const World& world = context.world;
  // A lease names its task, job and provider, and these name their owner and timer: each is asked
  // for when the row that names it has come. An audit names its lease first.
  const Event* third = world.engine.upcoming(2);
  if (third != nullptr && third->kind == EventKind::LeaseEnd) {
    world.leases.prefetch(subject_of<LeaseId>(*third));
  }
  if (third != nullptr && third->kind == EventKind::Report) {
    world.audits.prefetch(subject_of<AuditId>(*third));
  }
  const Event* second = world.engine.upcoming(1);
  if (const LeaseRow* lease = ending_lease(world, second)) prefetch_lease_parts(context, *lease);
  if (const AuditRow* audit = reported_audit(world, second)) {
    world.leases.prefetch(audit->lease);
    prefetch_identity(world, audit->verifier);
  }
  const Event* next = world.engine.upcoming(0);
  if (const LeaseRow* lease = ending_lease(world, next)) {
    if (const JobRow* job = world.jobs.find(lease->job)) {
      world.engine.prefetch(job->timer);
      world.ledger.prefetch(IdentityId{job->requester});
    }
    world.ledger.prefetch(PrincipalId{world.identities[lease->provider].owner});
  }
  if (const AuditRow* audit = reported_audit(world, next)) {
    world.ledger.prefetch(PrincipalId{world.identities[audit->verifier].owner});
    if (const LeaseRow* lease = world.leases.find(audit->lease)) {
      prefetch_lease_parts(context, *lease);
    }
  }
}

}  // namespace assay::protocol
