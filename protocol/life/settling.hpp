#pragma once

#include <optional>

#include "protocol/world.hpp"

// How a claim ends: paid, or slashed.
namespace assay::protocol {

/// Pays the provider for the segments it committed, and ends its lease; `is_result`: this is the
/// work that the requester gets, and not one more replica of it.
void pay_work(Context& context, LeaseId lease, bool is_result);
/// An answer that was not taken: its lease ends, and nothing is paid. `outvoted`: another answer
/// was, and that counts for the provider's reputation as a conviction does; a vote without a result
/// says nothing of anybody.
void dismiss(Context& context, LeaseId lease, bool outvoted);
/// A cheat is slashed and expelled, and its lease ends. `reporter` gets its share, if there is one
/// to reward.
void punish(Context& context, LeaseId lease, std::optional<IdentityId> reporter);

/// The claim stands: the provider is paid for the segments it committed, and the task goes on from
/// there.
void accept(Context& context, LeaseId lease);
/// The lease ends before its work is done: the provider pays the fault fee from its stake, and
/// fills that up again.
void charge_fault(Context& context, const LeaseRow& lease);
/// The claim is refuted: the provider is punished, and the task goes back to where this lease
/// picked it up.
void convict(Context& context, LeaseId lease, std::optional<IdentityId> reporter);

}  // namespace assay::protocol
