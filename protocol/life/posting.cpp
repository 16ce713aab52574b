#include "protocol/life/posting.hpp"

#include <algorithm>

#include "protocol/life/matching.hpp"
#include "protocol/life/voting.hpp"
#include "protocol/verification/voting.hpp"

namespace assay::protocol {
namespace {

constexpr std::int64_t kHour = sim::SimDuration(std::chrono::hours(1)).count();
/// The latest deadline, from the posting on: longer than any run.
constexpr double kCenturyS = 100.0 * 365.0 * 86'400.0;

/// Adds to a sum of work; a demand of more than 292,000 years ends the run.
void add_work(std::int64_t& sum_us, sim::SimDuration work, std::int64_t times) {
  std::int64_t all = 0;
  SIM_CHECK(!__builtin_mul_overflow(to_us(work), times, &all));
  SIM_CHECK(!__builtin_add_overflow(sum_us, all, &sum_us));
}

/// Which requester brings the job, by its place among them: one of its tenant's, or one of all
/// where there are no tenants.
std::size_t draw_requester(Context& context, const Arrival& arrival) {
  const World& world = context.world;
  const Demand& demand = *context.rules.demand;
  sim::Draws draws = world.chance.open(Purpose::Requester, arrival.ordinal);
  const std::uint64_t all = world.requesters.size();
  const std::uint64_t tenants = demand.tenants();
  if (tenants == 0 || tenants > all) return draws.below(all);
  std::uint64_t tenant = arrival.tenant;
  if (arrival.tenant == Arrival::kNoTenant) {
    double mark = draws.uniform();
    tenant = 0;
    while (tenant + 1 < tenants &&
           mark >= demand.tenant_share(static_cast<std::uint32_t>(tenant))) {
      mark -= demand.tenant_share(static_cast<std::uint32_t>(tenant));
      ++tenant;
    }
  }
  // A tenant's requesters are those whose place leaves its number as remainder.
  const std::uint64_t of_tenant = (all - tenant + tenants - 1) / tenants;
  return tenant + tenants * draws.below(of_tenant);
}

WorkloadId draw_workload(const Rules& rules, const Arrival& arrival, sim::Draws& draws) {
  if (arrival.workload) return *arrival.workload;
  auto mark = static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(kWholePpb)));
  std::uint16_t workload = 0;
  while (workload + 1u < rules.setting.workloads.size() &&
         mark >= rules.setting.workloads[workload].share.ppb) {
    mark -= rules.setting.workloads[workload].share.ppb;
    ++workload;
  }
  return WorkloadId{workload};
}

/// Buys the tokens that the requester lacks and locks the price of all chains, and of the replicas
/// that each starts with. What a link costs is rounded up before it becomes tokens: the prices of
/// its leases, each rounded down for the work that was left when it began, may together exceed the
/// rounded price of the whole.
bool lock_price(Context& context, JobId job_id) {
  const Price price = context.world.token_price;
  JobRow& job = context.world.jobs.at(job_id);
  const std::uint32_t links = context.rules.links(job.work);
  Tokens amount;
  for (std::uint32_t link = 0; link < links; ++link) {
    const sim::SimDuration work = context.rules.link_work(job.work, link);
    amount += tokens_up(Usd::micro(mul_div_up(job.limit_rate.micro(), work.count(), kHour)), price);
  }
  const Voting* const voting = context.rules.verification->voting();
  const std::uint32_t replicas = voting != nullptr ? voting->replicas() : 1;
  job.unspoken = amount * static_cast<std::int64_t>(job.chains) * replicas;
  return buy_and_lock(context, IdentityId{job.requester}, job_id, job.unspoken);
}

/// The work of `chains` chains, each priced alone: the time of all of them may not fit 64 bits.
void pay_cloud(Context& context, const JobRow& job, sim::SimDuration work, std::int64_t chains) {
  World& world = context.world;
  const PrincipalId owner{context.identity(IdentityId{job.requester}).owner};
  const Usd cost = price_of(job.cloud_rate, work) * chains;
  world.ledger.pay(owner, Outside::Cloud, cost, Reason::Cloud);
  add_work(world.metrics.market.work_cloud_us, work, chains);
  world.metrics.market.cloud_paid_uusd += cost.micro();
}

