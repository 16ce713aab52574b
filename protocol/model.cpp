#include "protocol/model.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include "protocol/life/auditing.hpp"
#include "protocol/life/disputing.hpp"
#include "protocol/life/matching.hpp"
#include "protocol/life/posting.hpp"
#include "protocol/life/running.hpp"
#include "protocol/life/staking.hpp"
#include "protocol/look_ahead.hpp"
#include "protocol/verification/voting.hpp"

namespace assay::protocol {
namespace {

constexpr std::size_t kPanel = 4096;
/// The probe that ends the warm-up; the others are numbered by the cells of the grid they close.
constexpr std::uint64_t kMeasuringStarts = std::numeric_limits<std::uint64_t>::max();

template <class Id>
Id draw_part(sim::Draws& draws, const std::vector<Group::Part<Id>>& parts) {
  auto mark = static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(kWholePpb)));
  std::size_t part = 0;
  while (part + 1 < parts.size() && mark >= parts[part].ppb) mark -= parts[part++].ppb;
  return parts[part].id;
}

OwnedMemory voting_memory(const Rules& rules) {
  const Voting* const voting = rules.verification->voting();
  return OwnedMemory(voting != nullptr ? voting->memory() : std::make_unique<NoMemory>());
}

PrincipalId add_principal(World& world, GroupId group, std::uint64_t key) {
  PrincipalRow row;
  row.key = key;
  row.group = group;
  world.principals.push_back(row);
  world.ledger.add_principal();
  return PrincipalId{static_cast<std::uint32_t>(world.principals.size() - 1)};
}

}  // namespace

Model::Model(std::shared_ptr<const Rules> rules, std::uint64_t seed) : rules_(std::move(rules)) {
  world_.chance.seed = seed;
  set_up();
}

Model::Model(std::shared_ptr<const Rules> rules, World world)
    : rules_(std::move(rules)), world_(std::move(world)) {
  // The armed arrival is drawn again: a stream is opened at an ordinal, not carried along.
  arrivals_ = rules_->demand->open(world_.chance, world_.next_arrival);
  arrival_ = arrivals_->next();
}

Model::Model(const Model& other) : Model(other.rules_, other.world_) {}

void Model::set_up() {
  const Rules& rules = *rules_;
  world_.ledger = Ledger(rules.token->supply());
  world_.token_price = rules.token->start_price();
  world_.pool = Pool(rules.classes.size());
  world_.waiting = WaitingTasks(rules.setting.workloads.size());
  world_.reputation = OwnedMemory(rules.reputation->memory());
  world_.voting = voting_memory(rules);
  if (const Tokens pool = rules.verification->jackpot().pool; pool > Tokens{}) {
    world_.ledger.transfer(kExchangeAccount, kJackpotAccount, pool, Reason::Endowment);
  }
  world_.metrics = Metrics(rules.groups.size(), rules.horizon);

  std::size_t members = 0;
  for (const Group& group : rules.groups) members += std::size_t{group.count} * group.names();
  world_.principals.reserve(members);
  world_.identities.reserve(members);
  world_.ledger.reserve(members, members);

  Context context{rules, world_};
  std::map<std::string, PrincipalId> owners;
  std::vector<PanelMember> machines;
  for (std::size_t g = 0; g < rules.groups.size(); ++g) {
    const Group& group = rules.groups[g];
    const GroupId group_id{static_cast<std::uint16_t>(g)};
    for (std::uint32_t member = 0; member < group.count; ++member) {
      Machine machine;
      machine.key = sim::mix(group.key, group.first_member + member);
      sim::Draws draws = world_.chance.open(Purpose::Member, machine.key);
      machine.region = draw_part(draws, group.regions);
      if (!group.hardware.empty()) machine.device = draw_part(draws, group.hardware);
      PrincipalId owner{};
      if (group.principal.empty()) {
        owner = add_principal(world_, group_id, machine.key);
      } else if (const auto known = owners.find(group.principal); known != owners.end()) {
        owner = known->second;
      } else {
        owner = add_principal(world_, group_id, machine.key);
        owners.emplace(group.principal, owner);
      }
      const IdentityId id = register_identity(context, owner, group_id, machine);
      world_.ledger.transfer(kExchangeAccount, free_of(id), group.balance, Reason::Endowment);
      if (group.names() > 1) add_names(context, id, machine);
      SIM_CHECK(stake(context, id));
      switch (group.role) {
        case Role::Provider:
          world_.provider_slots += group.slots;
          machines.push_back({machine.key, sim::SimTime{}, kNone, group_id, machine.region});
          refresh(context, id);
          break;
        case Role::Verifier:
          world_.verifiers.add(id, world_.ledger.balance(staked_of(id)));
          break;
        case Role::Requester:
          world_.requesters.push_back(id);
          world_.offers.push_back(static_cast<std::uint32_t>(
              world_.chance.open(Purpose::Cloud, machine.key).below(rules.outside.size())));
          break;
      }
    }
  }
  const std::size_t step = machines.size() / kPanel + 1;
  for (std::size_t i = 0; i < machines.size(); i += step) world_.panel.push_back(machines[i]);

  if (rules.warm_up > sim::SimDuration{}) {
    world_.engine.schedule(sim::SimTime{rules.warm_up}, Event::probe(kMeasuringStarts));
  } else {
    probe(kMeasuringStarts);
  }
  for (std::uint64_t cell = 0; cell < Metrics::kCells; ++cell) {
    const sim::SimTime end =
        sim::SimTime{} + world_.metrics.cell_length() * static_cast<std::int64_t>(cell + 1);
    world_.engine.schedule(std::min(end, sim::SimTime{rules.horizon}), Event::probe(cell));
  }
  arm_price(1);
  arrivals_ = rules.demand->open(world_.chance, 0);
  arm_arrival();
}

