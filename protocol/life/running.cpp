#include "protocol/life/running.hpp"

#include <algorithm>

#include "protocol/claim.hpp"
#include "protocol/life/auditing.hpp"
#include "protocol/life/matching.hpp"
#include "protocol/life/posting.hpp"
#include "protocol/life/settling.hpp"
#include "protocol/life/staking.hpp"
#include "protocol/life/voting.hpp"

namespace assay::protocol {
namespace {

constexpr double kJoulesPerKwh = 3.6e6;

Usd part(Usd whole, sim::SimDuration of, sim::SimDuration length) {
  return Usd::micro(mul_div_up(whole.micro(), of.count(), length.count()));
}

void pay(Context& context, const IdentityRow& row, Usd energy, Usd wear) {
  Ledger& ledger = context.world.ledger;
  ledger.pay(PrincipalId{row.owner}, Outside::Energy, energy, Reason::Energy);
  ledger.pay(PrincipalId{row.owner}, Outside::Capital, wear, Reason::Wear);
  GroupTotals& totals = context.totals(row);
  totals.energy_uusd += energy.micro();
  totals.wear_uusd += wear.micro();
}

/// Machine and energy are paid for the time worked; a cheat pays for what it did not skip.
void pay_for_work(Context& context, const LeaseRow& lease, sim::SimDuration worked) {
  pay(context, context.identity(IdentityId{lease.provider}),
      part(lease.energy, worked, lease.length), part(lease.wear, worked, lease.length));
}

void commit(Context& context, LeaseRow& lease, IdentityRow& row) {
  GroupTotals& totals = context.totals(row);
  lease.committed = context.now();
  lease.cheated = count_bad(context.world.chance, lease, lease.done) > 0 ? 1 : 0;
  ++totals.leases_committed;
  if (lease.cheated != 0) {
    ++totals.leases_bad;
    row.first_bad = std::min(row.first_bad, context.now());
  }
}

struct Ending {
  sim::SimTime at;
  LeaseEnd why = LeaseEnd::Finished;
};

/// Whatever comes first: it is finished, its provider quits, its machine is switched off.
Ending ending_of(const LeaseRow& lease, Share quits_after, sim::SimTime machine_until) {
  Ending ending{lease.start + lease.length, LeaseEnd::Finished};
  if (quits_after < kWhole) {
    const sim::SimDuration stays{mul_div_up(lease.length.count(), quits_after.ppb, kWholePpb)};
    ending = {lease.start + stays, LeaseEnd::Quit};
  }
  if (ending.at > machine_until) ending = {machine_until, LeaseEnd::Down};
  return ending;
}

/// The slot is free again; that of a provider who has quit works elsewhere for the time that the
/// lease would have taken, as long as its machine is switched on.
void free_slot(Context& context, const LeaseRow& lease, LeaseEnd why) {
  const IdentityId provider{lease.provider};
  IdentityRow& row = context.identity(provider);
  const sim::SimTime back = std::min(lease.start + lease.length, row.until);
  if (why != LeaseEnd::Quit || back <= context.now()) {
    ++row.free_slots;
    return;
  }
  ++row.away_slots;
  const Usd earned = price_of(lease.elsewhere, back - context.now());
  context.world.ledger.pay(PrincipalId{row.owner}, Outside::Cloud, -earned, Reason::Elsewhere);
  context.totals(row).elsewhere_uusd += earned.micro();
  context.world.engine.schedule(back, Event::back(provider));
}

/// Done unfinished: what that costs in time, and the fee for it.
void hand_back(Context& context, const LeaseRow& lease, LeaseEnd why, sim::SimDuration worked,
               const Work& work) {
  const double share = sim::to_seconds(worked) / sim::to_seconds(lease.length) -
                       static_cast<double>(lease.done) / static_cast<double>(lease.segments);
  context.world.metrics.market.lost_work_us += static_cast<std::int64_t>(
      std::max(0.0, share) * static_cast<double>(to_us(work.on_reference)));
  GroupTotals& totals = context.totals(context.identity(IdentityId{lease.provider}));
  ++totals.handed_back;
  if (why == LeaseEnd::Quit) ++totals.quits;
  charge_fault(context, lease);
}

}  // namespace

Usd energy_cost(const Group& group, double joules) {
  return usd_up(group.power_price.as_double() * joules / kJoulesPerKwh);
}

Usd wear_cost(const World& world, const Group& group, IdentityId id, sim::SimDuration time) {
  constexpr std::int64_t kHour = sim::SimDuration(std::chrono::hours(1)).count();
  Usd rate = group.wear;
  if (group.wear_span > Usd{}) {
    const std::uint64_t machine = world.identities[index(id)].machine;
    const auto span = static_cast<std::uint64_t>(group.wear_span.micro());
    rate += Usd::micro(
        static_cast<std::int64_t>(world.chance.open(Purpose::Wear, machine).below(span + 1)));
  }
  return Usd::micro(mul_div_up(rate.micro(), time.count(), kHour));
}

void pay_to_rerun(Context& context, IdentityId who, const Cost& cost) {
  const IdentityRow& row = context.identity(who);
  const Group& group = context.group(row);
  pay(context, row, energy_cost(group, cost.joules),
      wear_cost(context.world, group, who, cost.length));
}

Work lease_work(const Context& context, const LeaseRow& lease) {
  const TaskRow& task = context.world.tasks.at(lease.task);
  const JobRow& job = context.world.jobs.at(task.job);
  const sim::SimDuration link = context.rules.link_work(job.work, task.link);
  if (lease.from == 0) return {job.workload, link, task.segments};
  return {job.workload, sim::SimDuration{mul_div(link.count(), lease.segments, task.segments)},
          lease.segments};
}

SegmentTruth truth(const Context& context, const LeaseRow& lease, std::uint32_t segment) {
  const TaskRow& task = context.world.tasks.at(lease.task);
  const bool bad = is_bad(context.world.chance, lease, segment);
  return {lease.key, segment, bad ? lease.behaviour : kHonest,
          context.world.jobs.at(task.job).workload, lease.device};
}

LeaseId start_lease(Context& context, TaskId task_id, IdentityId provider, Usd price) {
  World& world = context.world;
  const Rules& rules = context.rules;
  TaskRow& task = world.tasks.at(task_id);
  const JobRow& job = world.jobs.at(task.job);
  IdentityRow& row = context.identity(provider);
  const Group& group = context.group(row);
  if (!world.pool.idle(row.pool).empty()) {
    __builtin_prefetch(&context.identity(world.pool.idle(row.pool).back()));  // takes its place
  }

  LeaseRow lease;
  lease.key = sim::mix(task.key, task.attempt);
  lease.task = task_id;
  lease.job = task.job;
  lease.provider = index(provider);
  lease.device = row.device;
  lease.from = task.kept;
  lease.segments = task.segments - task.kept;
  lease.price = tokens_down(price, world.token_price);
  const Work work = lease_work(context, lease);
  const Cost cost = rules.execution->cost(work, row.device);

  Bytes input = rules.setting.workloads[index(job.workload)].input;
  if (task.kept > 0) input.count += rules.execution->checkpoint_bytes(job.workload).count;
  lease.start = context.now() + rules.network->move(job.region, row.region, input);

  MarketTotals& totals = world.metrics.market;
  Cell& cell = world.metrics.cell(context.now());
  totals.moved_bytes += input.count;
  totals.awarded_work_us += to_us(work.on_reference);
  totals.awarded_uusd += price.micro();
  cell.awarded_work_us += to_us(work.on_reference);
  cell.awarded_uusd += price.micro();
  world.metrics.waiting_ns.add((context.now() - task.ready).count());

  lease.liable = std::min(group.stake_per_slot, world.ledger.balance(staked_of(provider)));
  const WorkPlan plan = group.strategy->work(
      View(world, rules, provider), WorkFacts{lease.key, lease.segments, price, lease.liable});
  if (!group.cheats.empty()) lease.behaviour = group.cheats.at(plan.cheat);
  lease.chance_bad = plan.cheated;
  lease.independent = plan.independent ? 1 : 0;
  lease.accord = plan.accord ? 1 : 0;
  lease.bad = plan.independent ? lease.segments : cheated_segments(plan.cheated, lease.segments);
  if (plan.independent) lease.bad = count_bad(world.chance, lease, lease.segments);
  const double bad_share = static_cast<double>(lease.bad) / static_cast<double>(lease.segments);
  const double done_share = 1.0 - bad_share * (1.0 - rules.execution->cost_share(lease.behaviour));
  lease.length = cost.length;
  if (plan.hurry) lease.length = sim::duration_up(sim::to_seconds(cost.length) * done_share);
  lease.length = std::max(lease.length, sim::SimDuration{1});
  lease.energy = energy_cost(group, cost.joules * done_share);
  lease.wear = usd_up(wear_cost(world, group, provider, cost.length).as_double() * done_share);
  lease.elsewhere = plan.elsewhere;

  world.metrics.busy(context.now(), row.group, 1);
  open_case(context, provider);
  --row.free_slots;
  refresh(context, provider);

  task.state = TaskState::Leased;
  task.tries = 0;
  const Ending ending = ending_of(lease, plan.quits_after, row.until);
  const LeaseId id = world.leases.add(lease);
  if (task.ballot) task.lease = id;
  world.leases.at(id).timer = world.engine.schedule(ending.at, Event::lease_end(id, ending.why));
  return id;
}

void end_lease(Context& context, LeaseId id, LeaseEnd why) {
  World& world = context.world;
  LeaseRow& lease = world.leases.at(id);
  const IdentityId provider{lease.provider};
  IdentityRow& row = context.identity(provider);
  const sim::SimDuration worked =
      std::clamp(context.now() - lease.start, sim::SimDuration{}, lease.length);
  const Work work = lease_work(context, lease);
  const Cost cost = context.rules.execution->cost(work, lease.device);
  const bool voted = static_cast<bool>(world.tasks.at(lease.task).ballot);
  lease.done =
      why == LeaseEnd::Finished ? lease.segments : committed_early(lease, context.now(), voted);
  pay_for_work(context, lease, worked);

  ++context.totals(row).leases_ended;
  MarketTotals& totals = world.metrics.market;
  totals.provider_us += to_us(worked);
  totals.commitment_us += mul_div(to_us(cost.commitment), lease.done, lease.segments);
  if (why != LeaseEnd::Finished) hand_back(context, lease, why, worked, work);

  world.metrics.busy(context.now(), row.group, -1);
  free_slot(context, lease, why);
  refresh(context, provider);
  const bool committed = lease.done > 0;
  const TaskId task = lease.task;
  // Who waits for this machine comes before the rest of the chain that leaves it. From here on the
  // rows may have moved.
  serve_waiting(context, provider);
  if (committed) {
    commit(context, world.leases.at(id), context.identity(provider));
    const CommitFacts facts{world.leases.at(id).cheated != 0};
    const Strategy& strategy = *context.group(context.identity(provider)).strategy;
    if (strategy.unstakes(View(world, context.rules, provider), facts)) withdraw(context, provider);
    if (voted) {
      cast(context, id);
    } else {
      verify(context, id);
    }
  } else {
    ++context.identity(provider).handed_back;
    context.rules.reputation->learn(*world.reputation, provider, LeaseOutcome::HandedBack);
    const LeaseRow& unpaid = world.leases.at(id);  // it may have moved
    world.jobs.at(unpaid.job).unspoken += unpaid.price;
    world.leases.remove(id);
    world.tasks.at(task).lease = LeaseId{};
    close_case(context, provider);
    refresh(context, provider);
    // It no longer takes part in the ballot: another replica may have waited for that.
    if (voted) serve_waiting(context, provider);
    ++world.tasks.at(task).attempt;
    world.tasks.at(task).ready = context.now();
    seek_provider(context, task);
  }
  if (context.identity(provider).reviewing != 0) review(context, provider);
}

}  // namespace assay::protocol
