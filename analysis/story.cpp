#include "analysis/story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>

#include "analysis/story_words.hpp"
#include "protocol/claim.hpp"
#include "protocol/model.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/units.hpp"

namespace assay::analysis {
namespace {

using namespace protocol;

/// What an event is about, as it stood before.
struct Scene {
  Event event;
  std::optional<JobRow> job;
  std::optional<TaskRow> task;
  std::optional<LeaseRow> lease;
  std::optional<AuditRow> audit;
  std::optional<DisputeRow> dispute;
  TaskId task_id;
  LeaseId lease_id;
  DisputeId dispute_id;
  IdentityId identity{};
  std::uint32_t challenger = kNone;  ///< whose bond it is
  bool reviewing = false;
  bool gone = false;
};

/// A move of money, before it is put into words.
struct Move {
  Account from;
  Account to;
  PrincipalId payer{};
  Outside outside{};
  std::int64_t micro = 0;
  bool dollars = false;
  Reason reason{};
};

class Recorder final : public EventObserver, public LedgerObserver {
 public:
  Recorder(const Model& model, Subject subject, const StoryRange& range)
      : world_(model.world()),
        rules_(model.rules()),
        words_(world_, rules_),
        subject_(subject),
        range_(range) {
    if (is_principal()) {
      principal_ = static_cast<std::uint32_t>(subject.id);
      if (rules_.warm_up == sim::SimDuration{}) start_measuring();
    }
  }

  void before(const World& world, const Event& event) override;
  void after(const World& world, const Event& event) override;
  void auctioned(const World& world, const AuctionNote& note) override;
  void tokens_moved(Account from, Account to, Tokens amount, Reason reason) override {
    Move move;
    move.from = from;
    move.to = to;
    move.micro = amount.micro();
    move.reason = reason;
    take(move);
  }
  void dollars_moved(PrincipalId from, Outside to, Usd amount, Reason reason) override {
    Move move;
    move.payer = from;
    move.outside = to;
    move.micro = amount.micro();
    move.dollars = true;
    move.reason = reason;
    take(move);
  }

  /// The run is over.
  [[nodiscard]] Story finish(const Model& model);

 private:
  [[nodiscard]] bool is_principal() const { return subject_.kind == SubjectKind::Principal; }
  [[nodiscard]] bool mine(std::uint32_t identity) const {
    return is_principal() && identity != kNone && world_.identities[identity].owner == principal_;
  }
  [[nodiscard]] bool mine(const JobRow& job) const {
    return is_principal() ? mine(job.requester) : job.serial == subject_.id;
  }
  [[nodiscard]] bool owns(Account account) const;
  [[nodiscard]] bool is_party() const;
  [[nodiscard]] bool is_called() const;
  [[nodiscard]] bool concerns() const;
  [[nodiscard]] bool belongs(const Move& move) const;
  [[nodiscard]] bool has(Reason reason) const {
    return std::any_of(moves_.begin(), moves_.end(),
                       [reason](const Move& move) { return move.reason == reason; });
  }
  [[nodiscard]] std::int64_t sum(Reason reason) const;
  void take(const Move& move);
  void find_new_job();
  void count(const Move& move);
  void start_measuring();
  [[nodiscard]] Tokens tokens_held() const;

  void tell_event();
  void tell_arrival();
  void tell_lease_end();
  void tell_audit();
  void tell_audit_begun();
  void tell_report();
  void tell_turn();
  void tell_verdict();
  void tell_whereabouts();
  void tell_staking();
  void keep();
  [[nodiscard]] LedgerLine line(const Move& move) const;
  void say(std::string sentence) { what_.push_back(std::move(sentence)); }

  const World& world_;
  const Rules& rules_;
  StoryWords words_;
  Subject subject_;
  StoryRange range_;
  std::uint32_t principal_ = kNone;

  // The event being handled.
  Scene scene_;
  std::vector<Move> moves_;
  std::vector<std::string> auctions_;
  std::vector<std::string> what_;
  bool auctioned_mine_ = false;

