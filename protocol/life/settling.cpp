#include "protocol/life/settling.hpp"

#include <algorithm>
#include <cmath>

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

/// A verifier that approved what it should not have loses a share of its stake, and its place.
Tokens penalise(Context& context, const VerdictRow& verdict, Share share, Account to,
                Reason reason) {
  if (share == Share{}) return {};
  const IdentityId verifier{verdict.verifier};
  IdentityRow& row = context.identity(verifier);
  const Tokens taken = take(context, verifier, to, take_share(verdict.liable, share), reason);
  context.totals(row).slashed_utok += taken.micro();
  ++row.slashed;
  expel(context, verifier);
  return taken;
}

/// Whether the verdict shows a planted fault: a rejection that was made up cannot.
bool finds_planted(const VerdictRow& verdict) {
  return verdict.rejected != kNone && verdict.made_up == 0;
}

/// What each finder of a planted fault gets; nothing where there was none, or nobody found it.
Tokens prize_for(const Context& context, const LeaseRow& lease) {
  if (lease.planted == 0) return {};
  const World& world = context.world;
  std::uint32_t finders = 0;
  for (VerdictId id = lease.first_verdict; id; id = world.verdicts.at(id).next) {
    if (finds_planted(world.verdicts.at(id))) ++finders;
  }
  if (finders == 0) return {};
  return context.rules.verification->jackpot().prize(world.ledger.balance(kJackpotAccount),
                                                     finders);
}

/// The claim is settled: what verifiers have said of it counts, and is forgotten.
void close_verdicts(Context& context, LeaseId id, bool convicted) {
  World& world = context.world;
  const Verification& verification = *context.rules.verification;
  const bool planted = world.leases.at(id).planted != 0;
  const Tokens prize = prize_for(context, world.leases.at(id));
  VerdictId next = world.leases.at(id).first_verdict;
  while (next) {
    const VerdictRow verdict = world.verdicts.at(next);
    const IdentityId verifier{verdict.verifier};
    const bool approved = verdict.rejected == kNone;
    world.verdicts.remove(next);
    if (planted && finds_planted(verdict)) {
      world.ledger.transfer(kJackpotAccount, free_of(verifier), prize, Reason::Jackpot);
      context.totals(context.identity(verifier)).prizes_utok += prize.micro();
    } else if (planted && approved) {
      ++context.totals(context.identity(verifier)).missed_faults;
      penalise(context, verdict, verification.jackpot().missed, kJackpotAccount,
               Reason::MissedFault);
    } else if (convicted && approved) {
      ++context.totals(context.identity(verifier)).overturned;
      world.metrics.market.treasury_utok +=
          penalise(context, verdict, verification.verifier_terms().false_approval, kTreasuryAccount,
                   Reason::FalseApproval)
              .micro();
    }
    close_case(context, verifier);
    next = verdict.next;
  }
}

/// Every payment for work feeds the jackpot, where there is one, at its requester's expense.
void pay_tax(Context& context, JobId id, Tokens payment) {
  const Tokens tax = take_share(payment, context.rules.verification->jackpot().tax);
  if (tax == Tokens{}) return;
  World& world = context.world;
  if (!buy_and_lock(context, IdentityId{world.jobs.at(id).requester}, id, tax)) {
    ++world.metrics.market.refusals[static_cast<std::size_t>(Refusal::EscrowShort)];
    return;
  }
  world.ledger.transfer(escrow_of(id), kJackpotAccount, tax, Reason::Tax);
  world.metrics.market.tax_uusd += usd_down(tax, world.token_price).micro();
}

void learn(Context& context, IdentityId provider, LeaseOutcome outcome) {
  const bool was_idle = context.identity(provider).place != kNone;
  context.rules.reputation->learn(*context.world.reputation, provider, outcome);
  refresh(context, provider);
  if (!was_idle) serve_waiting(context, provider);  // it may be trusted again
}

}  // namespace

void pay_work(Context& context, LeaseId id, bool is_result) {
  World& world = context.world;
  const LeaseRow lease = world.leases.at(id);
  JobRow& job = world.jobs.at(lease.job);
  const IdentityId provider{lease.provider};
  IdentityRow& row = context.identity(provider);

  const Tokens payment = Tokens::micro(mul_div(lease.price.micro(), lease.done, lease.segments));
  world.ledger.transfer(escrow_of(lease.job), free_of(provider), payment, Reason::Payment);
  job.unspoken += lease.price - payment;
  pay_tax(context, lease.job, payment);

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
    const std::int64_t bad_us = mul_div(to_us(work.on_reference),
                                        count_bad(world.chance, lease, lease.done), lease.segments);
    totals.work_bad_accepted_us += bad_us;
    if (is_result) {
      market.work_useless_us += bad_us;
      const double harm = context.rules.execution->harm(lease.behaviour);
      market.work_harmed_ms += std::llround(1e-3 * harm * static_cast<double>(bad_us));
    }
  }
  market.paid_uusd += usd_down(payment, world.token_price).micro();
  if (is_result) {
    market.work_network_us += work_us;
    market.cloud_worth_uusd +=
        price_of(job.cloud_rate, sim::SimDuration(std::chrono::microseconds(work_us))).micro();
  }

  const bool whole = lease.done == lease.segments;
  ++(whole ? row.done : row.handed_back);
  close_verdicts(context, id, false);
  world.leases.remove(id);
  close_case(context, provider);
  learn(context, provider, whole ? LeaseOutcome::Accepted : LeaseOutcome::HandedBack);
}

void accept(Context& context, LeaseId id) {
  const LeaseRow lease = context.world.leases.at(id);
  pay_work(context, id, true);
  TaskRow& task = context.world.tasks.at(lease.task);
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

void dismiss(Context& context, LeaseId id, bool outvoted) {
  World& world = context.world;
  const LeaseRow lease = world.leases.at(id);
  const IdentityId provider{lease.provider};
  world.jobs.at(lease.job).unspoken += lease.price;
  world.leases.remove(id);
  close_case(context, provider);
  if (outvoted) learn(context, provider, LeaseOutcome::Convicted);
}

void punish(Context& context, LeaseId id, std::optional<IdentityId> reporter) {
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
}

void convict(Context& context, LeaseId id, std::optional<IdentityId> reporter) {
  const TaskId task = context.world.leases.at(id).task;
  punish(context, id, reporter);
  seek_again(context, task);
}

}  // namespace assay::protocol
