#include "protocol/life/settling.hpp"

#include <algorithm>

#include "protocol/claim.hpp"
#include "protocol/life/matching.hpp"
#include "protocol/life/posting.hpp"
#include "protocol/life/running.hpp"
#include "protocol/life/staking.hpp"

namespace assay::protocol {
namespace {

/// The task's next lease starts where the accepted work ends.
void seek_again(Context& context, TaskId id) {
  TaskRow& task = context.world.tasks.at(id);
  ++task.attempt;
  task.ready = context.now();
  seek_provider(context, id);
}

/// Takes up to `amount` from the identity's stake, what is bonded first; returns what was taken.
Tokens take(Context& context, IdentityId from, Account to, Tokens amount, Reason reason) {
  Ledger& ledger = context.world.ledger;
  Tokens taken;
  for (const Account source : {staked_of(from), unbonding_of(from)}) {
    const Tokens part = std::min(amount - taken, ledger.balance(source));
    ledger.transfer(source, to, part, reason);
    taken += part;
  }
  return taken;
}

/// A verifier that approved what is now convicted loses a share of its stake, and its place.
void penalise_approval(Context& context, const VerdictRow& verdict) {
  const Share share = context.rules.verification->verifier_terms().false_approval;
  const IdentityId verifier{verdict.verifier};
  IdentityRow& row = context.identity(verifier);
  GroupTotals& totals = context.totals(row);
  ++totals.overturned;
  if (share == Share{}) return;
  const Tokens taken = take(context, verifier, kTreasuryAccount, take_share(verdict.liable, share),
                            Reason::FalseApproval);
  totals.slashed_utok += taken.micro();
  context.world.metrics.market.treasury_utok += taken.micro();
  ++row.slashed;
  expel(context, verifier);
}

/// The claim is settled: what verifiers have said of it counts, and is forgotten.
void close_verdicts(Context& context, LeaseId id, bool convicted) {
  World& world = context.world;
  VerdictId next = world.leases.at(id).first_verdict;
  while (next) {
    const VerdictRow verdict = world.verdicts.at(next);
    world.verdicts.remove(next);
    if (convicted && verdict.rejected == kNone) penalise_approval(context, verdict);
    close_case(context, IdentityId{verdict.verifier});
    next = verdict.next;
  }
}

void learn(Context& context, IdentityId provider, LeaseOutcome outcome) {
  const bool was_idle = context.identity(provider).place != kNone;
  context.rules.reputation->learn(*context.world.reputation, provider, outcome);
  refresh(context, provider);
  if (!was_idle) serve_waiting(context, provider);  // it may be trusted again
}

}  // namespace

void accept(Context& context, LeaseId id) {
  World& world = context.world;
  const LeaseRow lease = world.leases.at(id);
  TaskRow& task = world.tasks.at(lease.task);
  JobRow& job = world.jobs.at(task.job);
  const IdentityId provider{lease.provider};
  IdentityRow& row = context.identity(provider);

  const Tokens payment = Tokens::micro(mul_div(lease.price.micro(), lease.done, lease.segments));
  world.ledger.transfer(escrow_of(task.job), free_of(provider), payment, Reason::Payment);
  job.unspoken += lease.price - payment;

  const Work work = lease_work(context, lease);
  const std::int64_t work_us = mul_div(to_us(work.on_reference), lease.done, lease.segments);
  GroupTotals& totals = context.totals(row);
  GroupCell& cell = world.metrics.cell(context.now(), row.group);
  MarketTotals& market = world.metrics.market;
  ++totals.leases_accepted;
  ++cell.accepted;
  totals.work_accepted_us += work_us;
  totals.earned_utok += payment.micro();
  if (lease.cheated != 0) {
    ++totals.bad_accepted;
    ++cell.bad_accepted;
    totals.bad_earned_utok += payment.micro();
    totals.work_bad_accepted_us += mul_div(
        to_us(work.on_reference), count_bad(world.chance, lease, lease.done), lease.segments);
  }
  market.work_network_us += work_us;
  market.paid_uusd += usd_down(payment, world.token_price).micro();
  market.cloud_worth_uusd +=
      price_of(job.cloud_rate, sim::SimDuration(std::chrono::microseconds(work_us))).micro();

  const bool whole = lease.done == lease.segments;
  ++(whole ? row.done : row.handed_back);
  close_verdicts(context, id, false);
  world.leases.remove(id);
  close_case(context, provider);
  learn(context, provider, whole ? LeaseOutcome::Accepted : LeaseOutcome::HandedBack);
  task.kept += lease.done;
  if (task.kept == task.segments) {
    finish_link(context, lease.task);
  } else {
    seek_again(context, lease.task);
  }
}

void charge_fault(Context& context, const LeaseRow& lease) {
  const Penalty fee = context.rules.slashing->fault(lease.liable);
  if (fee.amount == Tokens{}) return;
  const IdentityId provider{lease.provider};
  const Tokens burned = take(context, provider, kBurnedAccount, fee.burned, Reason::FaultFee);
  const Tokens rest =
      take(context, provider, kTreasuryAccount, fee.amount - fee.burned, Reason::FaultFee);
  context.totals(context.identity(provider)).fault_fees_utok += (burned + rest).micro();
  context.world.metrics.market.burned_utok += burned.micro();
  context.world.metrics.market.treasury_utok += rest.micro();
  fill_stake(context, provider);
}

void convict(Context& context, LeaseId id, std::optional<IdentityId> reporter) {
  World& world = context.world;
  const LeaseRow lease = world.leases.at(id);
  const IdentityId provider{lease.provider};
  IdentityRow& row = context.identity(provider);

  const Penalty penalty = context.rules.slashing->penalty(lease.liable);
  // Claims on one stake are served in the order of conviction; what it does not cover is reported.
  const Tokens stake =
      world.ledger.balance(staked_of(provider)) + world.ledger.balance(unbonding_of(provider));
  const Tokens covered = std::min(penalty.amount, stake);
  const auto covered_part = [&](Tokens part) {
    return penalty.amount == Tokens{}
               ? Tokens{}
               : Tokens::micro(mul_div(part.micro(), covered.micro(), penalty.amount.micro()));
  };
  Tokens taken;
  if (reporter) {
    taken += take(context, provider, free_of(*reporter), covered_part(penalty.reporter),
                  Reason::SlashReporter);
  }
  const Tokens burned =
      take(context, provider, kBurnedAccount,
           std::min(covered_part(penalty.burned), covered - taken), Reason::SlashBurn);
  taken += burned;
  const Tokens rest =
      take(context, provider, kTreasuryAccount, covered - taken, Reason::SlashTreasury);
  taken += rest;
  SIM_CHECK(taken == covered && taken <= lease.liable);

  GroupTotals& totals = context.totals(row);
  MarketTotals& market = world.metrics.market;
  ++totals.slashed;
  if (lease.cheated == 0) ++totals.honest_slashed;
  ++world.metrics.cell(context.now(), row.group).slashed;
  totals.slashed_utok += taken.micro();
  totals.uncovered_utok += (penalty.amount - taken).micro();
  market.burned_utok += burned.micro();
  market.treasury_utok += rest.micro();
  world.metrics.detection_ns.add((context.now() - lease.committed).count());

  ++row.slashed;
  world.jobs.at(lease.job).unspoken += lease.price;
  close_verdicts(context, id, true);
  world.leases.remove(id);
  expel(context, provider);
  close_case(context, provider);
  learn(context, provider, LeaseOutcome::Convicted);
  seek_again(context, lease.task);
}

}  // namespace assay::protocol
