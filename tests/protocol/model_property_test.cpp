#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "protocol/life/matching.hpp"
#include "protocol/life/posting.hpp"
#include "protocol/life/running.hpp"
#include "protocol/life/voting.hpp"
#include "protocol/verification/voting.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/random_market.hpp"

// What must hold in every market, checked on a hundred random ones. A failure prints its seed,
// which is the argument of random_rules().
namespace assay::protocol {
namespace {

using namespace fixture;

constexpr std::uint64_t kSeeds = 100;
constexpr std::uint64_t kRunSeed = 7;

/// Looks at the whole world after every event; keeps the first thing that is wrong.
class Invariants final : public EventObserver, public LedgerObserver {
 public:
  explicit Invariants(Model& model) : model_(&model) { model.observe(this, this); }
  Invariants(const Invariants&) = delete;
  Invariants& operator=(const Invariants&) = delete;
  ~Invariants() { model_->observe(nullptr, nullptr); }

  void before(const World& world, const Event& event) override {
    slashed_ = Tokens{};
    liable_ = Tokens{};
    if (model_->rules().verification->voting() != nullptr) {  // several may be outvoted at once
      world.leases.for_each([&](LeaseId, const LeaseRow& lease) { liable_ += lease.liable; });
    } else if (event.kind == EventKind::Turn) {
      const DisputeRow& dispute = world.disputes.at(DisputeId::unpack(event.subject));
      liable_ = world.leases.at(dispute.lease).liable;
    } else if (event.kind == EventKind::LeaseEnd) {
      liable_ = world.leases.at(LeaseId::unpack(event.subject)).liable;
    } else if (event.kind == EventKind::Report) {
      liable_ = world.leases.at(world.audits.at(AuditId::unpack(event.subject)).lease).liable;
    }
  }
  void tokens_moved(Account, Account, Tokens amount, Reason reason) override {
    if (reason == Reason::SlashReporter || reason == Reason::SlashBurn ||
        reason == Reason::SlashTreasury || reason == Reason::FaultFee) {
      slashed_ += amount;
    }
  }
  void dollars_moved(PrincipalId, Outside, Usd, Reason) override {}

  void after(const World& world, const Event&) override {
    if (!world.ledger.balanced()) complain("the books do not balance");
    if (slashed_ > liable_) complain("more was slashed than was liable");
    check_identities(world);
    check_disputes(world);
    check_waiting(world);
  }

  [[nodiscard]] const std::string& complaint() const { return complaint_; }

 private:
  void complain(const std::string& what) {
    if (complaint_.empty()) {
      complaint_ = fmt::format("{} at event {}", what, model_->events());
    }
  }

  void check_identities(const World& world) {
    std::vector<std::uint32_t> cases(world.identities.size());
    std::vector<std::uint32_t> busy(world.identities.size());
    std::vector<std::uint32_t> disputed(world.identities.size());
    world.leases.for_each([&](LeaseId, const LeaseRow& lease) {
      ++cases[lease.provider];
      if (lease.state == LeaseState::Running) ++busy[lease.provider];
      if (world.tasks.find(lease.task) == nullptr) complain("a lease of no task");
    });
    world.audits.for_each([&](AuditId, const AuditRow& audit) {
      ++cases[audit.verifier];
      if (world.leases.find(audit.lease) == nullptr) complain("an audit of no lease");
    });
    world.verdicts.for_each(
        [&](VerdictId, const VerdictRow& verdict) { ++cases[verdict.verifier]; });
    world.disputes.for_each([&](DisputeId, const DisputeRow& dispute) {
      ++cases[dispute.challenger];
      const LeaseRow* const lease = world.leases.find(dispute.lease);
      if (lease == nullptr) return complain("a dispute over no lease");
      ++disputed[lease->provider];
    });
    for (std::uint32_t i = 0; i < world.identities.size(); ++i) {
      const IdentityRow& row = world.identities[i];
      if (row.open_cases != cases[i]) complain(fmt::format("open cases of identity {}", i));
      if (row.slots != row.free_slots + busy[i] + row.away_slots)
        complain(fmt::format("slots of identity {}", i));
      if (row.disputed != disputed[i]) complain(fmt::format("disputes of identity {}", i));
      if (row.place == kNone) continue;
      const std::uint32_t held = model_->rules().dispute->holds_slot() ? row.disputed : 0;
      const auto& idle = world.pool.idle(row.pool);
      if (row.place >= idle.size() || index(idle[row.place].id) != i) complain("a torn index");
      const bool may_work = row.role == Role::Provider && row.standing == Standing::Active &&
                            row.free_slots > held &&
                            model_->rules().reputation->trusted(*world.reputation, IdentityId{i});
      if (!may_work) complain(fmt::format("identity {} is idle and may not work", i));
    }
  }

