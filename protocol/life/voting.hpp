#pragma once

#include "protocol/world.hpp"

// Tasks whose result is found by comparing the answers of several providers. Each replica is a task
// of its own that looks for a provider; the chain's task is the first of them. An answer counts
// whole: what a machine that goes away has done is lost.
namespace assay::protocol {

/// The current link of a chain begins: its replicas look for providers.
void open_ballot(Context& context, TaskId chain);
/// A replica's provider has committed to its answer; the last one to come lets the votes be
/// counted.
void cast(Context& context, LeaseId lease);
/// A replica finds no provider and is given up.
void drop_replica(Context& context, TaskId replica);
/// Whether the identity works on, or has answered, a replica of the same task.
[[nodiscard]] bool takes_part(const World& world, const TaskRow& task, IdentityId provider);

}  // namespace assay::protocol
