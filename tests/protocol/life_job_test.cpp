#include "tests/catch.hpp"
#include "tests/protocol/market_story.hpp"

// Jobs from arrival to refund, each as a table of what happens and what it moves. The market is
// that of market_fixture.hpp: an hour of work is limited to 1 USD = 10 tok, posted at 4 tok, and
// costs its provider 12.5 cents of energy and 6.25 cents of wear.
namespace assay::protocol {
namespace {

using namespace fixture;

TEST_CASE("one job end to end: escrow, price, energy, refund", "[protocol]") {
  const Played market = play(rules({job(0h, 3h)}, {provider("alice"), requester("rita")}));
  CHECK(market.text == lines(R"(
0h arrive
  30 tok exchange > rita, purchase
  3 usd rita > exchange, purchase
  30 tok rita > escrow, lock
3h lease-end finished
  0.375 usd alice > energy, energy
  0.1875 usd alice > capital, wear
  12 tok escrow > alice, payment
  18 tok escrow > rita, refund
)"));
  // Alice: 112 tok at 10 cents, less 0.5625. Rita: 18 tok left of the 3 dollars she spent.
  CHECK(market.model->wealth() == std::vector<Usd>{Usd::micro(10'637'500), Usd::micro(-1'200'000)});
  CHECK(market.totals(0).leases_accepted == 1);
  CHECK(market.totals(0).busy_slot_us == to_us(3h));
  CHECK(market.world().metrics.market.jobs_done == 1);
  CHECK(market.world().metrics.market.work_network_us == to_us(3h));
  CHECK(market.world().metrics.market.paid_uusd == 1'200'000);
  CHECK(market.world().metrics.market.cloud_worth_uusd == 3'000'000);
}

TEST_CASE("a chain goes on link by link, each with a price of its own", "[protocol]") {
  const Played market = play(rules({job(0h, 30h)}, {provider("alice"), requester("rita")}));
  CHECK(market.text == lines(R"(
0h arrive
  300 tok exchange > rita, purchase
  30 usd rita > exchange, purchase
  300 tok rita > escrow, lock
24h lease-end finished
  3 usd alice > energy, energy
  1.5 usd alice > capital, wear
  96 tok escrow > alice, payment
30h lease-end finished
  0.75 usd alice > energy, energy
  0.375 usd alice > capital, wear
  24 tok escrow > alice, payment
  180 tok escrow > rita, refund
)"));
  CHECK(market.world().metrics.market.tasks_done == 2);
}

TEST_CASE("the chains of a job run side by side, and the last one ends it", "[protocol]") {
  Rules rules =
      fixture::rules({job(0h, 2h, 2)}, {provider("alice"), provider("dora"), requester("rita")});
  rules.groups[1].hardware = {{kDouble, kWholePpb}};
  // Dora needs twice as long and asks 75 cents for it, which is below the posted 80.
  const Played market = play(std::move(rules));
  CHECK(market.text == lines(R"(
0h arrive
  40 tok exchange > rita, purchase
  4 usd rita > exchange, purchase
  40 tok rita > escrow, lock
2h lease-end finished
  0.25 usd alice > energy, energy
  0.125 usd alice > capital, wear
  8 tok escrow > alice, payment
4h lease-end finished
  0.5 usd dora > energy, energy
  0.25 usd dora > capital, wear
  8 tok escrow > dora, payment
  24 tok escrow > rita, refund
)"));
}

TEST_CASE("a machine that goes away hands its task back at the last checkpoint", "[protocol]") {
  Rules rules = fixture::rules({job(0h, 5h)}, {provider("alice"), requester("rita")});
  rules.groups[0].availability =
      std::make_shared<ScriptedAvailability>(std::vector<sim::SimDuration>{150min, 1h});
  const Played market = play(std::move(rules));
  // Two of five segments are paid; the half hour since the checkpoint is lost. When she is back,
  // the other three are posted at 12 tok.
  CHECK(market.text == lines(R"(
0h arrive
  50 tok exchange > rita, purchase
  5 usd rita > exchange, purchase
  50 tok rita > escrow, lock
2h 30m lease-end down
  0.3125 usd alice > energy, energy
  0.15625 usd alice > capital, wear
  8 tok escrow > alice, payment
3h 30m wake
6h 30m lease-end finished
  0.375 usd alice > energy, energy
  0.1875 usd alice > capital, wear
  12 tok escrow > alice, payment
  30 tok escrow > rita, refund
)"));
  CHECK(market.totals(0).handed_back == 1);
  // A share of doubles: to the microsecond.
  CHECK(std::abs(market.world().metrics.market.lost_work_us - to_us(30min)) <= 1);
}

TEST_CASE("a machine that goes away before the first checkpoint is paid nothing", "[protocol]") {
  Rules rules = fixture::rules({job(0h, 2h)}, {provider("alice"), requester("rita")});
  rules.groups[0].availability =
      std::make_shared<ScriptedAvailability>(std::vector<sim::SimDuration>{1h - 1s, 1h + 1s});
  const Played market = play(std::move(rules));
  CHECK(market.text == lines(R"(
0h arrive
  20 tok exchange > rita, purchase
  2 usd rita > exchange, purchase
  20 tok rita > escrow, lock
0h 59m 59s lease-end down
  0.124966 usd alice > energy, energy
  0.062483 usd alice > capital, wear
2h wake
4h lease-end finished
  0.25 usd alice > energy, energy
  0.125 usd alice > capital, wear
  8 tok escrow > alice, payment
  12 tok escrow > rita, refund
)"));
  CHECK(market.totals(0).leases_committed == 1);
  CHECK(market.world().identities[0].handed_back == 1);
}

TEST_CASE("a machine that goes away in the moment it finishes has finished", "[protocol]") {
  for (const auto& [up, finished] : {std::pair<sim::SimDuration, bool>{2h, true},
                                     std::pair<sim::SimDuration, bool>{2h - 1ns, false}}) {
    Rules rules = fixture::rules({job(0h, 2h)}, {provider("alice"), requester("rita")});
    rules.groups[0].availability =
        std::make_shared<ScriptedAvailability>(std::vector<sim::SimDuration>{up, 1h});
    const Played market = play(std::move(rules));
    CHECK(market.totals(0).leases_accepted == (finished ? 1 : 2));
    CHECK(market.totals(0).handed_back == (finished ? 0 : 1));
  }
}

TEST_CASE("data is moved before the work begins, and the machine may be gone by then",
          "[protocol]") {
  Rules rules = fixture::rules({job(0h, 1h)}, {provider("alice"), requester("rita")});
  rules.network = std::make_shared<TwoRegions>(2h);
  rules.groups[1].regions = {{RegionId{1}, kWholePpb}};
  SECTION("the work begins after the transfer") {
    const Played market = play(std::move(rules));
    CHECK(market.world().metrics.market.work_network_us == to_us(1h));
    CHECK(market.text.find("\n3h lease-end finished\n") != std::string::npos);
  }
  SECTION("nothing was worked, so nothing costs anything") {
    rules.groups[0].availability =
        std::make_shared<ScriptedAvailability>(std::vector<sim::SimDuration>{90min, 30min});
    const Played market = play(std::move(rules));
    CHECK(market.text.find("\n1h 30m lease-end down\n2h wake\n5h lease-end finished\n") !=
          std::string::npos);
  }
}

TEST_CASE("at its deadline a job stops waiting, and what runs goes on to its end", "[protocol]") {
  SECTION("nobody has a machine that is large enough") {
    Rules rules = fixture::rules({job(1h, 2h)}, {provider("alice"), requester("rita")});
    rules.groups[0].hardware = {{kSmall, kWholePpb}};
    rules.setting.workloads[0].deadline_slack = 5h;
    rules.setting.workloads[0].deadline_factor = 2.0;
    // Posted at 1 h, two hours of work twice, five hours of slack.
    CHECK(play(std::move(rules)).text == lines(R"(
1h arrive
  20 tok exchange > rita, purchase
  2 usd rita > exchange, purchase
  20 tok rita > escrow, lock
10h deadline
  2 usd rita > cloud, cloud
  20 tok escrow > rita, refund
)"));
  }
  SECTION("while it backs off") {
    Rules rules = fixture::rules({job(0h, 2h)}, {provider("alice"), requester("rita")});
    rules.market = posted_price({4, 3, 1h}, Usd::whole(2));  // above the limit
    rules.setting.workloads[0].deadline_slack = 90min;
    CHECK(play(std::move(rules)).text == lines(R"(
0h arrive
  20 tok exchange > rita, purchase
  2 usd rita > exchange, purchase
  20 tok rita > escrow, lock
1h queue
1h 30m deadline
  2 usd rita > cloud, cloud
  20 tok escrow > rita, refund
)"));
  }
  SECTION("between two links, and while another chain waits") {
    Rules rules = fixture::rules({job(0h, 30h, 2)}, {provider("alice"), requester("rita")});
    rules.setting.workloads[0].deadline_slack = 20h;
    const Played market = play(std::move(rules));
    CHECK(market.text == lines(R"(
0h arrive
  600 tok exchange > rita, purchase
  60 usd rita > exchange, purchase
  600 tok rita > escrow, lock
20h deadline
  30 usd rita > cloud, cloud
24h lease-end finished
  3 usd alice > energy, energy
  1.5 usd alice > capital, wear
  96 tok escrow > alice, payment
  6 usd rita > cloud, cloud
  504 tok escrow > rita, refund
)"));
    CHECK(market.world().metrics.market.jobs_late == 1);
    CHECK(market.world().metrics.market.jobs_done == 0);
  }
}

TEST_CASE("a requester that cannot buy the tokens to lock goes to the cloud", "[protocol]") {
  for (const std::int64_t missing : {0, 1}) {
    Rules rules = fixture::rules({job(0h, 3h)}, {provider("alice"), requester("rita")});
    FixedToken::Params token;
    token.supply = Tokens::whole(130 - missing);  // 100 are Alice's stake
    token.price = TokenPrice{Usd::micro(100'000)};
    rules.token = std::make_shared<FixedToken>(token);
    const Played market = play(std::move(rules));
    CHECK(market.refused(Refusal::EscrowShort) == missing);
    CHECK(market.totals(0).leases_accepted == 1 - missing);
    if (missing == 1) {
      CHECK(market.text == "0h arrive\n  3 usd rita > cloud, cloud\n");
    }
  }
}

TEST_CASE("a job of more than 292 years goes to the cloud in full", "[protocol]") {
  Rules rules = fixture::rules({job(0h, 1000h, 65'536)}, {provider("alice"), requester("rita")});
  const Played market = play(std::move(rules));
  CHECK(market.refused(Refusal::EscrowShort) == 1);
  CHECK(market.text == "0h arrive\n  65536000 usd rita > cloud, cloud\n");
  CHECK(market.world().metrics.market.work_cloud_us == 65'536'000 * (sim::SimDuration(1h) / 1us));
}

TEST_CASE("what is locked covers every way to cut a task into leases", "[protocol]") {
  // 9.5 hours in ten segments at 7 millionths of a dollar an hour: 66.5, so the whole costs 66. Of
  // these the first lease is paid 2/10; the limit for the other eight is 53.2, so 53. In tokens of
  // ten cents that is 132 + 530 millionths, two more than 66 millionths of a dollar are worth.
  Rules rules = fixture::rules({job(0h, 570min)}, {provider("alice"), requester("rita")});
  rules.market = std::make_shared<SecondPrice>(SecondPrice::Params{{4, 3, 1h}});
  rules.outside[0].rate = {Usd::micro(7)};
  rules.groups[0].power_price = Usd{};
  rules.groups[0].wear = Usd{};
  rules.groups[0].availability =
      std::make_shared<ScriptedAvailability>(std::vector<sim::SimDuration>{114min, 6min});
  const Played market = play(std::move(rules));
  CHECK(market.text == lines(R"(
0h arrive
  0.00067 tok exchange > rita, purchase
  0.000067 usd rita > exchange, purchase
  0.00067 tok rita > escrow, lock
1h 54m lease-end down
  0.000132 tok escrow > alice, payment
2h wake
9h 36m lease-end finished
  0.00053 tok escrow > alice, payment
  0.000008 tok escrow > rita, refund
)"));
}

TEST_CASE("the latest deadline is a century after the posting", "[protocol]") {
  // A million times four hours would be 456 years.
  Rules rules = fixture::rules({job(0h, 4h)}, {provider("alice"), requester("rita")});
  rules.setting.workloads[0].deadline_factor = 1e6;
  rules.setting.workloads[0].deadline_slack = 0h;
  Scripted::Script script;
  script.bids = false;
  rules.groups[0].strategy = scripted(script);
  rules.market = posted_price({4, 1'000, 720h});
  const Played market = play(std::move(rules));
  CHECK(market.text.find("719280h queue\n") != std::string::npos);
  CHECK(market.world().metrics.market.jobs_late == 0);
}

TEST_CASE("tokens that a requester has are locked before any are bought", "[protocol]") {
  Rules rules = fixture::rules({job(0h, 1h)}, {provider("alice"), requester("rita")});
  rules.groups[1].balance = Tokens::whole(4);
  CHECK(play(std::move(rules)).text.find(lines(R"(
0h arrive
  6 tok exchange > rita, purchase
  0.6 usd rita > exchange, purchase
  10 tok rita > escrow, lock
1h lease-end finished
)")) == 0);
}

TEST_CASE("whoever hurries a cheat ends when the work that was not skipped is done", "[protocol]") {
  for (const auto& [hurry, text] : {std::pair<bool, const char*>{false, R"(
2h lease-end finished
  0.125 usd alice > energy, energy
  0.0625 usd alice > capital, wear
)"},
                                    std::pair<bool, const char*>{true, R"(
1h lease-end finished
  0.125 usd alice > energy, energy
  0.0625 usd alice > capital, wear
)"}}) {
    Rules rules = fixture::rules({job(0h, 2h)}, {provider("alice"), requester("rita")});
    Partial::Params params;
    params.share = percent(50);
    params.terms.hurry = hurry;
    rules.groups[0].strategy = std::make_shared<Partial>(params);
    const Played market = play(std::move(rules));
    CHECK(market.text.find(lines(text)) != std::string::npos);
    CHECK(market.totals(0).bad_accepted == 1);
    CHECK(market.totals(0).work_bad_accepted_us == to_us(1h));
    CHECK(market.world().metrics.market.work_useless_us == to_us(1h));
    CHECK(market.world().metrics.market.work_harmed_ms == 15 * 60 * 1'000);
  }
}

TEST_CASE("of a claim that was handed back only what is bad in it counts as bad", "[protocol]") {
  // Half of 24 segments are bad; the machine goes away after 12. What was accepted of the bad work
  // is what is bad among those, over many keys half of them, not all twelve.
  std::int64_t accepted = 0;
  std::int64_t bad = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Rules rules = fixture::rules({job(0h, 24h)}, {provider("alice"), requester("rita")});
    Partial::Params params;
    params.share = percent(50);
    rules.groups[0].strategy = std::make_shared<Partial>(params);
    rules.groups[0].availability =
        std::make_shared<ScriptedAvailability>(std::vector<sim::SimDuration>{12h});
    rules.setting.workloads[0].deadline_slack = 20h;
    const Played market = play(std::move(rules), seed);
    accepted += market.totals(0).work_accepted_us;
    bad += market.totals(0).work_bad_accepted_us;
  }
  // Hypergeometric, 12 of 24 with 12 marked: variance 12 x 1/4 x 12/23 = 1.57 segments a run, five
  // standard errors of 200 x 12 segments are 0.037.
  CHECK(static_cast<double>(bad) / static_cast<double>(accepted) == Approx(0.5).margin(0.037));
}

}  // namespace
}  // namespace assay::protocol
