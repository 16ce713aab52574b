#include "analysis/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "protocol/claim.hpp"

namespace assay::analysis {
namespace {

using protocol::Reason;

enum Process : std::uint32_t { kMarket = 1, kProviders, kVerifiers, kJobs };
constexpr std::uint64_t kSlots = 256;  ///< an identity has fewer

std::string_view act_name(protocol::Act act) {
  switch (act) {
    case protocol::Act::Truth:
      return "answers";
    case protocol::Act::Lie:
      return "answers";
    case protocol::Act::Contradict:
      return "contradicts itself";
    case protocol::Act::Stall:
      return "time is up";
    case protocol::Act::Concede:
      return "concedes";
  }
  return "?";
}

}  // namespace

Timeline::Timeline(std::ostream& out, const protocol::Model& model, std::uint64_t limit)
    : trace_(out), world_(model.world()), rules_(model.rules()), limit_(limit) {
  trace_.name_process(kMarket, "market");
  trace_.name_process(kProviders, "providers");
  trace_.name_process(kVerifiers, "verifiers");
  trace_.name_process(kJobs, "jobs");
}

bool Timeline::may_write() {
  if (written_ < limit_) {
    ++written_;
    return true;
  }
  if (!truncated_) {
    truncated_ = true;
    trace_.instant({kMarket, 0}, fmt::format("the trace ends here: {} events", limit_),
                   world_.engine.now());
  }
  return false;
}

sim::TraceTrack Timeline::provider_track(std::uint32_t identity, std::uint32_t slot) {
  const sim::TraceTrack track{kProviders, identity * kSlots + slot};
  if (named_.emplace(track.process, track.thread).second) {
    const protocol::IdentityRow& row = world_.identities[identity];
    trace_.name_track(track, fmt::format("identity {}.{} ({}, {})", identity, slot,
                                         rules_.groups[index(row.group)].name,
                                         rules_.setting.devices[index(row.device)].name));
  }
  return track;
}

sim::TraceTrack Timeline::verifier_track(std::uint32_t identity) {
  const sim::TraceTrack track{kVerifiers, identity};
  if (named_.emplace(track.process, track.thread).second) {
    trace_.name_track(track,
                      fmt::format("identity {} ({})", identity,
                                  rules_.groups[index(world_.identities[identity].group)].name));
  }
  return track;
}

void Timeline::auctioned(const protocol::World& world, const protocol::AuctionNote& note) {
  if (!note.lease || truncated_) return;
  const protocol::LeaseRow& lease = world.leases.at(note.lease);
  std::vector<bool>& busy = busy_[lease.provider];
  const auto slot =
      static_cast<std::uint32_t>(std::find(busy.begin(), busy.end(), false) - busy.begin());
  if (slot == busy.size()) busy.push_back(false);
  busy[slot] = true;
  leases_[note.lease.packed()] = {slot, world.engine.now()};
}

void Timeline::end_lease(const protocol::LeaseRow& lease, std::uint64_t id,
                         protocol::LeaseEnd why) {
  const auto found = leases_.find(id);
  if (found == leases_.end()) return;  // it began before this timeline did
  const OpenLease open = found->second;
  leases_.erase(found);
  busy_[lease.provider][open.slot] = false;
  if (!may_write()) return;
  const sim::SimTime now = world_.engine.now();
  const protocol::TaskRow& task = world_.tasks.at(lease.task);
  const protocol::JobRow& job = world_.jobs.at(task.job);
  const bool finished = why == protocol::LeaseEnd::Finished;
  const bool voted = static_cast<bool>(task.ballot);
  const std::uint32_t done =
      finished ? lease.segments : protocol::committed_early(lease, now, voted);
  const std::uint32_t bad = protocol::count_bad(world_.chance, lease, done);
  trace_.complete(
      provider_track(lease.provider, open.slot), fmt::format("lease of job {}", job.serial),
      open.awarded, now,
      {{"job", static_cast<std::int64_t>(job.serial)},
       {"chain", std::int64_t{task.chain}},
       {"link", std::int64_t{task.link}},
       {"attempt", std::int64_t{task.attempt}},
       {"segments", std::int64_t{lease.segments}},
       {"segments_done", std::int64_t{done}},
       {"ended", std::string_view(finished                          ? "finished"
                                  : why == protocol::LeaseEnd::Quit ? "provider quit"
                                                                    : "machine went away")},
       {"transfer_s", sim::to_seconds(lease.start - open.awarded)},
       {"price_tokens", lease.price.as_double()},
       {"liable_tokens", lease.liable.as_double()},
       {"private_bad_segments", std::int64_t{bad}}});
}

void Timeline::before(const protocol::World& world, const protocol::Event& event) {
  if (truncated_) return;
  const sim::SimTime now = world.engine.now();
  switch (event.kind) {
    case protocol::EventKind::Arrive:
      arriving_ = event.subject;
      break;
    case protocol::EventKind::LeaseEnd: {
      ending_ = protocol::LeaseId::unpack(event.subject);
      end_lease(world.leases.at(ending_), event.subject,
                static_cast<protocol::LeaseEnd>(event.code));
      break;
    }
    case protocol::EventKind::Audit:
      ending_ = protocol::LeaseId::unpack(event.subject);
      break;
    case protocol::EventKind::Report: {
      if (!may_write()) break;
      const protocol::AuditRow& audit = world.audits.at(protocol::AuditId::unpack(event.subject));
      const protocol::LeaseRow& lease = world.leases.at(audit.lease);
      trace_.instant(verifier_track(audit.verifier), "audit report", now,
                     {{"provider", std::int64_t{lease.provider}},
                      {"segments", std::int64_t{lease.sampled}},
                      {"fee_tokens", audit.fee.as_double()},
                      {"private_executed", std::int64_t{audit.executes}}});
      break;
    }
    case protocol::EventKind::Turn: {
      if (!may_write()) break;
      const protocol::DisputeRow& dispute =
          world.disputes.at(protocol::DisputeId::unpack(event.subject));
      const protocol::LeaseRow& lease = world.leases.at(dispute.lease);
      const bool referee = dispute.state.phase == protocol::DisputePhase::Referee;
      const bool defends = dispute.state.turn == protocol::Party::Defender;
      const sim::TraceTrack track = referee || defends ? provider_track(lease.provider, 0)
                                                       : verifier_track(dispute.challenger);
      trace_.instant(
          track,
          referee ? std::string("dispute: the referee decides")
                  : fmt::format("dispute: {}", act_name(static_cast<protocol::Act>(event.code))),
          now,
          {{"provider", std::int64_t{lease.provider}},
           {"challenger", std::int64_t{dispute.challenger}},
           {"segment", std::int64_t{dispute.segment}},
           {"round", std::int64_t{dispute.state.rounds}}});
      break;
    }
    default:
      break;
  }
}

void Timeline::after(const protocol::World& world, const protocol::Event& event) {
  if (truncated_) return;
  const sim::SimTime now = world.engine.now();
  if (event.kind == protocol::EventKind::LeaseEnd || event.kind == protocol::EventKind::Audit) {
    const protocol::LeaseRow* lease = world.leases.find(ending_);
    if (lease != nullptr && lease->state == protocol::LeaseState::Auditing && may_write()) {
      trace_.instant(provider_track(lease->provider, 0), "audit called", now,
                     {{"segments", std::int64_t{lease->sampled}},
                      {"verifiers", std::int64_t{lease->reports_due}}});
    }
  }
  if (event.kind == protocol::EventKind::Probe && may_write()) {
    trace_.counter(kMarket, "leases", now, static_cast<std::int64_t>(world.leases.size()));
    trace_.counter(kMarket, "audits", now, static_cast<std::int64_t>(world.audits.size()));
    trace_.counter(kMarket, "disputes", now, static_cast<std::int64_t>(world.disputes.size()));
  }
}

void Timeline::tokens_moved(protocol::Account from, protocol::Account to, protocol::Tokens amount,
                            protocol::Reason reason) {
  if (truncated_) return;
  const sim::SimTime now = world_.engine.now();
  switch (reason) {
    case Reason::Lock: {
      // The first lock of a job is its posting; the fees of its audits come later.
      const auto [job, fresh] = jobs_.try_emplace(to.index, OpenJob{arriving_, now, {}, {}});
      job->second.locked += amount;
      break;
    }
    case Reason::Payment:
    case Reason::AuditFee:
    case Reason::Tax:
      jobs_[from.index].paid += amount;
      break;
    case Reason::Refund:
      draw_job(jobs_[from.index], now, true, amount);
      jobs_.erase(from.index);
      break;
    case Reason::SlashReporter:
    case Reason::SlashBurn:
    case Reason::SlashTreasury:
      if (amount > protocol::Tokens{} && may_write()) {
        trace_.instant(provider_track(from.index, 0), protocol::name(reason), now,
                       {{"amount_tokens", amount.as_double()}});
      }
      break;
    default:
      break;
  }
}

void Timeline::draw_job(const OpenJob& job, sim::SimTime end, bool finished,
                        protocol::Tokens refund) {
  if (!may_write()) return;
  trace_.complete({kJobs, job.serial}, fmt::format("job {}", job.serial), job.posted, end,
                  {{"ended", std::string_view(finished ? "finished" : "open at the end")},
                   {"locked_tokens", job.locked.as_double()},
                   {"paid_tokens", job.paid.as_double()},
                   {"refund_tokens", refund.as_double()}});
}

void Timeline::finish() {
  if (!truncated_) {
    for (const auto& [row, job] : jobs_) draw_job(job, world_.engine.now(), false, {});
  }
  trace_.finish();
}

DrawnRun draw_run(const std::shared_ptr<const protocol::Rules>& rules, std::uint64_t seed,
                  std::ostream& out, std::uint64_t limit) {
  protocol::Model model(rules, seed);
  Timeline timeline(out, model, limit);
  model.observe(&timeline, &timeline);
  model.finish();
  model.observe(nullptr, nullptr);
  timeline.finish();
  return {model.digest(), timeline.truncated()};
}

}  // namespace assay::analysis
