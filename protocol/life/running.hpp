#pragma once

#include "protocol/world.hpp"

// Leases while they run: one event each, whatever happens in between.
namespace assay::protocol {

/// What a provider of the group pays for energy, and for the wear of its machine; rounded up.
[[nodiscard]] Usd energy_cost(const Group& group, double joules);
[[nodiscard]] Usd wear_cost(const World& world, const Group& group, IdentityId id,
                            sim::SimDuration time);

/// Pays for the energy and the wear of executing again what somebody claims to have done.
void pay_to_rerun(Context& context, IdentityId who, const Cost& cost);

/// The work that the lease took on: from its first segment to the end of the link.
[[nodiscard]] Work lease_work(const Context& context, const LeaseRow& lease);
/// What really happened in one of its segments.
[[nodiscard]] SegmentTruth truth(const Context& context, const LeaseRow& lease,
                                 std::uint32_t segment);

/// The provider gets the task: data is transferred, its strategy decides how to work, and the end
/// is armed, at the finish or where the machine goes away before.
LeaseId start_lease(Context& context, TaskId task, IdentityId provider, Usd price);
/// The provider has finished, or hands the task back at its last checkpoint. What is done is
/// committed and goes on to verification.
void end_lease(Context& context, LeaseId lease, LeaseEnd why);

}  // namespace assay::protocol
