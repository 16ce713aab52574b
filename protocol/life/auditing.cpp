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

/// Who is called, in the order of the calls: where several would report at the same instant, it
/// decides whose rejection is heard first, so it is drawn too.
std::vector<IdentityId> draw_verifiers(const Context& context, std::uint64_t lease_key,
                                       std::uint32_t wanted) {
  const Chance& chance = context.world.chance;
  std::vector<IdentityId> drawn =
      context.world.verifiers.draw(chance.open(Purpose::Verifier, lease_key), wanted,
                                   context.rules.verification->verifier_terms().draw);
  sim::Draws order = chance.open(Purpose::VerifierOrder, lease_key);
  for (std::size_t left = drawn.size(); left > 1; --left) {
    std::swap(drawn[left - 1], drawn[order.below(left)]);
  }
  return drawn;
}

/// A principal that re-executes the claim at hand, and when it will have its result.
struct Executing {
  std::uint32_t owner = 0;
  sim::SimTime due;
};

/// Calls one verifier: locks its fee, lets it decide, and arms its report. False where the
/// requester cannot lock the fee.
bool call_verifier(Context& context, LeaseId lease_id, IdentityId verifier, const Work& work,
                   std::vector<Executing>& executing) {
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
  const auto own = std::find_if(executing.begin(), executing.end(),
                                [&](const Executing& one) { return one.owner == row.owner; });
  const VerifyPlan plan = group.strategy->verify(
      View(world, rules, verifier),
      VerifyFacts{provider, lease.sampled, lease.key, own != executing.end()});
  audit.executes = plan.execute ? 1 : 0;
  audit.say = plan.say;
  audit.knows = plan.execute || own != executing.end() ? 1 : 0;

  // Every segment starts from its own checkpoint, which the provider serves.
  const Bytes bytes{rules.execution->checkpoint_bytes(job.workload).count *
                    static_cast<std::int64_t>(lease.sampled)};
  const sim::SimTime arrived =
      context.now() + rules.network->move(context.identity(provider).region, row.region, bytes);
  sim::SimTime& busy_until = world.identities[row.desk].busy_until;
  const sim::SimTime begin = std::max(arrived, busy_until);
  // Who pretends takes as long as who works, so as not to be told apart.
  sim::SimTime due = begin + rules.execution->reexecution(work, lease.sampled, row.device).length;
  if (plan.execute) {
    busy_until = due;
    executing.push_back({row.owner, due});
  } else if (own != executing.end() && plan.say == Say::Found) {
    due = own->due;
  }
  due += plan.wait;
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

/// What the verifier says now: the segment that it rejects, or none.
std::uint32_t rejected_segment(Context& context, const AuditRow& audit, const LeaseRow& lease,
                               DeviceId checker) {
  switch (audit.say) {
    case Say::Found:
      if (audit.knows != 0 && lease.planted != 0) {
        return sampled_segments(context.world.chance, lease).front();
      }
      return audit.knows != 0 ? reexecute(context, lease, checker) : kNone;
    case Say::Approve:
      return kNone;
    case Say::Reject:
      return sampled_segments(context.world.chance, lease).front();
    case Say::Copy:
      break;
  }
  const bool open = context.rules.verification->verifier_terms().reveal == Reveal::Open;
  return open ? lease.rejected : kNone;
}

/// Writes down what a verifier has said; the first rejection is what copiers can see.
void record(Context& context, const AuditRow& audit, std::uint32_t rejected) {
  World& world = context.world;
  LeaseRow& lease = world.leases.at(audit.lease);
  const IdentityId verifier{audit.verifier};
  GroupTotals& totals = context.totals(context.identity(verifier));
  ++totals.verdicts;
  if (audit.knows == 0) ++totals.unseen_verdicts;
  VerdictRow verdict;
  verdict.next = lease.first_verdict;
  verdict.liable =
      world.ledger.balance(staked_of(verifier)) + world.ledger.balance(unbonding_of(verifier));
  verdict.verifier = audit.verifier;
  verdict.rejected = rejected;
  verdict.made_up = audit.say == Say::Reject ? 1 : 0;
  lease.first_verdict = world.verdicts.add(verdict);
  if (rejected == kNone || lease.accuser != kNone) return;
  lease.accuser = audit.verifier;
  lease.rejected = rejected;
}

/// All reports are in.
void conclude(Context& context, LeaseId id) {
  const LeaseRow& lease = context.world.leases.at(id);
  IdentityRow& row = context.identity(IdentityId{lease.provider});
  GroupTotals& totals = context.totals(row);
  if (lease.planted != 0) {
    ++context.world.metrics.market.planted;
    accept(context, id);
    return;
  }
  ++totals.leases_audited;
  row.last_audit = context.now();
  if (lease.cheated != 0) ++totals.bad_audited;
  if (lease.accuser == kNone) {
    accept(context, id);
    return;
  }
  ++totals.flagged;
  if (lease.cheated != 0) ++totals.bad_flagged;
  hear_rejections(context, id);
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
  lease.planted = plan.planted ? 1 : 0;
  const Work work = lease_work(context, lease);
  std::uint32_t called = 0;
  std::vector<Executing> executing;
  for (const IdentityId verifier : draw_verifiers(context, lease.key, plan.verifiers)) {
    if (call_verifier(context, id, verifier, work, executing)) ++called;
  }
  lease.reports_due = called;
  world.metrics.market.calls_missing += plan.verifiers - called;
  if (called == 0) {
    ++world.metrics.market.audits_unheld;
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

  if (audit.executes != 0) {
    const Work work = lease_work(context, lease);
    const Cost cost = context.rules.execution->reexecution(work, lease.sampled, row.device);
    pay_to_rerun(context, verifier, cost);
    world.metrics.market.audited_work_us +=
        mul_div(to_us(work.on_reference), lease.sampled, lease.segments);
  }
  record(context, audit, rejected_segment(context, audit, lease, row.device));
  world.ledger.transfer(escrow_of(task.job), free_of(verifier), audit.fee, Reason::AuditFee);
  context.totals(row).fees_utok += audit.fee.micro();
  world.metrics.market.audit_fees_uusd += usd_down(audit.fee, world.token_price).micro();
  world.audits.remove(id);  // its case stays open until the claim is settled
  SIM_CHECK(lease.reports_due > 0);
  if (--lease.reports_due == 0) conclude(context, audit.lease);
}

}  // namespace assay::protocol
