#include "protocol/life/auditing.hpp"

#include <algorithm>

#include "protocol/claim.hpp"
#include "protocol/life/disputing.hpp"
#include "protocol/life/posting.hpp"
#include "protocol/life/running.hpp"
#include "protocol/life/settling.hpp"
#include "protocol/life/staking.hpp"

namespace assay::protocol {
namespace {

/// Distinct verifiers, drawn after the commitment.
std::vector<IdentityId> draw_verifiers(const Context& context, std::uint64_t lease_key,
                                       std::uint32_t wanted) {
  const std::vector<IdentityId>& all = context.world.verifiers;
  const auto count = static_cast<std::uint32_t>(all.size());
  std::vector<IdentityId> drawn;
  for (const std::uint32_t place :
       sample_without_replacement(context.world.chance.open(Purpose::Verifier, lease_key), count,
                                  std::min(wanted, count))) {
    drawn.push_back(all[place]);
  }
  return drawn;
}

/// Calls one verifier: locks its fee, lets it decide, and arms its report. False where the
/// requester cannot lock the fee.
bool call_verifier(Context& context, LeaseId lease_id, IdentityId verifier, const Work& work) {
  World& world = context.world;
  const Rules& rules = context.rules;
  const LeaseRow& lease = world.leases.at(lease_id);
  const TaskRow& task = world.tasks.at(lease.task);
  const JobRow& job = world.jobs.at(task.job);
  IdentityRow& row = context.identity(verifier);
  const Group& group = context.group(row);

  AuditRow audit;
  audit.lease = lease_id;
  audit.verifier = index(verifier);
  audit.fee = take_share(Tokens::micro(mul_div(lease.price.micro(), lease.sampled, lease.segments)),
                         rules.verification->pay());
  if (!buy_and_lock(context, IdentityId{job.requester}, task.job, audit.fee)) {
    ++world.metrics.market.refusals[static_cast<std::size_t>(Refusal::EscrowShort)];
    return false;
  }
  const IdentityId provider{lease.provider};
  const VerifyPlan plan =
      group.strategy->verify(View(world, rules, verifier), VerifyFacts{provider, lease.sampled});
  audit.executes = plan.execute ? 1 : 0;

  // Every segment starts from its own checkpoint, which the provider serves.
  const Bytes bytes{rules.execution->checkpoint_bytes(job.workload).count *
                    static_cast<std::int64_t>(lease.sampled)};
  const sim::SimTime arrived =
      context.now() + rules.network->move(context.identity(provider).region, row.region, bytes);
  const sim::SimTime begin = std::max(arrived, row.busy_until);
  // Who pretends takes as long as who works, so as not to be told apart.
  const sim::SimTime due =
      begin + rules.execution->reexecution(work, lease.sampled, row.device).length;
  if (plan.execute) row.busy_until = due;
  world.metrics.market.moved_bytes += bytes.count;
  open_case(context, verifier);
  world.engine.schedule(due, Event::report(world.audits.add(audit)));
  return true;
}

/// The first drawn segment whose re-execution does not agree, or none.
std::uint32_t reexecute(Context& context, const LeaseRow& lease, DeviceId checker) {
  for (const std::uint32_t segment : sampled_segments(context.world.chance, lease)) {
    const Comparison comparison = context.rules.execution->compare(
        context.world.chance, truth(context, lease, segment), checker);
    if (!comparison.agrees) return segment;
  }
  return kNone;
}

/// All reports are in.
void conclude(Context& context, LeaseId id) {
  const LeaseRow& lease = context.world.leases.at(id);
  IdentityRow& row = context.identity(IdentityId{lease.provider});
  GroupTotals& totals = context.totals(row);
  ++totals.leases_audited;
  row.last_audit = context.now();
  if (lease.cheated != 0) ++totals.bad_audited;
  if (lease.accuser == kNone) {
    accept(context, id);
    return;
  }
  ++totals.flagged;
  if (lease.cheated != 0) ++totals.bad_flagged;
  open_dispute(context, id);
}

}  // namespace

void verify(Context& context, LeaseId id) {
  World& world = context.world;
  LeaseRow& lease = world.leases.at(id);
  const AuditPlan plan = context.rules.verification->plan(world.chance, lease.key, lease.done);
  if (plan.segments == 0) {
    accept(context, id);
    return;
  }
  const sim::SimDuration delay = context.rules.verification->delay(world.chance, lease.key);
  if (delay > sim::SimDuration{}) {
    lease.state = LeaseState::Committed;
    world.engine.schedule(context.now() + delay, Event::audit(id));
    return;
  }
  audit(context, id);
}

void audit(Context& context, LeaseId id) {
  World& world = context.world;
  LeaseRow& lease = world.leases.at(id);
  const AuditPlan plan = context.rules.verification->plan(world.chance, lease.key, lease.done);
  lease.state = LeaseState::Auditing;
  lease.sampled = plan.segments;
  const Work work = lease_work(context, lease);
  std::uint32_t called = 0;
  for (const IdentityId verifier : draw_verifiers(context, lease.key, plan.verifiers)) {
    if (call_verifier(context, id, verifier, work)) ++called;
  }
  lease.reports_due = called;
  if (called == 0) {
    accept(context, id);
    return;
  }
  ++world.metrics.cell(context.now()).audits;
}

void report(Context& context, AuditId id) {
  World& world = context.world;
  const AuditRow audit = world.audits.at(id);
  LeaseRow& lease = world.leases.at(audit.lease);
  const TaskRow& task = world.tasks.at(lease.task);
  const IdentityId verifier{audit.verifier};
  IdentityRow& row = context.identity(verifier);
  const Group& group = context.group(row);

  if (audit.executes != 0) {
    const Work work = lease_work(context, lease);
    const Cost cost = context.rules.execution->reexecution(work, lease.sampled, row.device);
    const Usd energy = energy_cost(group, cost.joules);
    const Usd wear = wear_cost(group, cost.length);
    world.ledger.pay(PrincipalId{row.owner}, Outside::Energy, energy, Reason::Energy);
    world.ledger.pay(PrincipalId{row.owner}, Outside::Capital, wear, Reason::Wear);
    GroupTotals& totals = context.totals(row);
    totals.energy_uusd += energy.micro();
    totals.wear_uusd += wear.micro();
    world.metrics.market.audited_work_us +=
        mul_div(to_us(work.on_reference), lease.sampled, lease.segments);
    const std::uint32_t rejected = reexecute(context, lease, row.device);
    if (rejected != kNone && lease.accuser == kNone) {
      lease.accuser = audit.verifier;
      lease.rejected = rejected;
    }
  }
  world.ledger.transfer(escrow_of(task.job), free_of(verifier), audit.fee, Reason::AuditFee);
  context.totals(row).fees_utok += audit.fee.micro();
  world.metrics.market.audit_fees_uusd += usd_down(audit.fee, world.token_price).micro();
  world.audits.remove(id);
  close_case(context, verifier);
  SIM_CHECK(lease.reports_due > 0);
  if (--lease.reports_due == 0) conclude(context, audit.lease);
}

}  // namespace assay::protocol