/// The price stands still from the horizon on: readings there, and what a drain settles after it,
/// are at the last price before.
void Model::arm_price(std::uint64_t move) {
  const sim::SimDuration step = rules_->token->step();
  if (step == sim::SimDuration{}) return;
  const sim::SimTime at = world_.engine.now() + step;
  if (at < sim::SimTime{rules_->horizon}) world_.engine.schedule(at, Event::price(move));
}

void Model::arm_arrival() {
  arrival_ = arrivals_->next();
  if (!arrival_ || arrival_->at >= sim::SimTime{rules_->horizon}) {
    arrival_.reset();
    return;
  }
  world_.next_arrival = arrival_->ordinal;
  world_.engine.schedule(arrival_->at, Event::arrive(arrival_->ordinal));
}

void Model::probe(std::uint64_t ordinal) {
  Metrics& metrics = world_.metrics;
  const sim::SimTime now = world_.engine.now();
  const std::vector<Usd> wealth_now = wealth();
  if (ordinal == kMeasuringStarts) {
    metrics.start_measuring(now);
    for (std::size_t p = 0; p < wealth_now.size(); ++p) {
      world_.principals[p].wealth_at_start = wealth_now[p];
    }
    return;
  }
  metrics.settle_busy(now);
  metrics.cells[ordinal].token_price_nusd =
      mul_div(world_.token_price.micro_usd, 1'000'000'000, world_.token_price.per_micro_tokens);
  const std::size_t groups = metrics.groups.size();
  for (std::size_t p = 0; p < wealth_now.size(); ++p) {
    metrics.group_cells[ordinal * groups + index(world_.principals[p].group)].wealth_uusd +=
        wealth_now[p].micro();
  }
  const sim::SimTime cell_start =
      sim::SimTime{} + metrics.cell_length() * static_cast<std::int64_t>(ordinal);
  for (PanelMember& member : world_.panel) {
    const Group& group = rules_->groups[index(member.group)];
    GroupTotals& totals = metrics.groups[index(member.group)];
    // What is measured of the cell, interval by interval up to now.
    sim::SimTime from = std::max(cell_start, metrics.measured_from);
    const auto count_until = [&](sim::SimTime end) {
      if (end <= from) return;
      const std::int64_t span = to_us(end - from);
      totals.panel_us += span;
      if (member.up != 0) totals.panel_up_us += span;
      from = end;
    };
    while (member.until <= now) {
      count_until(member.until);
      ++member.interval;
      const Availability::Interval interval = group.availability->interval(
          world_.chance, member.machine, member.interval,
          rules_->network->regions()[index(member.region)].utc_offset_hours);
      member.up = interval.up ? 1 : 0;
      const bool for_ever = interval.length >= sim::kNever - member.until;
      member.until = for_ever ? sim::kNever : member.until + interval.length;
    }
    count_until(now);
  }
}

void Model::handle(const Event& event) {
  Context context{*rules_, world_, observer_};
  look_ahead(context);
  if (observer_ != nullptr) observer_->before(world_, event);
  struct Record {
    sim::SimTime at;
    Event event;
  };
  static_assert(sizeof(Record) == 32);
  world_.digest.update_value(Record{world_.engine.now(), event});

  const IdentityId identity{static_cast<std::uint32_t>(event.subject)};
  switch (event.kind) {
    case EventKind::Arrive: {
      SIM_CHECK(arrival_ && arrival_->ordinal == event.subject);
      const Arrival arrival = *arrival_;
      arm_arrival();
      if (arrival_) expect(context, *arrival_);
      post(context, arrival);
      break;
    }
    case EventKind::Queue:
      seek_provider(context, TaskId::unpack(event.subject));
      break;
    case EventKind::Wake:
      wake(context, identity);
      serve_waiting(context, identity);
      break;
    case EventKind::LeaseEnd:
      end_lease(context, LeaseId::unpack(event.subject), static_cast<LeaseEnd>(event.code));
      break;
    case EventKind::Report:
      report(context, AuditId::unpack(event.subject));
      break;
    case EventKind::Turn:
      take_turn(context, DisputeId::unpack(event.subject), static_cast<Act>(event.code));
      break;
    case EventKind::Deadline:
      expire(context, JobId::unpack(event.subject));
      break;
    case EventKind::Unbond:
      release(context, identity);
      break;
    case EventKind::Review:
      review(context, identity);
      break;
    case EventKind::Probe:
      probe(event.subject);
      break;
    case EventKind::Back:
      come_back(context, identity);
      break;
    case EventKind::Audit:
      audit(context, LeaseId::unpack(event.subject));
      break;
    case EventKind::Price:
      world_.token_price = rules_->token->next(world_.chance, event.subject, world_.token_price);
      arm_price(event.subject + 1);
      break;
  }
  if (observer_ != nullptr) observer_->after(world_, event);
}

bool Model::step(sim::SimTime until) {
  Event event;
  if (!world_.engine.step(until, event)) return false;
  handle(event);
  return true;
}

void Model::run(sim::SimTime until) { world_.engine.run(*this, until); }

void Model::finish() { run(sim::SimTime{rules_->horizon}); }

void Model::drain() {
  finish();
  run(sim::kNever);
}

std::string Model::digest() const {
  sim::Digest digest = world_.digest;
  world_.ledger.digest(digest);
  return sim::hex(digest.finish());
}

std::vector<Usd> Model::wealth() const {
  std::vector<Tokens> tokens(world_.principals.size());
  const auto add = [&](std::uint32_t identity, Tokens amount) {
    tokens[world_.identities[identity].owner] += amount;
  };
  for (std::uint32_t i = 0; i < world_.identities.size(); ++i) {
    const IdentityId id{i};
    for (const Account account : {free_of(id), staked_of(id), unbonding_of(id)}) {
      add(i, world_.ledger.balance(account));
    }
  }
  world_.jobs.for_each([&](JobId id, const JobRow& job) {
    add(job.requester, world_.ledger.balance(escrow_of(id)));
  });
  world_.disputes.for_each([&](DisputeId id, const DisputeRow& dispute) {
    add(dispute.challenger, world_.ledger.balance(bond_of(id)));
  });
  std::vector<Usd> wealth;
  wealth.reserve(tokens.size());
  for (std::uint32_t p = 0; p < tokens.size(); ++p) {
    wealth.push_back(world_.ledger.purse(PrincipalId{p}) + usd_down(tokens[p], world_.token_price));
  }
  return wealth;
}

void Model::observe(EventObserver* observer, LedgerObserver* ledger_observer) {
  observer_ = observer;
  world_.ledger.observe(ledger_observer);
}

std::vector<std::byte> Model::save() const {
  sim::ByteWriter out;
  out.put(world_.chance.seed);
  world_.engine.save(out);
  world_.ledger.save(out);
  out.put_rows(world_.principals);
  out.put_rows(world_.identities);
  world_.jobs.save(out);
  world_.tasks.save(out);
  world_.leases.save(out);
  world_.audits.save(out);
  world_.verdicts.save(out);
  world_.ballots.save(out);
  world_.disputes.save(out);
  world_.pool.save(out);
  world_.waiting.save(out);
  (*world_.reputation).save(out);
  (*world_.voting).save(out);
  world_.verifiers.save(out);
  out.put_rows(world_.requesters);
  out.put_rows(world_.offers);
  out.put_rows(world_.panel);
  out.put(world_.next_arrival);
  out.put(world_.waiting_serial);
  out.put(world_.provider_slots);
  out.put(world_.token_price);
  world_.metrics.save(out);
  world_.digest.save(out);
  return out.take();
}

Model Model::load(std::shared_ptr<const Rules> rules, std::span<const std::byte> bytes) {
  sim::ByteReader in(bytes);
  World world;
  world.chance.seed = in.get<std::uint64_t>();
  world.engine.load(in);
  world.ledger.load(in);
  world.principals = in.get_rows<PrincipalRow, sim::LargePages<PrincipalRow>>();
  world.identities = in.get_rows<IdentityRow, sim::LargePages<IdentityRow>>();
  world.jobs.load(in);
  world.tasks.load(in);
  world.leases.load(in);
  world.audits.load(in);
  world.verdicts.load(in);
  world.ballots.load(in);
  world.disputes.load(in);
  world.pool.load(in);
  world.waiting.load(in);
  world.reputation = OwnedMemory(rules->reputation->memory());
  (*world.reputation).load(in);
  world.voting = voting_memory(*rules);
  (*world.voting).load(in);
  world.verifiers.load(in);
  world.requesters = in.get_rows<IdentityId>();
  world.offers = in.get_rows<std::uint32_t>();
  world.panel = in.get_rows<PanelMember>();
  world.next_arrival = in.get<std::uint64_t>();
  world.waiting_serial = in.get<std::uint64_t>();
  world.provider_slots = in.get<std::int64_t>();
  world.token_price = in.get<Price>();
  world.metrics.load(in);
  world.digest = sim::Digest::load(in);
  if (!in.at_end()) throw sim::CorruptBytes("saved state: more than a state");
  return Model(std::move(rules), std::move(world));
}

}  // namespace assay::protocol