  void check_disputes(const World& world) {
    const sim::SimTime now = world.engine.now();
    const Rules& rules = model_->rules();
    std::map<std::uint64_t, sim::SimTime> open;
    world.disputes.for_each([&](DisputeId id, const DisputeRow& dispute) {
      open.emplace(id.packed(), dispute.opened);
    });
    // ceil(log_n T) rounds over each, of two messages, and two commitments before.
    const auto most_rounds = [&rules](std::uint64_t places) {
      std::int64_t rounds = 0;
      for (std::uint64_t reach = 1; reach < places; reach *= rules.dispute->branching()) ++rounds;
      return rounds;
    };
    const std::int64_t turns = 2 * (most_rounds(rules.execution->steps({})) +
                                    most_rounds(rules.execution->operators(kTrain))) +
                               2;
    const sim::SimDuration longest =
        rules.dispute->timeout() * turns + rules.execution->referee_time(kTrain);
    for (const auto& [id, opened] : open_) {
      if (open.count(id) == 0 && now - opened > longest) complain("a dispute took too long");
    }
    open_ = std::move(open);
  }

  /// Nobody sits idle next to a waiting task that it would do at a price that its job pays.
  void check_waiting(const World& world) {
    const Rules& rules = model_->rules();
    world.tasks.for_each([&](TaskId, const TaskRow& task) {
      if (task.state != TaskState::Waiting) return;
      const JobRow& job = world.jobs.at(task.job);
      const sim::SimDuration link = rules.link_work(job.work, task.link);
      const std::uint32_t left = task.segments - task.kept;
      const Work work{
          job.workload,
          task.kept == 0 ? link : sim::SimDuration{mul_div(link.count(), left, task.segments)},
          left};
      for (const std::uint16_t c : rules.eligible[index(job.workload)]) {
        for (const IdentityId id : world.pool.idle(c)) {
          const IdentityRow& row = world.identities[index(id)];
          if (row.until <= world.engine.now()) continue;  // nobody has looked since
          if (takes_part(world, task, id)) continue;
          const Group& group = rules.groups[index(row.group)];
          const Cost cost = rules.execution->cost(work, row.device);
          const QuoteFacts facts{
              energy_cost(group, cost.joules) + wear_cost(world, group, id, cost.length),
              work.on_reference, rules.market->terms().invited};
          const auto ask = group.strategy->quote(View(world, rules, id), facts, *group.bidding);
          const Usd limit = price_of(job.limit_rate, work.on_reference);
          if (!ask || *ask > limit) continue;
          const Bid bid{0, *ask, world.ledger.balance(staked_of(id))};
          if (rules.market->award(std::span(&bid, 1), {limit, work.on_reference, {}, 0})) {
            complain(fmt::format("identity {} is idle while a task waits for it", index(id)));
          }
        }
      }
    });
  }

