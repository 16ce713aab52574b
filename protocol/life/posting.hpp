#pragma once

#include "protocol/world.hpp"

// Jobs: how they come, how their chains go on and end.
namespace assay::protocol {

/// What `rate` dollars an hour make for so much work, rounded toward zero.
[[nodiscard]] Usd price_of(Usd rate, sim::SimDuration on_reference);

/// Locks tokens of a requester in a job's escrow; what it lacks it buys for dollars. False where
/// the exchange has none left.
[[nodiscard]] bool buy_and_lock(Context& context, IdentityId requester, JobId job, Tokens amount);

/// Sets `price`, at today's token price, aside in the job's escrow for a lease that is about to
/// begin. The escrow was filled at the token price of the posting: if the price has fallen since,
/// the requester adds what is missing. False where the exchange has no tokens left. What a lease is
/// not paid in the end goes back to `JobRow::unspoken`.
[[nodiscard]] bool promise(Context& context, JobId job, Usd price);

/// Asks for the memory of the requester whose job will come next.
void expect(Context& context, const Arrival& arrival);

/// A job comes from outside: its requester and its terms are drawn, the price is locked, and each
/// of its chains looks for a provider. A requester that cannot lock it goes to the cloud.
void post(Context& context, const Arrival& arrival);

/// The task turns to a link of its chain, with nothing done of it.
void start_link(Context& context, TaskId task, std::uint32_t link);
/// The task has found no provider: its chain goes to the cloud, unless it is one of several
/// replicas.
void give_up(Context& context, TaskId task);

enum class ChainEnd : std::uint8_t { Done, ToCloud };
/// The current link is accepted: the next one looks for a provider, or the chain is done.
void finish_link(Context& context, TaskId task);
/// A chain ends; what it has left goes to the cloud. The last one ends the job.
void end_chain(Context& context, TaskId task, ChainEnd end);
/// The deadline: chains that have no provider stop waiting; running leases go on to their end.
void expire(Context& context, JobId job);

}  // namespace assay::protocol
