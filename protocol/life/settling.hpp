#pragma once

#include <optional>

#include "protocol/world.hpp"

// How a claim ends: paid, or slashed.
namespace assay::protocol {

/// The claim stands: the provider is paid for the segments it committed, and the task goes on from
/// there.
void accept(Context& context, LeaseId lease);
/// The lease ends before its work is done: the provider pays the fault fee from its stake, and
/// fills that up again.
void charge_fault(Context& context, const LeaseRow& lease);
/// The claim is refuted: the provider is slashed and expelled, and the task goes back to where this
/// lease picked it up. `reporter` gets its share, if there is one to reward.
void convict(Context& context, LeaseId lease, std::optional<IdentityId> reporter);

}  // namespace assay::protocol
