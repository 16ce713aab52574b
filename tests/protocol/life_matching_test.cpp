#include "tests/catch.hpp"
#include "tests/protocol/market_story.hpp"

// Who gets which task: the order of those who wait, prices that are too low, lotteries, trust. The
// market is that of market_fixture.hpp: an hour of work is limited to 1 USD = 10 tok and posted at
// 4 tok.
namespace assay::protocol {
namespace {

using namespace fixture;

/// The serials of the jobs whose leases end, in that order.
std::vector<std::uint64_t> order_of_service(Rules rules) {
  struct Order final : EventObserver {
    std::vector<std::uint64_t> serials;
    void before(const World& world, const Event& event) override {
      if (event.kind != EventKind::LeaseEnd) return;
      const LeaseRow& lease = world.leases.at(LeaseId::unpack(event.subject));
      serials.push_back(world.jobs.at(world.tasks.at(lease.task).job).serial);
    }
    void after(const World&, const Event&) override {}
  } order;
  Model model(share(std::move(rules)), 1);
  model.observe(&order, nullptr);
  model.drain();
  return order.serials;
}

/// Workloads 0, 1, 2 with limits of 100 %, 75 % and 50 % of a cloud that costs a dollar.
void three_limits(Rules& rules) {
  for (const std::int64_t limit : {75, 50}) {
    Workload workload = rules.setting.workloads[0];
    workload.limit_low = workload.limit_high = percent(limit);
    rules.setting.workloads.push_back(workload);
    rules.outside[0].rate.push_back(Usd::whole(1));
  }
}

Arrival with_workload(Arrival arrival, std::uint16_t workload) {
  arrival.workload = WorkloadId{workload};
  return arrival;
}

TEST_CASE("who waits is served by the highest limit, then by age", "[protocol]") {
  Rules rules = fixture::rules({with_workload(job(0h, 1h), 0), with_workload(job(10min, 1h), 2),
                                with_workload(job(20min, 1h), 0), with_workload(job(30min, 1h), 1),
                                with_workload(job(40min, 1h), 0)},
                               {provider("alice"), requester("rita")});
  three_limits(rules);
  CHECK(order_of_service(std::move(rules)) == std::vector<std::uint64_t>{0, 2, 4, 3, 1});
}

TEST_CASE("a chain's next link does not pass by those who wait", "[protocol]") {
  // Job 0 has two links. While its first one runs, job 1 comes and waits for the only machine.
  Rules rules = fixture::rules({with_workload(job(0h, 2h), 0), with_workload(job(30min, 1h), 2)},
                               {provider("alice"), requester("rita")});
  three_limits(rules);
  rules.max_task = 1h;
  CHECK(order_of_service(std::move(rules)) == std::vector<std::uint64_t>{0, 1, 0});
}

TEST_CASE("a machine that finds one price too low still looks at other work", "[protocol]") {
  // Workload 0 pays most an hour and takes Alice thrice as long: she asks 56 cents, above the
  // posted 40. The work of job 2, which waits behind it, she does.
  class Uneven final : public TinyExecutor {
   public:
    Uneven() : TinyExecutor(Terms{}) {}
    [[nodiscard]] Cost cost(const Work& work, DeviceId device) const override {
      Work longer = work;
      if (work.workload == kTrain) longer.on_reference *= 3;
      return TinyExecutor::cost(longer, device);
    }
  };
  Rules rules = fixture::rules({with_workload(job(0h, 1h), 1), with_workload(job(10min, 1h), 0),
                                with_workload(job(20min, 1h), 1)},
                               {provider("alice"), requester("rita")});
  three_limits(rules);
  rules.execution = std::make_shared<Uneven>();
  CHECK(order_of_service(std::move(rules)) == std::vector<std::uint64_t>{0, 2});
}

TEST_CASE("without an acceptable price a task asks again, and in the end goes to the cloud",
          "[protocol]") {
  Rules rules = fixture::rules({job(0h, 1h)}, {provider("alice"), requester("rita")});
  Markup::Params params;
  std::int64_t over_limit = 0;
  SECTION("every ask above the limit") {
    params.markup = percent(1'000);  // 2.0625 USD
    over_limit = 3;
  }
  SECTION("every ask above the posted price") { params.markup = percent(200); }  // 0.5625 USD
  rules.groups[0].bidding = std::make_shared<Markup>(params);
  const Played market = play(std::move(rules));
  CHECK(market.text == lines(R"(
0h arrive
  10 tok exchange > rita, purchase
  1 usd rita > exchange, purchase
  10 tok rita > escrow, lock
1h queue
2h queue
  1 usd rita > cloud, cloud
  10 tok escrow > rita, refund
)"));
  CHECK(market.refused(Refusal::OverLimit) == over_limit);
  CHECK(market.world().metrics.market.jobs_done == 0);
  CHECK(market.world().metrics.market.work_cloud_us == to_us(1h));
}

TEST_CASE("a bid of exactly the limit is taken", "[protocol]") {
  for (const std::int64_t below : {0, 1}) {
    Rules rules = fixture::rules({job(0h, 1h)}, {provider("alice"), requester("rita")});
    rules.market = std::make_shared<FirstPrice>(FirstPrice::Params{{4, 1, 1h}});
    // Own cost is 187,500 millionths; the cloud's price is the limit.
    rules.outside[0].rate = {Usd::micro(187'500 - below)};
    const Played market = play(std::move(rules));
    CHECK(market.totals(0).leases_accepted == 1 - below);
    CHECK(market.refused(Refusal::OverLimit) == below);
  }
}

TEST_CASE("a provider that passes gets nothing", "[protocol]") {
  Rules rules = fixture::rules({job(0h, 1h)}, {provider("alice"), requester("rita")});
  Scripted::Script passes;
  passes.bids = false;
  rules.groups[0].strategy = scripted(passes);
  const Played market = play(std::move(rules));
  CHECK(market.totals(0).leases_committed == 0);
  CHECK(market.world().metrics.market.work_cloud_us == to_us(1h));
}

/// What each group has won of 2,000 jobs of an hour that come one by one.
std::vector<std::int64_t> wins_of(std::vector<Group> groups, std::shared_ptr<const Market> market) {
  std::vector<Arrival> jobs;
  for (int i = 0; i < 2'000; ++i) jobs.push_back(job(i * 2h, 1h));
  const std::size_t providers = groups.size();
  groups.push_back(requester("rita"));
  Rules rules = fixture::rules(std::move(jobs), std::move(groups));
  rules.horizon = 4000h;
  rules.market = std::move(market);
  const Played played = play(std::move(rules));
  std::vector<std::int64_t> wins;
  for (std::size_t g = 0; g < providers; ++g) wins.push_back(played.totals(g).leases_accepted);
  return wins;
}

Group slotted(std::string name, std::uint32_t count, std::uint8_t slots) {
  Group group = provider(std::move(name), count);
  group.slots = slots;
  group.balance = Tokens::whole(100 * slots);
  return group;
}

TEST_CASE("in a lottery slots under one name win as often as under many", "[protocol]") {
  Lottery::Params params;
  params.terms.invited = 4;
  params.price = UsdPerHour{Usd::micro(400'000)};
  // 4 names of 8 slots against 32 of one: half of the slots and of the stake, a ninth of the names.
  const std::vector<Group> many{slotted("big", 4, 8), slotted("small", 32, 1)};
  // Five standard errors of 2,000 draws: 112 of a half, 71 of a ninth.
  CHECK(std::abs(wins_of(many, std::make_shared<Lottery>(params)).front() - 1'000) < 112);
  params.tickets = Lottery::Tickets::Head;
  CHECK(std::abs(wins_of(many, std::make_shared<Lottery>(params)).front() - 222) < 71);
  // And where all idle slots are in the pool: three of four.
  params.tickets = Lottery::Tickets::Stake;
  const std::vector<Group> few{slotted("big", 1, 3), slotted("small", 1, 1)};
  CHECK(std::abs(wins_of(few, std::make_shared<Lottery>(params)).front() - 1'500) < 97);
}

TEST_CASE("few or many idle machines are drawn in proportion to their slots", "[protocol]") {
  // One candidate is drawn, of two machines or of twelve: nine slots of ten, and of twenty.
  const auto wins = [](std::uint32_t singles) {
    return wins_of({slotted("big", 1, 9), slotted("small", singles, 1)}, posted_price({1, 3, 1h}))
        .front();
  };
  CHECK(std::abs(wins(1) - 1'800) < 67);  // five standard errors
  CHECK(std::abs(wins(11) - 900) < 112);
}

TEST_CASE("whoever is not trusted gets no tasks, and who is trusted again takes what waits",
          "[protocol]") {
  // A hand-back brings the score from 80 % to 60 %, below the minimum; accepted work to 80 % again.
  ExponentialAverage::Params params;
  params.weight = percent(50);
  params.handed_back = percent(40);
  params.minimum = percent(70);
  SECTION("for ever where nothing more comes in") {
    Rules rules =
        fixture::rules({job(0h, 2h), job(5h, 1h)}, {provider("alice"), requester("rita")});
    rules.reputation = std::make_shared<ExponentialAverage>(params);
    rules.groups[0].availability =
        std::make_shared<ScriptedAvailability>(std::vector<sim::SimDuration>{1h, 1h});
    const Played market = play(std::move(rules));
    CHECK(market.totals(0).leases_accepted == 1);
    CHECK(market.world().metrics.market.work_cloud_us == to_us(2h));
  }
  SECTION("until an older claim is accepted") {
    // Job 0 ends at 1 h, and its checkpoint takes ten hours to the verifier. Job 1 is handed back
    // before its first checkpoint.
    Rules rules = fixture::rules({job(0h, 1h), job(61min, 2h)},
                                 {provider("alice"), verifier("vera"), requester("rita")});
    rules.reputation = std::make_shared<ExponentialAverage>(params);
    rules.verification = always_audit();
    rules.network = std::make_shared<TwoRegions>(10h);
    rules.groups[1].regions = {{RegionId{1}, kWholePpb}};
    rules.groups[0].availability =
        std::make_shared<ScriptedAvailability>(std::vector<sim::SimDuration>{90min, 30min});
    const Played market = play(std::move(rules));
    std::string times;
    for (std::string_view rest = market.text; !rest.empty();) {
      const std::string_view line = rest.substr(0, rest.find('\n') + 1);
      if (line[0] != ' ') times += line;
      rest.remove_prefix(line.size());
    }
    CHECK(times == lines(R"(
0h arrive
1h lease-end finished
1h 1m arrive
1h 30m lease-end down
2h wake
12h report
14h lease-end finished
25h report
)"));
  }
}

}  // namespace
}  // namespace assay::protocol