/// Whether the job is among those that the totals count as posted: a share of them must not hold
/// jobs of the warm-up.
bool is_counted(const World& world, const JobRow& job) {
  return job.posted >= world.metrics.measured_from;
}

void end_job(Context& context, JobId id) {
  World& world = context.world;
  const JobRow job = world.jobs.at(id);
  world.engine.cancel(job.timer);
  const IdentityId requester{job.requester};
  world.ledger.transfer(escrow_of(id), free_of(requester), world.ledger.balance(escrow_of(id)),
                        Reason::Refund);
  if (job.failed_chains == 0 && is_counted(world, job)) ++world.metrics.market.jobs_done;
  for (TaskId task = job.first_task; task;) {
    const TaskId next = world.tasks.at(task).next_of_job;
    world.tasks.remove(task);
    task = next;
  }
  world.jobs.remove(id);
}

void set_link(Context& context, TaskRow& task, const JobRow& job, std::uint32_t link) {
  task.link = link;
  task.key = sim::mix(job.serial, task.chain, link);
  task.segments = context.rules.execution->segments(context.rules.link_work(job.work, link));
  task.kept = 0;
  task.attempt = 0;
  task.tries = 0;
  task.ready = context.now();
}

/// The chain's current link looks for its provider, or for those of its replicas.
void begin_link(Context& context, TaskId chain) {
  if (context.rules.verification->voting() != nullptr) {
    open_ballot(context, chain);
  } else {
    seek_provider(context, chain);
  }
}

}  // namespace

void start_link(Context& context, TaskId id, std::uint32_t link) {
  TaskRow& task = context.world.tasks.at(id);
  set_link(context, task, context.world.jobs.at(task.job), link);
}

void give_up(Context& context, TaskId id) {
  if (context.world.tasks.at(id).ballot) {
    drop_replica(context, id);
  } else {
    end_chain(context, id, ChainEnd::ToCloud);
  }
}

Usd price_of(Usd rate, sim::SimDuration on_reference) {
  return Usd::micro(mul_div(rate.micro(), on_reference.count(), kHour));
}

bool buy_and_lock(Context& context, IdentityId requester, JobId job, Tokens amount) {
  World& world = context.world;
  const Tokens free = world.ledger.balance(free_of(requester));
  if (free < amount) {
    const Tokens bought = amount - free;
    if (!world.ledger.move(kExchangeAccount, free_of(requester), bought, Reason::Purchase)) {
      return false;
    }
    world.ledger.pay(PrincipalId{context.identity(requester).owner}, Outside::Exchange,
                     usd_cost(bought, world.token_price), Reason::Purchase);
  }
  world.ledger.transfer(free_of(requester), escrow_of(job), amount, Reason::Lock);
  return true;
}

bool promise(Context& context, JobId id, Usd price) {
  JobRow& job = context.world.jobs.at(id);
  const Tokens needed = tokens_down(price, context.world.token_price);
  if (needed > job.unspoken) {
    if (!buy_and_lock(context, IdentityId{job.requester}, id, needed - job.unspoken)) return false;
    job.unspoken = needed;
  }
  job.unspoken -= needed;
  return true;
}

void expect(Context& context, const Arrival& arrival) {
  const std::size_t place = draw_requester(context, arrival);
  const IdentityId requester = context.world.requesters[place];
  __builtin_prefetch(&context.world.offers[place]);
  __builtin_prefetch(&context.identity(requester));
  context.world.ledger.prefetch(requester);
}

