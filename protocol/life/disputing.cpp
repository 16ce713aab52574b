#include "protocol/life/disputing.hpp"

#include <algorithm>
#include <limits>

#include "protocol/life/running.hpp"
#include "protocol/life/settling.hpp"
#include "protocol/life/staking.hpp"

namespace assay::protocol {
namespace {

/// The rejection of the lease that is heard next: the earliest that has not been.
VerdictId next_rejection(const World& world, const LeaseRow& lease) {
  VerdictId next;
  for (VerdictId id = lease.first_verdict; id; id = world.verdicts.at(id).next) {
    const VerdictRow& verdict = world.verdicts.at(id);
    if (verdict.rejected != kNone && verdict.heard == 0) next = id;
  }
  return next;
}

/// The referee has found that this segment agrees: who else rejected it need not lose a bond.
void drop_rejections(World& world, const LeaseRow& lease, std::uint32_t segment) {
  for (VerdictId id = lease.first_verdict; id; id = world.verdicts.at(id).next) {
    VerdictRow& verdict = world.verdicts.at(id);
    if (verdict.rejected == segment) verdict.heard = 1;
  }
}

IdentityId on_turn(const DisputeRow& dispute, const LeaseRow& lease) {
  return IdentityId{dispute.state.turn == Party::Defender ? lease.provider : dispute.challenger};
}

/// Lets whoever is on turn decide, and arms its answer or the end of its time.
void arm_turn(Context& context, DisputeId id) {
  World& world = context.world;
  const Rules& rules = context.rules;
  const DisputeRow& dispute = world.disputes.at(id);
  const LeaseRow& lease = world.leases.at(dispute.lease);
  const DisputeState& state = dispute.state;
  const Work work = lease_work(context, lease);
  if (state.phase == DisputePhase::Referee) {
    world.engine.schedule(context.now() + rules.execution->referee_time(work.workload),
                          Event::turn(id, Act::Truth));
    return;
  }
  const IdentityId mover = on_turn(dispute, lease);
  const IdentityRow& row = context.identity(mover);
  const SegmentTruth segment = truth(context, lease, dispute.segment);
  const bool honest_work = segment.behaviour == kHonest;
  const MoveFacts facts{
      state.phase, state.rounds,
      state.turn == Party::Defender ? !honest_work : honest_work && lease.made_up != 0};
  const Strategy& strategy = *context.group(row).strategy;
  const View view(world, rules, mover);
  Act act = strategy.move(view, facts);
  sim::SimDuration delay = rules.dispute->answer();
  if (state.phase == DisputePhase::Rerun && act != Act::Concede) {
    delay += rules.execution->rerun(work, row.device).length;
  }
  if (act != Act::Concede && strategy.dawdles(view, facts)) {
    delay = std::max(delay, rules.dispute->timeout());
  }
  // Silence, or an answer that would come too late, ends with the time-out.
  if (act == Act::Stall || delay > rules.dispute->timeout()) {
    act = Act::Stall;
    delay = rules.dispute->timeout();
  }
  world.engine.schedule(context.now() + delay, Event::turn(id, act));
}

void close_dispute(Context& context, DisputeId id) {
  World& world = context.world;
  const DisputeRow dispute = world.disputes.at(id);
  const IdentityId provider{world.leases.at(dispute.lease).provider};
  const IdentityId challenger{dispute.challenger};
  const bool provider_wrong = dispute.state.defender_wrong != 0;
  const bool challenger_wrong = dispute.state.challenger_wrong != 0;
  SIM_CHECK(provider_wrong || challenger_wrong);

  const Account bond = bond_of(id);
  const Tokens amount = world.ledger.balance(bond);
  if (!challenger_wrong) {
    world.ledger.transfer(bond, free_of(challenger), amount, Reason::BondReturned);
  } else if (!provider_wrong) {
    world.ledger.transfer(bond, free_of(provider), amount, Reason::BondLost);
  } else {
    world.ledger.transfer(bond, kTreasuryAccount, amount, Reason::BondLost);
  }
  MarketTotals& totals = world.metrics.market;
  ++totals.disputes;
  totals.dispute_rounds += dispute.state.rounds;
  ++totals.closings[static_cast<std::size_t>(dispute.state.closing)];
  world.metrics.dispute_ns.add((context.now() - dispute.opened).count());
  world.disputes.remove(id);
  close_case(context, challenger);
  --context.identity(provider).disputed;  // what follows looks at its slots again
  if (provider_wrong) {
    convict(context, dispute.lease, challenger_wrong ? std::nullopt : std::optional(challenger));
  } else {
    if (dispute.state.closing == Closing::ByDistance) {
      drop_rejections(world, world.leases.at(dispute.lease), dispute.segment);
    }
    hear_rejections(context, dispute.lease);
  }
}

/// After every change of the state: decide what decides itself, or let the next one move.
void go_on(Context& context, DisputeId id) {
  DisputeRow& dispute = context.world.disputes.at(id);
  DisputeState& state = dispute.state;
  if (state.phase == DisputePhase::Distance) {
    const LeaseRow& lease = context.world.leases.at(dispute.lease);
    const bool agrees =
        context.rules.execution
            ->settle_by_distance(context.world.chance, truth(context, lease, dispute.segment))
            .agrees;
    (agrees ? state.challenger_wrong : state.defender_wrong) = 1;
    state.phase = DisputePhase::Closed;
    state.closing = Closing::ByDistance;
  }
  if (state.phase == DisputePhase::Closed) {
    close_dispute(context, id);
  } else {
    arm_turn(context, id);
  }
}

/// The lease's accuser locks its bond and opens the dispute over the segment it rejected; false
/// without the bond.
bool open_dispute(Context& context, LeaseId lease_id) {
  World& world = context.world;
  const Rules& rules = context.rules;
  LeaseRow& lease = world.leases.at(lease_id);
  const IdentityId challenger{lease.accuser};
  const Work work = lease_work(context, lease);
  const SegmentTruth segment = truth(context, lease, lease.rejected);

  Dispute::Question question;
  question.steps = rules.execution->steps(work);
  question.operators = rules.execution->operators(work.workload);
  question.rerun = !rules.execution->bitwise();
  question.claim_differs = rules.execution->differs_bitwise(segment);
  question.challenger_lies = lease.made_up != 0 && !question.claim_differs;
  if (question.rerun || question.claim_differs || question.challenger_lies) {
    const Divergence parted =
        rules.execution->divergence(world.chance, segment, question.steps, question.operators);
    question.location = parted.step;
    question.operator_at = parted.operator_at;
  }

  DisputeRow dispute;
  dispute.state = rules.dispute->open(question);
  dispute.lease = lease_id;
  dispute.opened = context.now();
  dispute.challenger = lease.accuser;
  dispute.segment = lease.rejected;
  const DisputeId id = world.disputes.add(dispute);
  if (!world.ledger.move(free_of(challenger), bond_of(id), rules.dispute->bond(), Reason::Bond)) {
    ++world.metrics.market.refusals[static_cast<std::size_t>(Refusal::BondShort)];
    world.disputes.remove(id);
    return false;
  }
  lease.state = LeaseState::Disputed;
  if (lease.made_up != 0) ++context.totals(context.identity(challenger)).made_up;
  open_case(context, challenger);
  IdentityRow& provider = context.identity(IdentityId{lease.provider});
  SIM_CHECK(provider.disputed < std::numeric_limits<std::uint16_t>::max());
  ++provider.disputed;
  refresh(context, IdentityId{lease.provider});
  go_on(context, id);
  return true;
}

}  // namespace

void hear_rejections(Context& context, LeaseId id) {
  World& world = context.world;
  LeaseRow& lease = world.leases.at(id);
  while (const VerdictId next = next_rejection(world, lease)) {
    VerdictRow& verdict = world.verdicts.at(next);
    verdict.heard = 1;
    lease.accuser = verdict.verifier;
    lease.rejected = verdict.rejected;
    lease.made_up = verdict.made_up;
    if (open_dispute(context, id)) return;
  }
  accept(context, id);
}

void take_turn(Context& context, DisputeId id, Act act) {
  DisputeRow& dispute = context.world.disputes.at(id);
  if (dispute.state.phase == DisputePhase::Rerun && act != Act::Concede && act != Act::Stall) {
    const LeaseRow& lease = context.world.leases.at(dispute.lease);
    const IdentityId mover = on_turn(dispute, lease);
    const Work work = lease_work(context, lease);
    pay_to_rerun(context, mover,
                 context.rules.execution->rerun(work, context.identity(mover).device));
    context.world.metrics.market.rerun_work_us +=
        to_us(work.on_reference) / static_cast<std::int64_t>(work.segments);
  }
  dispute.state = context.rules.dispute->next(dispute.state, act);
  go_on(context, id);
}

}  // namespace assay::protocol
