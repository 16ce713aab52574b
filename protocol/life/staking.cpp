#include "protocol/life/staking.hpp"

#include "protocol/life/matching.hpp"

namespace assay::protocol {
namespace {

/// The identity that holds its line's tokens today.
IdentityId latest(const World& world, IdentityId id) {
  while (world.identities[index(id)].successor != kNone) {
    id = IdentityId{world.identities[index(id)].successor};
  }
  return id;
}

/// What is unbonding under this name and the earlier ones of its line: it all comes to `id`.
Tokens unbonding_for(const World& world, IdentityId id) {
  Tokens sum;
  const std::uint32_t owner = world.identities[index(id)].owner;
  for (std::uint32_t other = world.principals[owner].first_identity; other != kNone;
       other = world.identities[other].next_of_owner) {
    if (latest(world, IdentityId{other}) == id) {
      sum += world.ledger.balance(unbonding_of(IdentityId{other}));
    }
  }
  return sum;
}

/// The identity takes no more work, and its stake unbonds; its principal decides after `pause`.
void stop(Context& context, IdentityId id, Standing standing, sim::SimDuration pause) {
  World& world = context.world;
  context.identity(id).standing = standing;
  if (context.identity(id).role == Role::Verifier) world.verifiers.remove(id);
  refresh(context, id);
  world.ledger.transfer(staked_of(id), unbonding_of(id), world.ledger.balance(staked_of(id)),
                        Reason::Unstake);
  world.engine.schedule(context.now() + context.rules.slashing->unbonding(), Event::unbond(id));
  world.engine.schedule(context.now() + pause, Event::review(id));
}

}  // namespace

IdentityId register_identity(Context& context, PrincipalId owner, GroupId group_id,
                             const Machine& machine) {
  World& world = context.world;
  const Group& group = context.rules.groups[index(group_id)];
  PrincipalRow& principal = world.principals[index(owner)];
  const IdentityId id{static_cast<std::uint32_t>(world.identities.size())};

  IdentityRow row;
  row.registered = context.now();
  row.key = sim::mix(machine.key, 1 + machine.names);
  row.names = machine.names;
  row.machine = machine.key;
  row.until = sim::SimTime{};  // nothing is known of the machine yet
  row.interval = kNone;
  row.owner = index(owner);
  row.next_of_owner = principal.first_identity;
  row.group = group_id;
  row.region = machine.region;
  row.device = machine.device;
  row.slots = group.slots;
  row.free_slots = group.slots;
  row.role = group.role;
  row.desk = index(id);
  if (group.role == Role::Provider) {
    row.pool = context.rules.class_of(machine.device, group.slots);
  }
  principal.first_identity = index(id);
  ++principal.identities;
  world.identities.push_back(row);
  world.ledger.add_identity();
  return id;
}

void add_names(Context& context, IdentityId first, const Machine& machine) {
  World& world = context.world;
  const IdentityRow row = context.identity(first);
  const std::uint32_t names = context.group(row).names();
  const Tokens each = Tokens::micro(world.ledger.balance(free_of(first)).micro() / names);
  for (std::uint32_t name = 1; name < names; ++name) {
    Machine of_name = machine;
    of_name.names = machine.names + name;  // draws of its own
    const IdentityId id = register_identity(context, PrincipalId{row.owner}, row.group, of_name);
    context.identity(id).desk = index(first);
    world.ledger.transfer(free_of(first), free_of(id), each, Reason::Transfer);
    SIM_CHECK(stake(context, id));
    world.verifiers.add(id, world.ledger.balance(staked_of(id)));
  }
}

bool stake(Context& context, IdentityId id) {
  const Tokens amount = context.group(context.identity(id)).stake_of_name();
  return context.world.ledger.move(free_of(id), staked_of(id), amount, Reason::Stake).has_value();
}

bool is_online(Context& context, IdentityRow& row) {
  if (row.until > context.now()) return row.up != 0;
  const Availability& availability = *context.group(row).availability;
  const int offset = context.rules.network->regions()[index(row.region)].utc_offset_hours;
  while (row.until <= context.now()) {
    ++row.interval;  // from kNone to 0 at first
    const Availability::Interval interval =
        availability.interval(context.world.chance, row.machine, row.interval, offset);
    row.up = interval.up ? 1 : 0;
    const bool for_ever = interval.length >= sim::kNever - row.until;
    row.until = for_ever ? sim::kNever : row.until + interval.length;
  }
  return row.up != 0;
}

void refresh(Context& context, IdentityId id) {
  World& world = context.world;
  IdentityRow& row = context.identity(id);
  const std::uint32_t held = context.rules.dispute->holds_slot() ? row.disputed : 0;
  const bool wants_work = row.role == Role::Provider && row.standing == Standing::Active &&
                          row.free_slots > held &&
                          context.rules.reputation->trusted(*world.reputation, id);
  if (wants_work && is_online(context, row)) {
    world.pool.add(row, id);
    return;
  }
  world.pool.remove(world.identities, id);
  if (wants_work && row.waking == 0 && row.until != sim::kNever) {
    row.waking = 1;
    world.engine.schedule(row.until, Event::wake(id));
  }
}

void wake(Context& context, IdentityId id) {
  context.identity(id).waking = 0;
  refresh(context, id);
}

void open_case(Context& context, IdentityId id) { ++context.identity(id).open_cases; }

void close_case(Context& context, IdentityId id) {
  IdentityRow& row = context.identity(id);
  SIM_CHECK(row.open_cases > 0);
  --row.open_cases;
  if (row.open_cases == 0 && row.releasing != 0) release(context, id);
}

void expel(Context& context, IdentityId id) {
  IdentityRow& row = context.identity(id);
  // Also of who has withdrawn before it. A wrong conviction gives way to one for later bad work.
  if (row.expelled == sim::kNever || row.expelled < row.first_bad) row.expelled = context.now();
  if (row.standing != Standing::Active) return;
  stop(context, id, Standing::Expelled, context.rules.slashing->re_entry());
}

void withdraw(Context& context, IdentityId id) {
  IdentityRow& row = context.identity(id);
  if (row.standing != Standing::Active) return;
  ++context.totals(row).withdrawals;
  stop(context, id, Standing::Withdrawn, sim::SimDuration{});
}

void fill_stake(Context& context, IdentityId id) {
  const IdentityRow& row = context.identity(id);
  if (row.standing != Standing::Active) return;
  Ledger& ledger = context.world.ledger;
  const Tokens missing = context.group(row).stake_of_name() - ledger.balance(staked_of(id));
  if (ledger.move(free_of(id), staked_of(id), missing, Reason::Stake)) return;
  ++context.world.metrics.market.refusals[static_cast<std::size_t>(Refusal::StakeShort)];
  withdraw(context, id);
}

void come_back(Context& context, IdentityId id) {
  IdentityRow& row = context.identity(id);
  SIM_CHECK(row.away_slots > 0);
  --row.away_slots;
  ++row.free_slots;
  refresh(context, id);
  serve_waiting(context, id);
  if (context.identity(id).reviewing != 0) review(context, id);
}

void release(Context& context, IdentityId id) {
  World& world = context.world;
  IdentityRow& row = context.identity(id);
  // The last case to close releases it, or what it may still bring.
  row.releasing = row.open_cases > 0 ? 1 : 0;
  if (row.open_cases > 0 && context.rules.slashing->holds()) return;
  world.ledger.transfer(unbonding_of(id), free_of(id), world.ledger.balance(unbonding_of(id)),
                        Reason::Release);
  const IdentityId heir = latest(world, id);
  if (heir != id) {
    world.ledger.transfer(free_of(id), free_of(heir), world.ledger.balance(free_of(id)),
                          Reason::Transfer);
  }
  if (context.identity(heir).reviewing != 0) review(context, heir);
}

void review(Context& context, IdentityId id) {
  World& world = context.world;
  IdentityRow& old = context.identity(id);
  const Group& group = context.group(old);
  const Tokens needed = group.stake_of_name();
  old.reviewing = 0;
  // The machine still works off what its old name had accepted; the last lease's end asks again.
  if (old.free_slots < old.slots) {
    old.reviewing = 1;
    return;
  }
  const View view(world, context.rules, id);
  const Tokens free = world.ledger.balance(free_of(id));
  // Its identities are walked over only where what is free does not do.
  const Tokens unbonding = free < needed ? unbonding_for(world, id) : Tokens{};
  if (!group.strategy->re_enter(view) || free + unbonding < needed) {
    if (free + unbonding < needed) {
      ++world.metrics.market.refusals[static_cast<std::size_t>(Refusal::StakeShort)];
    }
    old.standing = Standing::Gone;
    ++context.totals(old).exits;
    return;
  }
  if (free < needed) {
    old.reviewing = 1;  // the release of the rest asks again
    return;
  }
  // No other name of this machine, now or earlier, has the key that this makes.
  const IdentityId fresh =
      register_identity(context, PrincipalId{old.owner}, old.group,
                        {old.machine, old.device, old.region, old.names + group.names()});
  // `old` may have moved with the table.
  IdentityRow& before = context.identity(id);
  IdentityRow& after = context.identity(fresh);
  before.standing = Standing::Gone;
  before.successor = index(fresh);
  after.until = before.until;
  after.interval = before.interval;
  after.up = before.up;
  world.ledger.transfer(free_of(id), free_of(fresh), free, Reason::Transfer);
  SIM_CHECK(stake(context, fresh));
  if (after.role == Role::Verifier) {
    after.desk = before.desk;
    world.verifiers.take_over(id, fresh, world.ledger.balance(staked_of(fresh)));
  }
  refresh(context, fresh);
  serve_waiting(context, fresh);
}

}  // namespace assay::protocol
