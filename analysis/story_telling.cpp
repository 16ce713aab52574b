#include "analysis/story_telling.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/claim.hpp"
#include "protocol/scenario/units.hpp"

namespace assay::analysis {

using namespace protocol;

std::vector<std::string> StoryTelling::tell(const std::vector<std::string>& auctions) {
  what_.clear();
  if (events_.is_party()) {
    switch (scene().event.kind) {
      case EventKind::Arrive:
        tell_arrival();
        break;
      case EventKind::LeaseEnd:
        tell_lease_end();
        break;
      case EventKind::Audit:
        tell_audit_begun();
        break;
      case EventKind::Report:
        tell_report();
        break;
      case EventKind::Turn:
        tell_turn();
        break;
      case EventKind::Deadline:
        say(fmt::format("job {}: the deadline passes; chains without a provider stop waiting",
                        scene().job->serial));
        break;
      case EventKind::Queue:
      case EventKind::Wake:
      case EventKind::Back:
      case EventKind::Unbond:
      case EventKind::Review:
      case EventKind::Probe:
      case EventKind::Price:
        break;
    }
    tell_verdict();
  } else if (events_.is_called()) {
    tell_audit();
  }
  for (const std::string& auction : auctions) say(auction);
  tell_whereabouts();
  tell_staking();
  return std::move(what_);
}

void StoryTelling::tell_arrival() {
  say(words_.posted(*scene().job));
  if (!events_.has(Reason::Lock))
    say("its requester cannot lock the price: all of it goes to the cloud");
}

void StoryTelling::tell_lease_end() {
  const LeaseRow& lease = *scene().lease;
  const auto why = static_cast<LeaseEnd>(scene().event.code);
  const bool voted = rules_.verification->voting() != nullptr;
  const std::uint32_t done = why == LeaseEnd::Finished
                                 ? lease.segments
                                 : committed_early(lease, world_.engine.now(), voted);
  say(words_.lease_end(lease, *scene().task, *scene().job, why, done));
  if (events_.has(Reason::FaultFee)) {
    say(fmt::format("{} pays a fee of {} for it", words_.identity(lease.provider),
                    to_text(Tokens::micro(events_.sum(Reason::FaultFee)))));
  }
  if (done == 0) {
    say("nothing is committed, nothing is paid");
  } else if (voted) {
    say("its answer is compared with those of the other replicas");
  } else if (world_.leases.find(scene().lease_id) == nullptr) {
    const AuditPlan plan = rules_.verification->plan(world_.chance, lease.key, done);
    say(plan.segments == 0 ? "the draw says: not audited"
                           : "an audit is due, but nobody can be called or paid for it");
  } else if (world_.leases.at(scene().lease_id).state == LeaseState::Committed) {
    say("the draw says: audited, at a time that nobody knows yet");
  } else {
    tell_audit();
  }
}

void StoryTelling::tell_audit_begun() {
  if (world_.leases.find(scene().lease_id) == nullptr) {
    say("an audit is due, but nobody can be called or paid for it");
  } else {
    tell_audit();
  }
}

void StoryTelling::tell_audit() {
  std::string verifiers;
  world_.audits.for_each([&](AuditId, const AuditRow& audit) {
    if (!(audit.lease == scene().lease_id)) return;
    verifiers +=
        fmt::format("{}{}", verifiers.empty() ? "" : ", ", words_.identity(audit.verifier));
  });
  say(words_.audit_called(world_.leases.at(scene().lease_id), *scene().task, *scene().job,
                          verifiers));
}

void StoryTelling::tell_report() {
  const LeaseRow& lease = *scene().lease;
  say(words_.report(*scene().audit, lease, *scene().job));
  if (events_.has(Reason::Bond)) {
    const LeaseRow* now = world_.leases.find(scene().lease_id);
    const std::string segment =
        now != nullptr ? fmt::format(" over segment {}", now->rejected) : "";
    say(fmt::format("{} locks a bond of {} and opens a dispute{}",
                    words_.identity(scene().challenger),
                    to_text(Tokens::micro(events_.sum(Reason::Bond))), segment));
  } else if (lease.reports_due == 1 && lease.planted != 0) {
    say("all reports are in: the fault was planted, and the claim itself is paid");
  } else if (lease.reports_due == 1 && events_.has(Reason::Payment)) {
    const bool rejected =
        lease.accuser != kNone || words_.rejected(*scene().audit, lease, *scene().job) != kNone;
    say(rejected ? "all reports are in; the challenger cannot lock its bond, so the claim stands"
                 : "all reports are in and agree: the claim stands");
  }
}

void StoryTelling::tell_turn() {
  const DisputeRow* next = world_.disputes.find(scene().dispute_id);
  say(words_.turn(*scene().dispute, *scene().lease, *scene().job,
                  static_cast<Act>(scene().event.code)));
  if (next != nullptr) say(words_.standing(next->state));
}

/// How a claim ended, if one did: only then is anything paid or slashed.
void StoryTelling::tell_verdict() {
  if (!scene().lease) return;
  const LeaseRow& lease = *scene().lease;
  if (rules_.verification->voting() != nullptr) {
    if (events_.has(Reason::Payment)) {
      say(fmt::format("the answers are counted: those who gave the accepted one are paid {} in all",
                      to_text(Tokens::micro(events_.sum(Reason::Payment)))));
    }
    return;
  }
  if (events_.has(Reason::Payment)) {
    say(fmt::format("accepted: {} is paid {}", words_.identity(lease.provider),
                    to_text(Tokens::micro(events_.sum(Reason::Payment)))));
  }
  if (events_.has(Reason::SlashTreasury)) {
    const auto part = [this](Reason reason) { return to_text(Tokens::micro(events_.sum(reason))); };
    say(fmt::format(
        "convicted: {} loses {} of the {} behind the lease: {} to the reporter, {} "
        "burned, {} to the treasury{}",
        words_.identity(lease.provider),
        to_text(Tokens::micro(events_.sum(Reason::SlashReporter) + events_.sum(Reason::SlashBurn) +
                              events_.sum(Reason::SlashTreasury))),
        to_text(lease.liable), part(Reason::SlashReporter), part(Reason::SlashBurn),
        part(Reason::SlashTreasury),
        lease.cheated == 0 ? " [private: all of it had been done]" : ""));
  }
}

/// Where the job's chains stand that have no provider now, and whether the job has ended.
void StoryTelling::tell_whereabouts() {
  if (!scene().job || !events_.mine(*scene().job)) return;
  if (scene().event.kind == EventKind::Arrive) {
    std::uint32_t waiting = 0;
    world_.tasks.for_each([&](TaskId, const TaskRow& task) {
      const JobRow* job = world_.jobs.find(task.job);
      const bool of_job = job != nullptr && job->serial == scene().job->serial;
      if (of_job && task.state == TaskState::Waiting) ++waiting;
    });
    if (waiting > 0) {
      say(fmt::format("{} of {} chains wait: no suitable machine is idle", waiting,
                      scene().job->chains));
    }
  } else if (const TaskRow* task = world_.tasks.find(scene().task_id);
             scene().task_id && task != nullptr) {
    const std::string who = words_.task(*task, *scene().job);
    if (task->state == TaskState::Waiting) {
      say(fmt::format("{} waits from segment {} on: no suitable machine is idle", who, task->kept));
    } else if (task->state == TaskState::Backoff) {
      const Market::Terms& terms = rules_.market->terms();
      say(fmt::format("{} asks again in {}; {} of {} tries are used", who, to_text(terms.backoff),
                      task->tries, terms.tries));
    } else if (task->state == TaskState::Ended && !events_.has(Reason::Cloud)) {
      say(fmt::format("{} is done, and its chain with it", who));
    }
  }
  if (events_.has(Reason::Cloud)) {
    say(fmt::format("what is left goes to the cloud for {}",
                    to_text(Usd::micro(events_.sum(Reason::Cloud)))));
  }
  if (events_.has(Reason::Refund)) {
    say(fmt::format("job {} ends; {} go back to its requester", scene().job->serial,
                    to_text(Tokens::micro(events_.sum(Reason::Refund)))));
  }
}

/// Expulsion, release and return, which a principal's moves of money show.
void StoryTelling::tell_staking() {
  if (!events_.is_principal()) return;
  for (const Move& move : events_.moves()) {
    if (move.dollars || !events_.owns(move.from)) continue;
    const std::string who = words_.identity(move.from.index);
    if (move.reason == Reason::Unstake &&
        world_.identities[move.from.index].standing == Standing::Withdrawn) {
      say(fmt::format("{} withdraws: its stake unbonds for {}", who,
                      to_text(rules_.slashing->unbonding())));
    } else if (move.reason == Reason::Unstake) {
      say(fmt::format("{} is expelled: its stake unbonds for {}; it may come back after {}", who,
                      to_text(rules_.slashing->unbonding()), to_text(rules_.slashing->re_entry())));
    } else if (move.reason == Reason::Release) {
      say(fmt::format("{}: unbonding is over, {} are released", who,
                      to_text(Tokens::micro(move.micro))));
    } else if (move.reason == Reason::Stake && events_.has(Reason::FaultFee)) {
      say(fmt::format("{} fills up its stake with {}", who, to_text(Tokens::micro(move.micro))));
    } else if (move.reason == Reason::Stake) {
      say(fmt::format("a new name: {} registers and stakes {}", who,
                      to_text(Tokens::micro(move.micro))));
    }
  }
  const EventKind kind = scene().event.kind;
  if (!events_.mine(index(scene().identity)) ||
      (kind != EventKind::Review && kind != EventKind::Unbond && !scene().reviewing)) {
    return;
  }
  const IdentityRow& row = world_.identities[index(scene().identity)];
  if (kind == EventKind::Unbond && row.releasing != 0) {
    say(fmt::format("{}: unbonding is over, but open cases keep the stake",
                    words_.identity(index(scene().identity))));
  }
  if (kind == EventKind::Review && row.reviewing != 0) {
    say(fmt::format("{} may come back, and waits {}", words_.identity(index(scene().identity)),
                    row.free_slots < row.slots ? "until its machine is free"
                                               : "until enough tokens are released"));
  }
  if (!scene().gone && row.standing == Standing::Gone && row.successor == kNone &&
      !events_.has(Reason::Stake)) {
    say(fmt::format("{} does not come back", words_.identity(index(scene().identity))));
  }
}

}  // namespace assay::analysis