  Model* model_;
  std::string complaint_;
  std::map<std::uint64_t, sim::SimTime> open_;
  Tokens slashed_;
  Tokens liable_;
};

std::string digest_of(const std::shared_ptr<const Rules>& rules, std::uint64_t seed = kRunSeed) {
  Model model(rules, seed);
  model.drain();
  return model.digest();
}

TEST_CASE("in every market the books balance, cases are counted, disputes end, nothing is stuck",
          "[protocol]") {
  std::array<std::int64_t, kRefusals> refusals{};
  std::array<std::int64_t, 6> closings{};
  GroupTotals all;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    const auto rules = share(random_rules(seed));
    Model model(rules, kRunSeed);
    {
      Invariants invariants(model);
      model.drain();
      REQUIRE(invariants.complaint() == "");
    }
    const World& world = model.world();
    REQUIRE(world.engine.pending() == 0);
    REQUIRE(world.jobs.size() == 0);
    REQUIRE(world.tasks.size() == 0);
    REQUIRE(world.leases.size() == 0);
    REQUIRE(world.audits.size() == 0);
    REQUIRE(world.verdicts.size() == 0);
    REQUIRE(world.ballots.size() == 0);
    REQUIRE(world.disputes.size() == 0);
    for (std::uint32_t row = 0; row < 1'000; ++row) {
      REQUIRE(world.ledger.balance(escrow_of(JobId{row, 0})) == Tokens{});
      REQUIRE(world.ledger.balance(bond_of(DisputeId{row, 0})) == Tokens{});
    }
    for (std::uint32_t i = 0; i < world.identities.size(); ++i) {
      REQUIRE(world.ledger.balance(unbonding_of(IdentityId{i})) == Tokens{});
      const bool active = world.identities[i].standing == Standing::Active;
      REQUIRE((active || world.ledger.balance(staked_of(IdentityId{i})) == Tokens{}));
      // What a gone name had is with the name that came after it.
      const bool replaced = world.identities[i].successor != kNone;
      REQUIRE((!replaced || world.ledger.balance(free_of(IdentityId{i})) == Tokens{}));
    }
    // A cheat may lose a dispute over honest work by what it does in it; the honest never do.
    const Voting* const voting = rules->verification->voting();
    // A majority of cheats may outvote the honest.
    const bool by_vote = voting != nullptr && voting->convicts();
    for (std::size_t g = 0; g < rules->groups.size() && !by_vote; ++g) {
      if (!rules->groups[g].strategy->hostile()) REQUIRE(world.metrics.groups[g].slashed == 0);
    }
    const MarketTotals& totals = world.metrics.market;
    if (rules->warm_up == sim::SimDuration{}) {
      // All work was accepted here or went to the cloud; every hand-over may lose a microsecond or
      // two to rounding.
      std::int64_t leases = 0;
      for (const GroupTotals& group : world.metrics.groups) leases += group.leases_committed;
      const std::int64_t lost =
          totals.work_posted_us - totals.work_network_us - totals.work_cloud_us;
      REQUIRE(std::abs(lost) <= 2 * leases + 4 * totals.tasks_done + 10 * totals.jobs);
    }
    for (std::size_t i = 0; i < kRefusals; ++i) refusals[i] += totals.refusals[i];
    for (std::size_t i = 0; i < closings.size(); ++i) closings[i] += totals.closings[i];
    for (const GroupTotals& group : world.metrics.groups) {
      all.slashed += group.slashed;
      all.handed_back += group.handed_back;
      all.bad_accepted += group.bad_accepted;
      all.exits += group.exits;
      all.quits += group.quits;
      all.withdrawals += group.withdrawals;
      all.fault_fees_utok += group.fault_fees_utok;
      all.elsewhere_uusd += group.elsewhere_uusd;
      all.uncovered_utok += group.uncovered_utok;
      all.unseen_verdicts += group.unseen_verdicts;
      all.overturned += group.overturned;
      all.made_up += group.made_up;
    }
  }
  // The markets were not all alike: every refusal and every way to close a dispute was met.
  for (const std::int64_t count : refusals) CHECK(count > 0);
  for (std::size_t i = 1; i < closings.size(); ++i) {
    CAPTURE(i);
    CHECK(closings[i] > 0);
  }
  CHECK(all.slashed > 0);
  CHECK(all.handed_back > 0);
  CHECK(all.bad_accepted > 0);
  CHECK(all.exits > 0);
  CHECK(all.quits > 0);
  CHECK(all.withdrawals > 0);
  CHECK(all.fault_fees_utok > 0);
  CHECK(all.elsewhere_uusd > 0);
  CHECK(all.uncovered_utok > 0);
  CHECK(all.unseen_verdicts > 0);
  CHECK(all.overturned > 0);
  CHECK(all.made_up > 0);
}

TEST_CASE("the same rules and seed give the same digest, other seeds others", "[protocol]") {
  std::set<std::string> digests;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    const std::string digest = digest_of(share(random_rules(seed)));
    REQUIRE(digest == digest_of(share(random_rules(seed))));
    digests.insert(digest);
    digests.insert(digest_of(share(random_rules(seed)), kRunSeed + 1));
  }
  CHECK(digests.size() == 2 * kSeeds);
}

