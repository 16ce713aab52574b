#include "analysis/story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "analysis/story_events.hpp"
#include "analysis/story_telling.hpp"
#include "analysis/story_words.hpp"
#include "protocol/model.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/units.hpp"

namespace assay::analysis {
namespace {

using namespace protocol;

/// Watches a run, and keeps what is told of its events.
class Recorder final : public EventObserver, public LedgerObserver {
 public:
  Recorder(const Model& model, Subject subject, const StoryRange& range)
      : world_(model.world()),
        rules_(model.rules()),
        subject_(subject),
        range_(range),
        words_(world_, rules_),
        events_(model, subject),
        telling_(model, events_, words_) {}

  void before(const World& world, const Event& event) override;
  void after(const World& world, const Event& event) override;
  void auctioned(const World& world, const AuctionNote& note) override;
  void tokens_moved(Account from, Account to, Tokens amount, Reason reason) override {
    Move move;
    move.from = from;
    move.to = to;
    move.micro = amount.micro();
    move.reason = reason;
    events_.take(move);
  }
  void dollars_moved(PrincipalId from, Outside to, Usd amount, Reason reason) override {
    Move move;
    move.payer = from;
    move.outside = to;
    move.micro = amount.micro();
    move.dollars = true;
    move.reason = reason;
    events_.take(move);
  }

  /// The run is over.
  [[nodiscard]] Story finish(const Model& model);

 private:
  [[nodiscard]] PrincipalId principal() const {
    return PrincipalId{static_cast<std::uint32_t>(subject_.id)};
  }
  [[nodiscard]] bool moved_mine() const {
    return std::any_of(events_.moves().begin(), events_.moves().end(),
                       [this](const Move& move) { return events_.belongs(move); });
  }
  void keep(std::vector<std::string> what);
  [[nodiscard]] LedgerLine line(const Move& move) const;
  /// The subject's account: what came in, what went out, what is left.
  void balance_principal(Story& story) const;
  void balance_job(Story& story) const;

  const World& world_;
  const Rules& rules_;
  Subject subject_;
  StoryRange range_;
  StoryWords words_;
  StoryEvents events_;
  StoryTelling telling_;

  std::vector<std::string> auctions_;  ///< of the event being handled
  std::deque<Moment> moments_;
  std::vector<std::string> introduction_;
  std::uint64_t left_out_ = 0;
  bool found_ = false;
};

void Recorder::before(const World& /*world*/, const Event& event) {
  auctions_.clear();
  events_.begin(event);
}

void Recorder::auctioned(const World& world, const AuctionNote& note) {
  const auto too_dear = events_.auctioned(note);
  if (!too_dear) return;
  const TaskRow& task = world.tasks.at(note.task);
  auctions_.push_back(words_.auction(note, task, world.jobs.at(task.job),
                                     world.leases.find(note.lease), *too_dear));
}

void Recorder::after(const World& world, const Event& event) {
  if (event.kind == EventKind::Probe) {
    const bool begins = world.metrics.measured_from == sim::SimTime{rules_.warm_up};
    if (events_.is_principal() && !events_.measuring() && begins) {
      events_.start_measuring();
      keep({fmt::format("the warm-up is over, measuring begins: {} in tokens, purse {}",
                        to_text(events_.start_tokens()), to_text(events_.start_purse()))});
    }
    return;
  }
  if (!events_.concerns()) {
    const bool staking = event.kind == EventKind::Review || event.kind == EventKind::Unbond;
    if (!(staking && events_.mine(index(events_.scene().identity)))) return;
  }
  if (event.kind == EventKind::Arrive && !events_.is_principal() && events_.is_party()) {
    introduction_.push_back(words_.posted(*events_.scene().job));
  }
  std::vector<std::string> what = telling_.tell(auctions_);
  if (!what.empty() || moved_mine()) keep(std::move(what));
}

LedgerLine Recorder::line(const Move& move) const {
  const std::string job =
      events_.scene().job ? fmt::format("escrow of job {}", events_.scene().job->serial) : "escrow";
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

void Recorder::keep(std::vector<std::string> what) {
  found_ = true;
  const sim::SimTime now = world_.engine.now();
  if (now < range_.from || now > range_.to || range_.last == std::size_t{0}) {
    ++left_out_;
    return;
  }
  Moment moment{now, world_.engine.handled(), std::move(what), {}};
  for (const Move& move : events_.moves()) {
    if (move.micro != 0 && events_.belongs(move)) moment.lines.push_back(line(move));
  }
  moments_.push_back(std::move(moment));
  if (range_.last && moments_.size() > *range_.last) {
    moments_.pop_front();
    ++left_out_;
  }
}

Story Recorder::finish(const Model& model) {
  if (!events_.is_principal() && !found_) {
    throw ConfigError(Complaint{
        "", 0, 0,
        events_.jobs_seen() == 0
            ? std::string("found a job's number, but the run had no job")
            : fmt::format("found job {}, expected 0 to {}", subject_.id, events_.jobs_seen() - 1)});
  }
  Story story;
  story.subject = subject_;
  story.left_out = left_out_;
  story.moments.assign(std::make_move_iterator(moments_.begin()),
                       std::make_move_iterator(moments_.end()));
  story.digest = model.digest();
  if (events_.is_principal()) {
    balance_principal(story);
  } else {
    balance_job(story);
  }
  return story;
}

void Recorder::balance_principal(Story& story) const {
  story.introduction = words_.introduction(principal());
  if (events_.asked() > 0) {
    story.introduction.push_back(
        fmt::format("asked for a price {} times, got {} leases", events_.asked(), events_.won()));
  }
  Tokens tokens = events_.start_tokens();
  Usd purse = events_.start_purse();
  story.balance.push_back({"when measuring began", tokens, purse});
  for (const auto& [reason, flow] : events_.flows()) {
    tokens += flow.tokens;
    purse += flow.dollars;
    if (flow.tokens != Tokens{} || flow.dollars != Usd{}) {
      story.balance.push_back({std::string(name(reason)), flow.tokens, flow.dollars});
    }
  }
  // What the lines say is what the ledger holds: no move was overlooked.
  SIM_CHECK(tokens == events_.tokens_held());
  SIM_CHECK(purse == world_.ledger.purse(principal()));
  story.balance.push_back({"at the end", tokens, purse});
  story.total_label = "profit";
  story.total =
      purse + usd_down(tokens, world_.token_price) - world_.principals[subject_.id].wealth_at_start;
}

void Recorder::balance_job(Story& story) const {
  story.introduction = introduction_;
  Tokens escrow;
  Tokens paid;
  Usd cloud;
  for (const auto& [reason, flow] : events_.flows()) {
    escrow += flow.tokens;
    cloud -= flow.dollars;
    // A tax is paid from the escrow too, beside what work and audits cost.
    const bool spent =
        reason == Reason::Payment || reason == Reason::AuditFee || reason == Reason::Tax;
    if (spent) paid -= flow.tokens;
    if (flow.tokens != Tokens{} || flow.dollars != Usd{}) {
      story.balance.push_back({std::string(name(reason)), flow.tokens, flow.dollars});
    }
  }
  const bool open = world_.jobs.find(events_.job_id()) != nullptr;
  SIM_CHECK(escrow == (open ? world_.ledger.balance(escrow_of(events_.job_id())) : Tokens{}));
  story.balance.push_back(
      {open ? "in escrow: unfinished" : "in escrow at the end", escrow, -cloud});
  story.total_label =
      fmt::format("the requester paid {} on the network and {} to the cloud, in all", to_text(paid),
                  to_text(cloud));
  story.total = usd_cost(paid, world_.token_price) + cloud;
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