void post(Context& context, const Arrival& arrival) {
  World& world = context.world;
  const Rules& rules = context.rules;
  const std::size_t place = draw_requester(context, arrival);
  const IdentityId requester = world.requesters[place];
  sim::Draws draws = world.chance.open(Purpose::JobTerms, arrival.ordinal);
  const WorkloadId workload = draw_workload(rules, arrival, draws);
  const Workload& terms = rules.setting.workloads[index(workload)];

  JobRow job;
  job.serial = arrival.ordinal;
  job.posted = context.now();
  job.work = arrival.work;
  job.requester = index(requester);
  job.chains = arrival.gpus;
  job.open_chains = arrival.gpus;
  job.workload = workload;
  job.region = context.identity(requester).region;
  job.cloud_rate = rules.outside[world.offers[place]].rate[index(workload)];
  const std::int64_t span = terms.limit_high.ppb - terms.limit_low.ppb;
  const Share limit{terms.limit_low.ppb +
                    static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(span) + 1))};
  job.limit_rate = take_share(job.cloud_rate, limit);
  job.deadline =
      context.now() + terms.deadline_slack +
      sim::duration_up(std::min(sim::to_seconds(arrival.work) * terms.deadline_factor, kCenturyS));

  MarketTotals& totals = world.metrics.market;
  ++totals.jobs;
  ++world.metrics.cell(context.now()).jobs;
  add_work(totals.work_posted_us, job.work, job.chains);
  const JobId id = world.jobs.add(job);
  if (!lock_price(context, id)) {
    ++totals.refusals[static_cast<std::size_t>(Refusal::EscrowShort)];
    pay_cloud(context, job, job.work, job.chains);
    world.jobs.remove(id);
    return;
  }
  TaskId previous;
  for (std::uint32_t chain = job.chains; chain-- > 0;) {
    TaskRow task;
    task.job = id;
    task.chain = chain;
    task.links = rules.links(job.work);
    task.next_of_job = previous;
    set_link(context, task, job, 0);
    previous = world.tasks.add(task);
  }
  JobRow& row = world.jobs.at(id);
  row.first_task = previous;
  row.timer = world.engine.schedule(job.deadline, Event::deadline(id));
  // A chain may end, and with the last one the job, while the next ones are still to begin.
  for (TaskId task = previous; task;) {
    const TaskRow& current = world.tasks.at(task);
    const TaskId next = current.next_of_job;
    begin_link(context, task);
    task = next;
  }
}

void finish_link(Context& context, TaskId task_id) {
  World& world = context.world;
  TaskRow& task = world.tasks.at(task_id);
  ++world.metrics.market.tasks_done;
  world.metrics.market.segments_done += task.segments;
  if (task.link + 1 == task.links) {
    end_chain(context, task_id, ChainEnd::Done);
    return;
  }
  set_link(context, task, world.jobs.at(task.job), task.link + 1);
  begin_link(context, task_id);
}

void end_chain(Context& context, TaskId task_id, ChainEnd end) {
  World& world = context.world;
  TaskRow& task = world.tasks.at(task_id);
  SIM_CHECK(task.state != TaskState::Ended);
  task.state = TaskState::Ended;
  if (task.ballot) world.ballots.remove(task.ballot);
  const JobId job_id = task.job;
  JobRow& job = world.jobs.at(job_id);
  if (end == ChainEnd::ToCloud) {
    ++job.failed_chains;
    sim::SimDuration left = remaining_work(context, task).on_reference;
    for (std::uint32_t link = task.link + 1; link < task.links; ++link) {
      left += context.rules.link_work(job.work, link);
    }
    pay_cloud(context, job, left, 1);
  }
  if (--job.open_chains == 0) end_job(context, job_id);
}

void expire(Context& context, JobId id) {
  World& world = context.world;
  JobRow& job = world.jobs.at(id);
  job.expired = 1;
  if (is_counted(world, job)) ++world.metrics.market.jobs_late;
  // The last chain to end takes the rows with it.
  for (TaskId task = job.first_task; task;) {
    const TaskRow& row = world.tasks.at(task);
    const TaskId next = row.next_of_job;
    if (row.state == TaskState::Waiting || row.state == TaskState::Backoff) {
      world.engine.cancel(row.timer);
      give_up(context, task);
      if (world.jobs.find(id) == nullptr) return;
    }
    task = next;
  }
}

}  // namespace assay::protocol