TEST_CASE("a market goes on from a copy and from saved bytes as if nothing had happened",
          "[protocol]") {
  std::size_t open_disputes = 0;
  std::size_t open_audits = 0;
  std::size_t open_leases = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    const auto rules = share(random_rules(seed));
    Model whole(rules, kRunSeed);
    whole.drain();
    const std::string digest = whole.digest();

    sim::Draws draws(seed, 1'001, 0);
    std::set<std::uint64_t> stops;
    while (stops.size() < std::min<std::uint64_t>(50, whole.events())) {
      stops.insert(draws.below(whole.events()));
    }
    Model model(rules, kRunSeed);
    for (const std::uint64_t stop : stops) {
      while (model.events() < stop) REQUIRE(model.step(sim::kNever));
      CAPTURE(stop);
      open_disputes += model.world().disputes.size();
      open_audits += model.world().audits.size();
      open_leases += model.world().leases.size();
      const std::vector<std::byte> bytes = model.save();
      Model loaded = Model::load(rules, bytes);
      REQUIRE(loaded.save() == bytes);
      while (loaded.step(sim::kNever)) {
      }
      REQUIRE(loaded.digest() == digest);
      Model copy = model;
      while (copy.step(sim::kNever)) {
      }
      REQUIRE(copy.digest() == digest);
    }
  }
  CHECK(open_disputes > 0);
  CHECK(open_audits > 0);
  CHECK(open_leases > 0);
}

TEST_CASE("saved bytes that are cut off or too long are refused", "[protocol]") {
  const auto rules = share(random_rules(3));
  Model model(rules, kRunSeed);
  for (int i = 0; i < 200; ++i) model.step(sim::kNever);
  std::vector<std::byte> bytes = model.save();
  for (const std::size_t length : {std::size_t{0}, bytes.size() / 2, bytes.size() - 1}) {
    CHECK_THROWS_AS(Model::load(rules, std::span(bytes.data(), length)), sim::CorruptBytes);
  }
  bytes.push_back(std::byte{0});
  CHECK_THROWS_AS(Model::load(rules, bytes), sim::CorruptBytes);
}

TEST_CASE("two markets over one set of rules do not meet", "[protocol]") {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    const auto rules = share(random_rules(seed));
    Model first(rules, kRunSeed);
    Model second(rules, kRunSeed + 1);
    for (bool more = true; more;) {
      more = first.step(sim::kNever);
      more = second.step(sim::kNever) || more;
    }
    REQUIRE(first.digest() == digest_of(rules, kRunSeed));
    REQUIRE(second.digest() == digest_of(rules, kRunSeed + 1));
  }
}

/// The terms of each job as it is posted, by its serial.
class Terms final : public EventObserver {
 public:
  using Row = std::array<std::int64_t, 9>;
  void before(const World&, const Event&) override {}
  void after(const World& world, const Event& event) override {
    if (event.kind != EventKind::Arrive) return;
    ++arrivals;
    world.jobs.for_each([&](JobId, const JobRow& job) {
      if (job.serial != event.subject) return;
      posted[job.serial] = {job.posted.time_since_epoch().count(),
                            job.deadline.time_since_epoch().count(),
                            job.work.count(),
                            job.limit_rate.micro(),
                            job.cloud_rate.micro(),
                            job.requester,
                            job.chains,
                            index(job.workload),
                            index(job.region)};
    });
  }
  std::uint64_t arrivals = 0;
  std::map<std::uint64_t, Row> posted;
};

