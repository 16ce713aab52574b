#pragma once

#include "protocol/world.hpp"

// Identities: how they come, are expelled, get their stake back, and come again.
namespace assay::protocol {

/// A principal's machine, as it goes from one of its identities to the next.
struct Machine {
  std::uint64_t key = 0;
  DeviceId device{};
  RegionId region{};
  std::uint32_t names = 0;  ///< that it has or had besides this one: makes the name's own key
};

/// Registers a new identity of `owner` with no money.
IdentityId register_identity(Context& context, PrincipalId owner, GroupId group,
                             const Machine& machine);
/// Registers the further names of a verifier that has more than one: each takes its part of what is
/// free under the first, stakes, and can be called.
void add_names(Context& context, IdentityId first, const Machine& machine);
/// Locks the full stake of the identity's group; false (and nothing changed) where it is short.
bool stake(Context& context, IdentityId id);

/// Brings the machine's interval up to now, and says whether it is on.
bool is_online(Context& context, IdentityRow& row);
/// Puts the identity into the index of the idle if it belongs there, or takes it out; if its
/// machine is away, arms its wake.
void refresh(Context& context, IdentityId id);
/// The machine of a parked identity is switched on.
void wake(Context& context, IdentityId id);

/// One more, or one fewer, case that keeps the identity's stake in place.
void open_case(Context& context, IdentityId id);
void close_case(Context& context, IdentityId id);

/// Locks what a fee has taken from an active identity's stake again; withdraws one whose free
/// tokens do not suffice.
void fill_stake(Context& context, IdentityId id);
/// The identity takes no more work, its stake goes into unbonding, and its principal may come back
/// under a new name as soon as it has the tokens.
void withdraw(Context& context, IdentityId id);
/// A slot that has worked elsewhere is free again.
void come_back(Context& context, IdentityId id);

/// A conviction: the identity takes no more work, its stake goes into unbonding, and its principal
/// may come back after the re-entry time. One that is stopped already is only noted as convicted.
void expel(Context& context, IdentityId id);
/// The unbonding time is over: what is left is released; where slashing holds it, once no case is
/// open.
void release(Context& context, IdentityId id);
/// The identity was stopped, and the time for that is over: the principal registers anew, waits for
/// its tokens, or gives up.
void review(Context& context, IdentityId id);

}  // namespace assay::protocol
