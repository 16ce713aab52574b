#include "analysis/story_words.hpp"

#include <fmt/format.h>

#include "protocol/claim.hpp"
#include "protocol/scenario/units.hpp"

namespace assay::analysis {

using namespace protocol;

namespace {

/// To three digits, in the unit that suits it.
std::string span_text(sim::SimDuration span) {
  const double seconds = sim::to_seconds(span);
  if (seconds < 60.0) return fmt::format("{:.3g} s", seconds);
  if (seconds < 7200.0) return fmt::format("{:.3g} min", seconds / 60.0);
  if (seconds < 172'800.0) return fmt::format("{:.3g} h", seconds / 3600.0);
  return fmt::format("{:.3g} d", seconds / 86'400.0);
}

std::string segments_text(const std::vector<std::uint32_t>& segments) {
  std::string text = segments.size() == 1 ? "segment " : "segments ";
  for (std::size_t i = 0; i < segments.size(); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ", ", segments[i]);
  }
  return text;
}

std::string_view closing_text(Closing closing) {
  switch (closing) {
    case Closing::Open:
      return "open";
    case Closing::Conceded:
      return "one party conceded";
    case Closing::TimedOut:
      return "one party let its time run out";
    case Closing::BadOpening:
      return "one party contradicted what it had committed to";
    case Closing::Refereed:
      return "the referee recomputed the last operator";
    case Closing::ByDistance:
      return "both re-runs agree, so the claim's distance to them decides";
  }
  return "?";
}

std::string act_text(Act act, DisputePhase phase) {
  const std::string_view answer =
      phase == DisputePhase::Rerun ? "commits to the end of its re-run" : "answers";
  switch (act) {
    case Act::Truth:
      return fmt::format("{} [private: honestly]", answer);
    case Act::Lie:
      return fmt::format("{} [private: a lie]", answer);
    case Act::Contradict:
      return "opens something that does not match its commitment";
    case Act::Stall:
      return "has let its time run out";
    case Act::Concede:
      return "concedes";
  }
  return "?";
}

}  // namespace

std::string StoryWords::identity(std::uint32_t identity) const {
  return fmt::format("identity {} ({})", identity,
                     rules_.groups[index(world_.identities[identity].group)].name);
}

std::string StoryWords::task(const TaskRow& task, const JobRow& job) const {
  std::string text = fmt::format("job {}", job.serial);
  if (job.chains > 1) text += fmt::format(", chain {} of {}", task.chain + 1, job.chains);
  if (task.links > 1) text += fmt::format(", task {} of {}", task.link + 1, task.links);
  return text;
}

std::string StoryWords::account(Account account, const std::string& escrow) const {
  switch (account.holder) {
    case Holder::Free:
      return identity(account.index);
    case Holder::Staked:
      return fmt::format("stake of identity {}", account.index);
    case Holder::Unbonding:
      return fmt::format("unbonding of identity {}", account.index);
    case Holder::Escrow:
      return escrow;
    case Holder::Bond:
      return "bond of the dispute";
    case Holder::Treasury:
    case Holder::Burned:
    case Holder::Exchange:
    case Holder::Jackpot:
      break;
  }
  return std::string(name(account.holder));
}

std::string StoryWords::outside(Outside where) const {
  switch (where) {
    case Outside::Energy:
      return "energy";
    case Outside::Capital:
      return "wear of the machine";
    case Outside::Cloud:
      return "cloud";
    case Outside::Exchange:
      return "exchange";
  }
  return "?";
}

std::vector<std::string> StoryWords::introduction(PrincipalId principal) const {
  constexpr std::uint32_t kShown = 20;
  const PrincipalRow& row = world_.principals[index(principal)];
  std::vector<std::string> lines{fmt::format("principal {}: {} identit{} at the end of the run",
                                             index(principal), row.identities,
                                             row.identities == 1 ? "y" : "ies")};
  std::uint32_t shown = 0;
  for (std::uint32_t id = row.first_identity; id != kNone;
       id = world_.identities[id].next_of_owner) {
    if (shown++ == kShown) {
      lines.push_back(fmt::format("  and {} earlier ones", row.identities - kShown));
      break;
    }
    const IdentityRow& one = world_.identities[id];
    const Group& group = rules_.groups[index(one.group)];
    std::string line =
        fmt::format("  {}, since {}, strategy {}", identity(id),
                    span_text(one.registered.time_since_epoch()), group.strategy_kind);
    if (one.role != Role::Requester) {
      line += fmt::format(", {}", rules_.setting.devices[index(one.device)].name);
      if (one.slots > 1) line += fmt::format(" with {} slots", one.slots);
    }
    line += fmt::format(", region {}", rules_.network->regions()[index(one.region)].name);
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string StoryWords::posted(const JobRow& job) const {
  const std::uint32_t links = rules_.links(job.work);
  return fmt::format(
      "job {} is posted by {}: {}, {} chain{} of {} of reference work{}, at most {}/h (its cloud: "
      "{}/h), deadline after {}",
      job.serial, identity(job.requester), rules_.setting.workloads[index(job.workload)].name,
      job.chains, job.chains == 1 ? "" : "s", span_text(job.work),
      links > 1 ? fmt::format(" in {} tasks each", links) : "", to_text(job.limit_rate),
      to_text(job.cloud_rate), span_text(job.deadline - job.posted));
}

std::string StoryWords::auction(const AuctionNote& note, const TaskRow& task_row, const JobRow& job,
                                const LeaseRow* lease, std::uint32_t too_dear) const {
  std::string text = task(task_row, job);
  if (too_dear > 0) {
    text += fmt::format(" was too cheap for {} machine{} that became free meanwhile;", too_dear,
                        too_dear == 1 ? "" : "s");
  }
  text += fmt::format(" asks {} for a price: {} at or below its limit of {}", note.invited.size(),
                      note.bids.empty() ? "none" : fmt::format("{}", note.bids.size()),
                      to_text(note.limit));
  if (lease == nullptr) return text;  // what the task does now stands in its row
  for (const Bid& bid : note.bids) {
    if (index(note.invited[bid.candidate]) == lease->provider) {
      text += fmt::format("; {} on {} wins with {}", identity(lease->provider),
                          rules_.setting.devices[index(lease->device)].name, to_text(bid.price));
    }
  }
  text += fmt::format(" and is paid {} ({})", to_text(note.price), to_text(lease->price));
  const sim::SimDuration transfer = lease->start - world_.engine.now();
  if (transfer > sim::SimDuration{}) text += fmt::format("; transfer {}", span_text(transfer));
  text += fmt::format("; {} segment{} in {}, {} at stake", lease->segments,
                      lease->segments == 1 ? "" : "s", span_text(lease->length),
                      to_text(lease->liable));
  if (lease->bad > 0) text += fmt::format(" [private: {} will not be done]", lease->bad);
  return text;
}

std::string StoryWords::lease_end(const LeaseRow& lease, const TaskRow& task_row, const JobRow& job,
                                  LeaseEnd why, std::uint32_t done) const {
  std::string text =
      why == LeaseEnd::Finished
          ? fmt::format("{}: {} has finished; segments: {}", task(task_row, job),
                        identity(lease.provider), lease.segments)
          : fmt::format("{}: the machine of {} goes away{}; handed back after {} of {} segments",
                        task(task_row, job), identity(lease.provider),
                        why == LeaseEnd::Quit ? " [private: to work elsewhere]" : "", done,
                        lease.segments);
  const std::uint32_t bad = count_bad(world_.chance, lease, done);
  if (bad > 0) text += fmt::format(" [private: {} of them were not done]", bad);
  return text;
}

std::string StoryWords::audit_called(const LeaseRow& lease, const TaskRow& task_row,
                                     const JobRow& job, const std::string& verifiers) const {
  return fmt::format("{}: the draw says: audit; {} of the work of {} are drawn for {}",
                     task(task_row, job), segments_text(sampled_segments(world_.chance, lease)),
                     identity(lease.provider), verifiers);
}

SegmentTruth StoryWords::truth(const LeaseRow& lease, const JobRow& job,
                               std::uint32_t segment) const {
  const bool bad = is_bad(world_.chance, lease, segment);
  return {lease.key, segment, bad ? lease.behaviour : kHonest, job.workload, lease.device};
}

std::uint32_t StoryWords::rejected(const AuditRow& audit, const LeaseRow& lease,
                                   const JobRow& job) const {
  switch (audit.say) {
    case Say::Found:
      if (audit.knows == 0) return kNone;
      if (lease.planted != 0) return sampled_segments(world_.chance, lease).front();
      break;
    case Say::Approve:
      return kNone;
    case Say::Reject:
      return sampled_segments(world_.chance, lease).front();
    case Say::Copy:
      return rules_.verification->verifier_terms().reveal == Reveal::Open ? lease.rejected : kNone;
  }
  const DeviceId checker = world_.identities[audit.verifier].device;
  for (const std::uint32_t segment : sampled_segments(world_.chance, lease)) {
    if (!rules_.execution->compare(world_.chance, truth(lease, job, segment), checker).agrees) {
      return segment;
    }
  }
  return kNone;
}

std::string StoryWords::report(const AuditRow& audit, const LeaseRow& lease,
                               const JobRow& job) const {
  const std::string segments = segments_text(sampled_segments(world_.chance, lease));
  const std::uint32_t bad = rejected(audit, lease, job);
  const std::string who = fmt::format("audit of {} for job {}: {}", identity(lease.provider),
                                      job.serial, identity(audit.verifier));
  if (audit.executes == 0) {
    const std::string_view how = audit.say == Say::Copy ? "a copy of what others have reported"
                                 : audit.knows != 0     ? "another of its names has re-executed it"
                                                        : "without re-executing";
    if (bad == kNone) return fmt::format("{} approves {} [private: {}]", who, segments, how);
    return fmt::format("{} rejects segment {} [private: {}]", who, bad, how);
  }
  if (bad == kNone) return fmt::format("{} has re-executed {}: they agree", who, segments);
  return fmt::format("{} has re-executed {} and rejects segment {} [private: {}]", who, segments,
                     bad,
                     lease.planted != 0                  ? "the fault was planted"
                     : is_bad(world_.chance, lease, bad) ? "it was not done"
                                                         : "it was done");
}

std::string StoryWords::turn(const DisputeRow& dispute, const LeaseRow& lease, const JobRow& job,
                             Act act) const {
  const DisputeState& before = dispute.state;
  DisputeState state = rules_.dispute->next(before, act);
  if (state.phase == DisputePhase::Distance) {
    const bool agrees =
        rules_.execution->settle_by_distance(world_.chance, truth(lease, job, dispute.segment))
            .agrees;
    (agrees ? state.challenger_wrong : state.defender_wrong) = 1;
    state.phase = DisputePhase::Closed;
    state.closing = Closing::ByDistance;
  }
  const std::string_view party = before.turn == Party::Defender ? "defender" : "challenger";
  std::string text =
      before.phase == DisputePhase::Referee
          ? std::string("dispute: the referee recomputes the operator")
          : fmt::format(
                "dispute: the {}, {}, {}", party,
                identity(before.turn == Party::Defender ? lease.provider : dispute.challenger),
                act_text(act, before.phase));
  if (state.phase == DisputePhase::Closed) {
    text += fmt::format("; it closes after {} round{}: {}; wrong: {}", state.rounds,
                        state.rounds == 1 ? "" : "s", closing_text(state.closing),
                        state.defender_wrong != 0 && state.challenger_wrong != 0 ? "both"
                        : state.defender_wrong != 0                              ? "the defender"
                                                    : "the challenger");
  }
  return text;
}

std::string StoryWords::standing(const DisputeState& state) const {
  const std::string_view next = state.turn == Party::Defender ? "defender" : "challenger";
  switch (state.phase) {
    case DisputePhase::Rerun:
      return fmt::format("the {} re-runs the segment bit by bit", next);
    case DisputePhase::Steps:
      return fmt::format("round {}: they differ in steps {} to {}; the {} is next", state.rounds,
                         state.low, state.high - 1, next);
    case DisputePhase::Operators:
      return fmt::format("round {}: they differ in operators {} to {} of one step; the {} is next",
                         state.rounds, state.low, state.high - 1, next);
    case DisputePhase::Referee:
      return "one operator is left: it goes to the referee";
    case DisputePhase::Distance:
    case DisputePhase::Closed:
      break;
  }
  return "it is closed";
}

}  // namespace assay::analysis