TEST_CASE("an honest twin has the same arrivals, terms and machines", "[protocol]") {
  std::size_t compared = 0;
  std::size_t different = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    Rules rules = random_rules(seed);
    Rules honest_rules = random_rules(seed);
    for (Group& group : honest_rules.groups) {
      if (group.strategy->hostile()) group.strategy = honest();
    }
    Model run(share(rules), kRunSeed);
    Model twin(share(honest_rules), kRunSeed);
    // One verifier, the last, may have further names where it is hostile.
    REQUIRE(run.world().identities.size() >= twin.world().identities.size());
    for (std::size_t i = 0; i < twin.world().identities.size(); ++i) {
      const IdentityRow& a = run.world().identities[i];
      const IdentityRow& b = twin.world().identities[i];
      REQUIRE(a.machine == b.machine);
      REQUIRE(a.key == b.key);
      REQUIRE(a.device == b.device);
      REQUIRE(a.region == b.region);
      REQUIRE(a.until == b.until);
    }
    REQUIRE(run.world().offers == twin.world().offers);
    Terms terms;
    Terms twin_terms;
    run.observe(&terms, nullptr);
    twin.observe(&twin_terms, nullptr);
    run.drain();
    twin.drain();
    REQUIRE(terms.arrivals == twin_terms.arrivals);
    for (const auto& [serial, row] : terms.posted) {
      // A job that found no escrow, or no price at all, is gone when its arrival has been handled.
      const auto same = twin_terms.posted.find(serial);
      if (same == twin_terms.posted.end()) continue;
      REQUIRE(row == same->second);
      ++compared;
    }
    different += run.digest() != twin.digest() ? 1 : 0;
  }
  CHECK(compared > 10 * kSeeds);
  CHECK(different > kSeeds / 2);
}

TEST_CASE("who owns whom is seen by nobody else", "[protocol]") {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    Rules apart = random_rules(seed);
    Rules together = random_rules(seed);
    for (Rules* rules : {&apart, &together}) {
      // Rings act on what they own, and tables may; here nobody does.
      for (Group& group : rules->groups) {
        const bool table = dynamic_cast<const RuleTable*>(group.strategy.get()) != nullptr;
        if (table || group.name == "ring" || group.name == "insiders") group.strategy = cheat();
        group.principal = "";
      }
    }
    together.groups[1].principal = "trust";
    together.groups[2].principal = "trust";
    together.groups[3].principal = "trust";
    Model first(share(std::move(apart)), kRunSeed);
    Model second(share(std::move(together)), kRunSeed);
    std::vector<IdentityId> outsiders;
    for (std::uint32_t i = 0; i < first.world().identities.size(); ++i) {
      const std::uint16_t group = index(first.world().identities[i].group);
      if (group == 0 || group == 4 || group == 6) outsiders.push_back(IdentityId{i});
    }
    bool same = true;
    while (first.step(sim::kNever)) {
      REQUIRE(second.step(sim::kNever));
      same = same && first.world().identities.size() == second.world().identities.size();
      for (const IdentityId self : outsiders) {
        const View a(first.world(), first.rules(), self);
        const View b(second.world(), second.rules(), self);
        same = same && a.now() == b.now() && a.free() == b.free() &&
               a.unbonding() == b.unbonding() && a.draws(1).bits() == b.draws(1).bits();
        for (std::uint32_t i = 0; same && i < first.world().identities.size(); ++i) {
          const PublicRecord x = a.record(IdentityId{i});
          const PublicRecord y = b.record(IdentityId{i});
          same = x.done == y.done && x.handed_back == y.handed_back &&
                 x.registered == y.registered &&
                 a.is_mine(IdentityId{i}) == b.is_mine(IdentityId{i}) &&
                 first.world().identities[i].key == second.world().identities[i].key;
        }
      }
      REQUIRE(same);
    }
    REQUIRE_FALSE(second.step(sim::kNever));
  }
}

TEST_CASE("with an executor that always agrees no random market slashes anybody", "[protocol]") {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    CAPTURE(seed);
    Rules rules = random_rules(seed);
    TinyExecutor::Terms terms;
    terms.agrees_always = true;
    terms.bitwise = seed % 2 == 0;
    rules.execution = executor(terms);
    rules.groups.back().strategy = std::make_shared<RubberStamp>(RubberStamp::Params{});
    Model model(share(std::move(rules)), kRunSeed);
    model.drain();
    for (const GroupTotals& group : model.world().metrics.groups) REQUIRE(group.slashed == 0);
    REQUIRE(model.world().metrics.market.disputes == 0);
    REQUIRE(model.world().metrics.market.wrong_ballots == 0);
  }
}

}  // namespace
}  // namespace assay::protocol
