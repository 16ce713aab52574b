#include "analysis/story_events.hpp"

namespace assay::analysis {

using namespace protocol;

StoryEvents::StoryEvents(const Model& model, Subject subject)
    : world_(model.world()), subject_(subject) {
  if (!is_principal()) return;
  principal_ = static_cast<std::uint32_t>(subject.id);
  if (model.rules().warm_up == sim::SimDuration{}) start_measuring();
}

void StoryEvents::begin(const Event& event) {
  scene_ = Scene{};
  scene_.event = event;
  moves_.clear();
  auctioned_ = false;
  switch (event.kind) {
    case EventKind::Arrive:
      ++jobs_seen_;
      break;
    case EventKind::Queue:
      scene_.task_id = TaskId::unpack(event.subject);
      break;
    case EventKind::LeaseEnd:
    case EventKind::Audit:
      scene_.lease_id = LeaseId::unpack(event.subject);
      break;
    case EventKind::Report:
      scene_.audit = world_.audits.at(AuditId::unpack(event.subject));
      scene_.lease_id = scene_.audit->lease;
      break;
    case EventKind::Turn:
      scene_.dispute_id = DisputeId::unpack(event.subject);
      scene_.dispute = world_.disputes.at(scene_.dispute_id);
      scene_.challenger = scene_.dispute->challenger;
      scene_.lease_id = scene_.dispute->lease;
      break;
    case EventKind::Deadline:
      scene_.job = world_.jobs.at(JobId::unpack(event.subject));
      break;
    case EventKind::Wake:
    case EventKind::Back:
    case EventKind::Unbond:
    case EventKind::Review:
      scene_.identity = IdentityId{static_cast<std::uint32_t>(event.subject)};
      scene_.gone = world_.identities[event.subject].standing == Standing::Gone;
      break;
    case EventKind::Probe:
    case EventKind::Price:
      break;
  }
  if (scene_.lease_id) {
    scene_.lease = world_.leases.at(scene_.lease_id);
    scene_.task_id = scene_.lease->task;
    scene_.identity = IdentityId{scene_.lease->provider};
    scene_.reviewing = world_.identities[scene_.lease->provider].reviewing != 0;
  }
  if (scene_.task_id) {
    scene_.task = world_.tasks.at(scene_.task_id);
    scene_.job = world_.jobs.at(scene_.task->job);
  }
}

std::optional<std::uint32_t> StoryEvents::auctioned(const AuctionNote& note) {
  const TaskRow& task = world_.tasks.at(note.task);
  const JobRow& job = world_.jobs.at(task.job);
  const LeaseRow* lease = world_.leases.find(note.lease);
  if (is_principal()) {
    for (const IdentityId id : note.invited) asked_ += mine(index(id)) ? 1 : 0;
    if (lease != nullptr && mine(lease->provider)) ++won_;
  }
  if (!mine(job) && (lease == nullptr || !mine(lease->provider))) return std::nullopt;
  // A machine that became free was asked alone, by a task that goes on waiting.
  const bool was_waiting = task.state == TaskState::Waiting && scene_.task_id != note.task &&
                           scene_.event.kind != EventKind::Arrive;
  if (lease == nullptr && was_waiting) {
    ++passed_over_[task.key];
    return std::nullopt;
  }
  std::uint32_t too_dear = 0;
  if (const auto found = passed_over_.find(task.key); found != passed_over_.end()) {
    too_dear = found->second;
    passed_over_.erase(found);
  }
  auctioned_ = true;
  return too_dear;
}

bool StoryEvents::owns(Account account) const {
  switch (account.holder) {
    case Holder::Free:
    case Holder::Staked:
    case Holder::Unbonding:
      return mine(account.index);
    case Holder::Escrow:
      return scene_.job && mine(scene_.job->requester);
    case Holder::Bond:
      return mine(scene_.challenger);
    default:
      return false;
  }
}

bool StoryEvents::is_party() const {
  return (scene_.job && mine(*scene_.job)) || (scene_.lease && mine(scene_.lease->provider)) ||
         (scene_.audit && mine(scene_.audit->verifier)) || mine(scene_.challenger);
}

bool StoryEvents::is_called() const {
  const EventKind kind = scene_.event.kind;
  if (!is_principal() || (kind != EventKind::LeaseEnd && kind != EventKind::Audit)) return false;
  const LeaseRow* lease = world_.leases.find(scene_.lease_id);
  if (lease == nullptr || lease->state != LeaseState::Auditing) return false;
  bool called = false;
  world_.audits.for_each([&](AuditId, const AuditRow& audit) {
    called = called || (audit.lease == scene_.lease_id && mine(audit.verifier));
  });
  return called;
}

bool StoryEvents::concerns() const {
  if (auctioned_ || is_party() || is_called()) return true;
  return std::any_of(moves_.begin(), moves_.end(),
                     [this](const Move& move) { return belongs(move); });
}

bool StoryEvents::belongs(const Move& move) const {
  if (is_principal()) {
    if (move.dollars) return index(move.payer) == principal_;
    return owns(move.from) || owns(move.to);
  }
  if (!scene_.job || !mine(*scene_.job)) return false;
  switch (move.reason) {  // how a convict stakes and comes back is not the job's affair
    case Reason::Stake:
    case Reason::Unstake:
    case Reason::Release:
    case Reason::Transfer:
      return false;
    default:
      return true;
  }
}

std::int64_t StoryEvents::sum(Reason reason) const {
  std::int64_t total = 0;
  for (const Move& move : moves_) {
    if (move.reason == reason) total += move.micro;
  }
  return total;
}

/// A job has no row before it arrives; its first move of money comes when it has one.
void StoryEvents::find_new_job() {
  world_.jobs.for_each([this](JobId id, const JobRow& job) {
    if (job.serial != scene_.event.subject) return;
    scene_.job = job;
    if (!is_principal() && mine(job)) job_id_ = id;
  });
}

void StoryEvents::take(const Move& move) {
  if (scene_.event.kind == EventKind::Arrive && !scene_.job) find_new_job();
  if (move.reason == Reason::Bond) scene_.challenger = move.from.index;
  moves_.push_back(move);
  count(move);
}

void StoryEvents::count(const Move& move) {
  if (!belongs(move)) return;
  BalanceRow& row = flows_[move.reason];
  if (is_principal()) {
    if (!measuring_) return;
    if (move.dollars) {
      row.dollars -= Usd::micro(move.micro);
    } else {
      if (owns(move.to)) row.tokens += Tokens::micro(move.micro);
      if (owns(move.from)) row.tokens -= Tokens::micro(move.micro);
    }
    return;
  }
  // A job's balance is its escrow's, and what its requester paid to the cloud.
  if (!move.dollars && move.to.holder == Holder::Escrow) row.tokens += Tokens::micro(move.micro);
  if (!move.dollars && move.from.holder == Holder::Escrow) row.tokens -= Tokens::micro(move.micro);
  if (move.dollars && move.reason == Reason::Cloud) row.dollars -= Usd::micro(move.micro);
}

Tokens StoryEvents::tokens_held() const {
  Tokens held;
  for (std::uint32_t id = world_.principals[principal_].first_identity; id != kNone;
       id = world_.identities[id].next_of_owner) {
    for (const Account account :
         {free_of(IdentityId{id}), staked_of(IdentityId{id}), unbonding_of(IdentityId{id})}) {
      held += world_.ledger.balance(account);
    }
  }
  world_.jobs.for_each([&](JobId id, const JobRow& job) {
    if (mine(job.requester)) held += world_.ledger.balance(escrow_of(id));
  });
  world_.disputes.for_each([&](DisputeId id, const DisputeRow& dispute) {
    if (mine(dispute.challenger)) held += world_.ledger.balance(bond_of(id));
  });
  return held;
}

void StoryEvents::start_measuring() {
  measuring_ = true;
  flows_.clear();
  start_tokens_ = tokens_held();
  start_purse_ = world_.ledger.purse(PrincipalId{principal_});
}

}  // namespace assay::analysis