  // The whole story.
  std::deque<Moment> moments_;
  std::vector<std::string> introduction_;
  std::uint64_t left_out_ = 0;
  std::uint64_t jobs_seen_ = 0;
  bool found_ = false;
  std::map<Reason, BalanceRow> flows_;
  std::map<std::uint64_t, std::uint32_t> passed_over_;  ///< by task key: freed machines, too dear
  std::uint64_t asked_ = 0;
  std::uint64_t won_ = 0;
  bool measuring_ = false;
  Tokens start_tokens_;
  Usd start_purse_;
  JobId job_id_;
};

bool Recorder::owns(Account account) const {
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

/// Whether the job, the lease, the audit or the dispute that the event is about is the subject's.
bool Recorder::is_party() const {
  return (scene_.job && mine(*scene_.job)) || (scene_.lease && mine(scene_.lease->provider)) ||
         (scene_.audit && mine(scene_.audit->verifier)) || mine(scene_.challenger);
}

/// Whether the subject's verifiers are called to the lease that has just ended.
bool Recorder::is_called() const {
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

/// Whether the event is part of the subject's story.
bool Recorder::concerns() const {
  if (auctioned_mine_ || is_party() || is_called()) return true;
  return std::any_of(moves_.begin(), moves_.end(),
                     [this](const Move& move) { return belongs(move); });
}

bool Recorder::belongs(const Move& move) const {
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

std::int64_t Recorder::sum(Reason reason) const {
  std::int64_t total = 0;
  for (const Move& move : moves_) {
    if (move.reason == reason) total += move.micro;
  }
  return total;
}

/// A job has no row before it arrives; its first move of money comes when it has one.
void Recorder::find_new_job() {
  world_.jobs.for_each([this](JobId id, const JobRow& job) {
    if (job.serial != scene_.event.subject) return;
    scene_.job = job;
    if (!is_principal() && mine(job)) job_id_ = id;
  });
}

void Recorder::take(const Move& move) {
  if (scene_.event.kind == EventKind::Arrive && !scene_.job) find_new_job();
  if (move.reason == Reason::Bond) scene_.challenger = move.from.index;
  moves_.push_back(move);
  count(move);
}

void Recorder::count(const Move& move) {
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

Tokens Recorder::tokens_held() const {
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

void Recorder::start_measuring() {
  measuring_ = true;
  flows_.clear();
  start_tokens_ = tokens_held();
  start_purse_ = world_.ledger.purse(PrincipalId{principal_});
}

void Recorder::before(const World& world, const Event& event) {
  scene_ = Scene{};
  scene_.event = event;
  moves_.clear();
  auctions_.clear();
  auctioned_mine_ = false;
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
      scene_.audit = world.audits.at(AuditId::unpack(event.subject));
      scene_.lease_id = scene_.audit->lease;
      break;
    case EventKind::Turn:
      scene_.dispute_id = DisputeId::unpack(event.subject);
      scene_.dispute = world.disputes.at(scene_.dispute_id);
      scene_.challenger = scene_.dispute->challenger;
      scene_.lease_id = scene_.dispute->lease;
      break;
    case EventKind::Deadline:
      scene_.job = world.jobs.at(JobId::unpack(event.subject));
      break;
    case EventKind::Wake:
    case EventKind::Back:
    case EventKind::Unbond:
    case EventKind::Review:
      scene_.identity = IdentityId{static_cast<std::uint32_t>(event.subject)};
      scene_.gone = world.identities[event.subject].standing == Standing::Gone;
      break;
    case EventKind::Probe:
    case EventKind::Price:
      break;
  }
  if (scene_.lease_id) {
    scene_.lease = world.leases.at(scene_.lease_id);
    scene_.task_id = scene_.lease->task;
    scene_.identity = IdentityId{scene_.lease->provider};
    scene_.reviewing = world.identities[scene_.lease->provider].reviewing != 0;
  }
  if (scene_.task_id) {
    scene_.task = world.tasks.at(scene_.task_id);
    scene_.job = world.jobs.at(scene_.task->job);
  }
}

void Recorder::auctioned(const World& world, const AuctionNote& note) {
  const TaskRow& task = world.tasks.at(note.task);
  const JobRow& job = world.jobs.at(task.job);
  const LeaseRow* lease = world.leases.find(note.lease);
  if (is_principal()) {
    for (const IdentityId id : note.invited) asked_ += mine(index(id)) ? 1 : 0;
    if (lease != nullptr && mine(lease->provider)) ++won_;
  }
  if (!mine(job) && (lease == nullptr || !mine(lease->provider))) return;
  // A machine that became free was asked alone, by a task that goes on waiting.
  const bool was_waiting = task.state == TaskState::Waiting && scene_.task_id != note.task &&
                           scene_.event.kind != EventKind::Arrive;
  if (lease == nullptr && was_waiting) {
    ++passed_over_[task.key];
    return;
  }
  std::uint32_t too_dear = 0;
  if (const auto found = passed_over_.find(task.key); found != passed_over_.end()) {
    too_dear = found->second;
    passed_over_.erase(found);
  }
  auctioned_mine_ = true;
  auctions_.push_back(words_.auction(note, task, job, lease, too_dear));
}

void Recorder::after(const World& world, const Event& event) {
  if (event.kind == EventKind::Probe) {
    const bool begins = world.metrics.measured_from == sim::SimTime{rules_.warm_up};
    if (is_principal() && !measuring_ && begins) {
      start_measuring();
      say(fmt::format("the warm-up is over, measuring begins: {} in tokens, purse {}",
                      to_text(start_tokens_), to_text(start_purse_)));
      keep();
    }
    return;
  }
  if (!concerns()) {
    const bool staking = event.kind == EventKind::Review || event.kind == EventKind::Unbond;
    if (!(staking && mine(index(scene_.identity)))) return;
  }
  tell_event();
  if (!what_.empty() || std::any_of(moves_.begin(), moves_.end(),
                                    [this](const Move& move) { return belongs(move); })) {
    keep();
  }
}

void Recorder::tell_event() {
  if (is_party()) {
    switch (scene_.event.kind) {
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
                        scene_.job->serial));
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
  } else if (is_called()) {
    tell_audit();
  }
  for (std::string& auction : auctions_) say(std::move(auction));
  tell_whereabouts();
  tell_staking();
}

void Recorder::tell_arrival() {
  found_ = true;
  say(words_.posted(*scene_.job));
  if (!has(Reason::Lock)) say("its requester cannot lock the price: all of it goes to the cloud");
  if (!is_principal()) introduction_.push_back(words_.posted(*scene_.job));
}

void Recorder::tell_lease_end() {
  const LeaseRow& lease = *scene_.lease;
  const auto why = static_cast<LeaseEnd>(scene_.event.code);
  const bool voted = rules_.verification->voting() != nullptr;
  const std::uint32_t done = why == LeaseEnd::Finished
                                 ? lease.segments
                                 : committed_early(lease, world_.engine.now(), voted);
  say(words_.lease_end(lease, *scene_.task, *scene_.job, why, done));
  if (has(Reason::FaultFee)) {
    say(fmt::format("{} pays a fee of {} for it", words_.identity(lease.provider),
                    to_text(Tokens::micro(sum(Reason::FaultFee)))));
  }
  if (done == 0) {
    say("nothing is committed, nothing is paid");
  } else if (voted) {
    say("its answer is compared with those of the other replicas");
  } else if (world_.leases.find(scene_.lease_id) == nullptr) {
    const AuditPlan plan = rules_.verification->plan(world_.chance, lease.key, done);
    say(plan.segments == 0 ? "the draw says: not audited"
                           : "an audit is due, but nobody can be called or paid for it");
  } else if (world_.leases.at(scene_.lease_id).state == LeaseState::Committed) {
    say("the draw says: audited, at a time that nobody knows yet");
  } else {
    tell_audit();
  }
}

void Recorder::tell_audit_begun() {
  if (world_.leases.find(scene_.lease_id) == nullptr) {
    say("an audit is due, but nobody can be called or paid for it");
  } else {
    tell_audit();
  }
}

void Recorder::tell_audit() {
  std::string verifiers;
  world_.audits.for_each([&](AuditId, const AuditRow& audit) {
    if (!(audit.lease == scene_.lease_id)) return;
    verifiers +=
        fmt::format("{}{}", verifiers.empty() ? "" : ", ", words_.identity(audit.verifier));
  });
  say(words_.audit_called(world_.leases.at(scene_.lease_id), *scene_.task, *scene_.job, verifiers));
}

void Recorder::tell_report() {
  const LeaseRow& lease = *scene_.lease;
  say(words_.report(*scene_.audit, lease, *scene_.job));
  if (has(Reason::Bond)) {
    const LeaseRow* now = world_.leases.find(scene_.lease_id);
    const std::string segment =
        now != nullptr ? fmt::format(" over segment {}", now->rejected) : "";
    say(fmt::format("{} locks a bond of {} and opens a dispute{}",
                    words_.identity(scene_.challenger), to_text(Tokens::micro(sum(Reason::Bond))),
                    segment));
  } else if (lease.reports_due == 1 && lease.planted != 0) {
    say("all reports are in: the fault was planted, and the claim itself is paid");
  } else if (lease.reports_due == 1 && has(Reason::Payment)) {
    const bool rejected =
        lease.accuser != kNone || words_.rejected(*scene_.audit, lease, *scene_.job) != kNone;
    say(rejected ? "all reports are in; the challenger cannot lock its bond, so the claim stands"
                 : "all reports are in and agree: the claim stands");
  }
}

void Recorder::tell_turn() {
  const DisputeRow* next = world_.disputes.find(scene_.dispute_id);
  say(words_.turn(*scene_.dispute, *scene_.lease, *scene_.job,
                  static_cast<Act>(scene_.event.code)));
  if (next != nullptr) say(words_.standing(next->state));
}

/// How a claim ended, if one did: only then is anything paid or slashed.
void Recorder::tell_verdict() {
  if (!scene_.lease) return;
  const LeaseRow& lease = *scene_.lease;
  if (rules_.verification->voting() != nullptr) {
    if (has(Reason::Payment)) {
      say(fmt::format("the answers are counted: those who gave the accepted one are paid {} in all",
                      to_text(Tokens::micro(sum(Reason::Payment)))));
    }
    return;
  }
  if (has(Reason::Payment)) {
    say(fmt::format("accepted: {} is paid {}", words_.identity(lease.provider),
                    to_text(Tokens::micro(sum(Reason::Payment)))));
  }
  if (has(Reason::SlashTreasury)) {
    const auto part = [this](Reason reason) { return to_text(Tokens::micro(sum(reason))); };
    say(
        fmt::format("convicted: {} loses {} of the {} behind the lease: {} to the reporter, {} "
                    "burned, {} to the treasury{}",
                    words_.identity(lease.provider),
                    to_text(Tokens::micro(sum(Reason::SlashReporter) + sum(Reason::SlashBurn) +
                                          sum(Reason::SlashTreasury))),
                    to_text(lease.liable), part(Reason::SlashReporter), part(Reason::SlashBurn),
                    part(Reason::SlashTreasury),
                    lease.cheated == 0 ? " [private: all of it had been done]" : ""));
  }
}

/// Where the job's chains stand that have no provider now, and whether the job has ended.
void Recorder::tell_whereabouts() {
  if (!scene_.job || !mine(*scene_.job)) return;
  if (scene_.event.kind == EventKind::Arrive) {
    std::uint32_t waiting = 0;
    world_.tasks.for_each([&](TaskId, const TaskRow& task) {
      const JobRow* job = world_.jobs.find(task.job);
      const bool of_job = job != nullptr && job->serial == scene_.job->serial;
      if (of_job && task.state == TaskState::Waiting) ++waiting;
    });
    if (waiting > 0) {
      say(fmt::format("{} of {} chains wait: no suitable machine is idle", waiting,
                      scene_.job->chains));
    }
  } else if (const TaskRow* task = world_.tasks.find(scene_.task_id);
             scene_.task_id && task != nullptr) {
    const std::string who = words_.task(*task, *scene_.job);
    if (task->state == TaskState::Waiting) {
      say(fmt::format("{} waits from segment {} on: no suitable machine is idle", who, task->kept));
    } else if (task->state == TaskState::Backoff) {
      const Market::Terms& terms = rules_.market->terms();
      say(fmt::format("{} asks again in {}; {} of {} tries are used", who, to_text(terms.backoff),
                      task->tries, terms.tries));
    } else if (task->state == TaskState::Ended && !has(Reason::Cloud)) {
      say(fmt::format("{} is done, and its chain with it", who));
    }
  }
  if (has(Reason::Cloud)) {
    say(fmt::format("what is left goes to the cloud for {}",
                    to_text(Usd::micro(sum(Reason::Cloud)))));
  }
  if (has(Reason::Refund)) {
    say(fmt::format("job {} ends; {} go back to its requester", scene_.job->serial,
                    to_text(Tokens::micro(sum(Reason::Refund)))));
  }
}

/// Expulsion, release and return, which a principal's moves of money show.
void Recorder::tell_staking() {
  if (!is_principal()) return;
  for (const Move& move : moves_) {
    if (move.dollars || !owns(move.from)) continue;
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
    } else if (move.reason == Reason::Stake && has(Reason::FaultFee)) {
      say(fmt::format("{} fills up its stake with {}", who, to_text(Tokens::micro(move.micro))));
    } else if (move.reason == Reason::Stake) {
      say(fmt::format("a new name: {} registers and stakes {}", who,
                      to_text(Tokens::micro(move.micro))));
    }
  }
  const EventKind kind = scene_.event.kind;
  if (!mine(index(scene_.identity)) ||
      (kind != EventKind::Review && kind != EventKind::Unbond && !scene_.reviewing)) {
    return;
  }
  const IdentityRow& row = world_.identities[index(scene_.identity)];
  if (kind == EventKind::Unbond && row.releasing != 0) {
    say(fmt::format("{}: unbonding is over, but open cases keep the stake",
                    words_.identity(index(scene_.identity))));
  }
  if (kind == EventKind::Review && row.reviewing != 0) {
    say(fmt::format("{} may come back, and waits {}", words_.identity(index(scene_.identity)),
                    row.free_slots < row.slots ? "until its machine is free"
                                               : "until enough tokens are released"));
  }
  if (!scene_.gone && row.standing == Standing::Gone && row.successor == kNone &&
      !has(Reason::Stake)) {
    say(fmt::format("{} does not come back", words_.identity(index(scene_.identity))));
  }
}

LedgerLine Recorder::line(const Move& move) const {
  const std::string job =
      scene_.job ? fmt::format("escrow of job {}", scene_.job->serial) : "escrow";
  LedgerLine line;
  line.micro = move.micro;
  line.dollars = move.dollars;
  line.reason = move.reason;
  if (move.dollars) {
    line.from = fmt::format("purse of principal {}", index(move.payer));
    line.to = words_.outside(move.outside);
  } else {
    line.from = words_.account(move.from, job);
    line.to = words_.account(move.to, job);
  }
  return line;
}

void Recorder::keep() {
  found_ = true;
  const sim::SimTime now = world_.engine.now();
  if (now < range_.from || now > range_.to || range_.last == std::size_t{0}) {
    ++left_out_;
    what_.clear();
    return;
  }
  Moment moment{now, world_.engine.handled(), std::move(what_), {}};
  what_.clear();
  for (const Move& move : moves_) {
    if (move.micro != 0 && belongs(move)) moment.lines.push_back(line(move));
  }
  moments_.push_back(std::move(moment));
  if (range_.last && moments_.size() > *range_.last) {
    moments_.pop_front();
    ++left_out_;
  }
}

Story Recorder::finish(const Model& model) {
  if (!is_principal() && !found_) {
    throw ConfigError(Complaint{
        "", 0, 0,
        jobs_seen_ == 0
            ? std::string("found a job's number, but the run had no job")
            : fmt::format("found job {}, expected 0 to {}", subject_.id, jobs_seen_ - 1)});
  }
  Story story;
  story.subject = subject_;
  story.left_out = left_out_;
  story.moments.assign(std::make_move_iterator(moments_.begin()),
                       std::make_move_iterator(moments_.end()));
  story.digest = model.digest();
  const auto add = [&story](std::string label, Tokens tokens, Usd dollars) {
    story.balance.push_back({std::move(label), tokens, dollars});
  };
  const Price price = world_.token_price;
  if (is_principal()) {
    story.introduction = words_.introduction(PrincipalId{principal_});
    if (asked_ > 0) {
      story.introduction.push_back(
          fmt::format("asked for a price {} times, got {} leases", asked_, won_));
    }
    add("when measuring began", start_tokens_, start_purse_);
    Tokens tokens = start_tokens_;
    Usd purse = start_purse_;
    for (const auto& [reason, flow] : flows_) {
      tokens += flow.tokens;
      purse += flow.dollars;
      if (flow.tokens != Tokens{} || flow.dollars != Usd{}) {
        add(std::string(name(reason)), flow.tokens, flow.dollars);
      }
    }
    // What the lines say is what the ledger holds: no move was overlooked.
    SIM_CHECK(tokens == tokens_held());
    SIM_CHECK(purse == world_.ledger.purse(PrincipalId{principal_}));
    add("at the end", tokens, purse);
    story.total_label = "profit";
    story.total = purse + usd_down(tokens, price) - world_.principals[principal_].wealth_at_start;
    return story;
  }
  story.introduction = introduction_;
  Tokens escrow;
  Tokens paid;
  Usd cloud;
  for (const auto& [reason, flow] : flows_) {
    escrow += flow.tokens;
    cloud -= flow.dollars;
    if (reason == Reason::Payment || reason == Reason::AuditFee) paid -= flow.tokens;
    if (flow.tokens != Tokens{} || flow.dollars != Usd{}) {
      add(std::string(name(reason)), flow.tokens, flow.dollars);
    }
  }
  const bool open = world_.jobs.find(job_id_) != nullptr;
  SIM_CHECK(escrow == (open ? world_.ledger.balance(escrow_of(job_id_)) : Tokens{}));
  add(open ? "in escrow: unfinished" : "in escrow at the end", escrow, -cloud);
  story.total_label =
      fmt::format("the requester paid {} on the network and {} to the cloud, in all", to_text(paid),
                  to_text(cloud));
  story.total = usd_cost(paid, price) + cloud;
  return story;
}

}  // namespace

Story tell(const std::shared_ptr<const Rules>& rules, std::uint64_t seed, Subject subject,
           const StoryRange& range) {
  Model model(rules, seed);
  const std::uint64_t principals = model.world().principals.size();
  if (subject.kind == SubjectKind::Principal && subject.id >= principals) {
    throw ConfigError(Complaint{
        "", 0, 0, fmt::format("found principal {}, expected 0 to {}", subject.id, principals - 1)});
  }
  Recorder recorder(model, subject, range);
  model.observe(&recorder, &recorder);
  model.finish();
  model.observe(nullptr, nullptr);
  return recorder.finish(model);
}

}  // namespace assay::analysis
