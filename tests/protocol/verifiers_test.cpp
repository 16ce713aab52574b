#include <algorithm>
#include <set>

#include "tests/catch.hpp"
#include "tests/protocol/market_story.hpp"

// Verifiers who do not do what they are paid for. An hour of work is paid 4 tok, an audited segment
// half of that; Alice has staked 100 tok, each verifier 40; a bond is 2 tok.
namespace assay::protocol {
namespace {

using namespace fixture;

/// One job of an hour by Alice, audited by everybody in `verifiers`.
Rules audited(std::shared_ptr<const Strategy> alice, std::vector<Group> verifiers,
              const VerifierTerms& terms = {}) {
  SpotCheck::Params check;
  check.rate = kWhole;
  check.segments = 1;
  check.verifiers = 0;
  std::vector<Group> groups{provider("alice")};
  groups[0].strategy = std::move(alice);
  for (Group& verifier : verifiers) {
    verifier.stake_per_slot = Tokens::whole(40);
    verifier.balance = Tokens::whole(50);
    check.verifiers += static_cast<int>(verifier.count * verifier.names());
    groups.push_back(std::move(verifier));
  }
  check.pay = percent(50);
  check.terms = terms;
  groups.push_back(requester("rita"));
  Rules rules = fixture::rules({job(0h, 1h)}, std::move(groups));
  rules.verification = std::make_shared<SpotCheck>(check);
  rules.setting.workloads[0].deadline_slack = 10h;
  return rules;
}

Group liar(std::string name, std::shared_ptr<const Strategy> strategy) {
  Group group = verifier(std::move(name));
  group.strategy = std::move(strategy);
  return group;
}
Group rubber_stamp(std::string name) {
  return liar(std::move(name), std::make_shared<RubberStamp>(RubberStamp::Params{}));
}
Group copier(std::string name, sim::SimDuration wait = 1h) {
  return liar(std::move(name), std::make_shared<Copier>(Copier::Params{wait}));
}
Group false_challenger(std::string name, std::string defence, bool dawdle) {
  FalseChallenger::Params params;
  params.defence = std::move(defence);
  params.dawdle = dawdle;
  return liar(std::move(name), std::make_shared<FalseChallenger>(params));
}

Tokens staked(const Played& market, std::uint32_t identity) {
  return market.world().ledger.balance(staked_of(IdentityId{identity}));
}

TEST_CASE("a rubber stamp approves what was never done, and is paid for it", "[protocol]") {
  const Played market = play(audited(cheat(), {rubber_stamp("stan")}));
  CHECK(market.totals(0).bad_accepted == 1);
  CHECK(market.totals(1).fees_utok == 2'000'000);
  CHECK(market.totals(1).energy_uusd == 0);
  CHECK(market.totals(1).verdicts == 1);
  CHECK(market.totals(1).unseen_verdicts == 1);
}

TEST_CASE("who approved a claim that is convicted loses its share and its place", "[protocol]") {
  for (const std::int64_t share : {0, 25, 100}) {
    VerifierTerms terms;
    terms.false_approval = percent(share);
    Rules rules = audited(cheat(), {verifier("vera"), rubber_stamp("stan")}, terms);
    const Played market = play(std::move(rules));
    CAPTURE(share);
    CHECK(market.totals(0).slashed == 1);
    CHECK(market.totals(1).overturned == 0);
    CHECK(market.totals(2).overturned == 1);
    CHECK(market.totals(2).slashed_utok == share * 400'000);
    CHECK(market.world().identities[1].standing == Standing::Active);
    if (share == 0) {
      CHECK(market.world().verifiers.size() == 2);
      CHECK(staked(market, 2) == Tokens::whole(40));
      continue;
    }
    const std::string line = fmt::format("  {} tok stan stake > treasury, false approval\n",
                                         decimal(share * 400'000, 6));
    CHECK(market.text.find(line) != std::string::npos);
    // 50 tok and the fee of 2 were its own: after a quarter was lost, what is released is enough to
    // come back; after all of it, nothing is.
    const bool returns = share == 25;
    CHECK(market.world().verifiers.size() == (returns ? 2 : 1));
    CHECK(market.world().identities.size() == (returns ? 5 : 4));
    CHECK(market.totals(2).exits == (returns ? 0 : 1));
  }
}

TEST_CASE("an acquitted claim costs nobody who approved it anything", "[protocol]") {
  VerifierTerms terms;
  terms.false_approval = kWhole;
  const Played market = play(
      audited(honest(), {verifier("vera"), false_challenger("fred", "concede", false)}, terms));
  CHECK(market.totals(0).slashed == 0);
  CHECK(market.totals(0).leases_accepted == 1);
  CHECK(market.totals(1).overturned == 0);
  CHECK(staked(market, 1) == Tokens::whole(40));
}

TEST_CASE("a copier repeats a rejection that it can see, and approves where it sees none",
          "[protocol]") {
  struct Case {
    Reveal reveal;
    sim::SimDuration wait;
    bool seen;
  };
  // Vera reports at 2 h; a copier that waits a minute comes after her.
  for (const Case& c : {Case{Reveal::Open, 1min, true}, Case{Reveal::Sealed, 1min, false}}) {
    VerifierTerms terms;
    terms.reveal = c.reveal;
    terms.false_approval = kWhole;
    const Played market = play(audited(cheat(), {verifier("vera"), copier("carl", c.wait)}, terms));
    CHECK(market.totals(0).slashed == 1);
    CHECK(market.totals(2).overturned == (c.seen ? 0 : 1));
    CHECK(market.totals(2).slashed_utok == (c.seen ? 0 : 40'000'000));
    CHECK(market.totals(2).unseen_verdicts == 1);
    CHECK(market.totals(2).energy_uusd == 0);
  }
  SECTION("among copiers alone nobody finds anything") {
    VerifierTerms terms;
    terms.reveal = Reveal::Open;
    const Played market = play(audited(cheat(), {copier("carl"), copier("cora")}, terms));
    CHECK(market.totals(0).bad_accepted == 1);
  }
}

TEST_CASE("a false challenger loses its bond to the provider it accused", "[protocol]") {
  for (const std::string defence : {"concede", "lie", "stall", "contradict"}) {
    for (const bool bitwise : {false, true}) {
      Rules rules = audited(honest(), {false_challenger("fred", defence, false)});
      TinyExecutor::Terms terms;
      terms.bitwise = bitwise;
      rules.execution = executor(terms);
      const Played market = play(std::move(rules));
      CAPTURE(defence, bitwise);
      CHECK(market.totals(0).slashed == 0);
      CHECK(market.totals(0).leases_accepted == 1);
      CHECK(market.totals(1).made_up == 1);
      CHECK(market.text.find("  2 tok bond > alice, bond lost\n") != std::string::npos);
    }
  }
}

TEST_CASE("a false challenger that hits a cheat keeps its bond", "[protocol]") {
  for (const bool bitwise : {false, true}) {
    Rules rules = audited(cheat({Act::Lie}), {false_challenger("fred", "lie", true)});
    TinyExecutor::Terms terms;
    terms.bitwise = bitwise;
    rules.execution = executor(terms);
    const Played market = play(std::move(rules));
    CHECK(market.totals(0).slashed == 1);
    CHECK(market.text.find("  2 tok bond > fred, bond returned\n") != std::string::npos);
  }
}

TEST_CASE("a challenger that dawdles drags a lost dispute out to every last moment", "[protocol]") {
  // Rerun: Alice answers after 31 minutes, Fred after 24 hours. Then four rounds: Alice takes a
  // minute, Fred 24 hours; the referee a second. Together 5 x 24 h + 35 min + 1 s after 2 h.
  for (const bool dawdle : {false, true}) {
    const Played market = play(audited(honest(), {false_challenger("fred", "lie", dawdle)}));
    const char* last = dawdle ? "122h 35m 1s turn referee\n" : "3h 10m 1s turn referee\n";
    CAPTURE(dawdle);
    CHECK(market.text.find(last) != std::string::npos);
    CHECK(market.world().metrics.market.dispute_rounds == 4);
    CHECK(market.totals(0).slashed == 0);
  }
}

TEST_CASE("the names of one verifier share its tokens, its machine and what it finds",
          "[protocol]") {
  SybilVerifiers::Params params;
  params.names = 4;
  Group sybil = liar("sybil", std::make_shared<SybilVerifiers>(params));
  sybil.power_price = Usd::micro(125'000);
  const Played market = play(audited(cheat(), {sybil}));
  const World& world = market.world();
  REQUIRE(world.identities.size() == 6);
  REQUIRE(world.principals.size() == 3);
  CHECK(world.principals[1].identities == 4);
  for (const std::uint32_t name : {1u, 2u, 3u, 4u}) {
    // Rita comes last in the list of groups, so the names are identities 1 to 4.
    CHECK(world.identities[name].owner == 1);
    CHECK(staked(market, name) == Tokens::whole(10));
  }
  std::set<std::uint64_t> keys;
  for (const std::uint32_t name : {1u, 2u, 3u, 4u}) {
    keys.insert(world.identities[name].key);
    CHECK(world.identities[name].machine == world.identities[1].machine);
  }
  CHECK(keys.size() == 4);
  // One re-execution of an hour for all four, and four fees.
  CHECK(market.totals(1).energy_uusd == 125'000);
  CHECK(market.totals(1).fees_utok == 4 * 2'000'000);
  CHECK(market.totals(1).verdicts == 4);
  CHECK(market.totals(1).unseen_verdicts == 0);
  CHECK(market.totals(1).overturned == 0);
  CHECK(market.totals(0).slashed == 1);
}

TEST_CASE("drawn by stake, a verifier comes up as often as its stake says", "[protocol]") {
  VerifierPool pool;
  constexpr std::int64_t kStakes[] = {5, 0, 1, 3, 11};
  for (std::uint32_t i = 0; i < 5; ++i) pool.add(IdentityId{10 + i}, Tokens::whole(kStakes[i]));
  pool.remove(IdentityId{10});
  const auto counts = [](const VerifierPool& from, VerifierDraw by) {
    std::vector<int> hits(15);
    for (std::uint64_t key = 0; key < 30'000; ++key) {
      const auto drawn = from.draw(sim::Draws(3, 1, key), 1, by);
      REQUIRE(drawn.size() == 1);
      ++hits[index(drawn.front())];
    }
    return hits;
  };
  const std::vector<int> by_stake = counts(pool, VerifierDraw::Stake);
  const std::vector<int> by_head = counts(pool, VerifierDraw::Head);
  CHECK(by_stake[10] == 0);
  CHECK(by_stake[11] == 0);
  // Five standard errors of 30,000 draws: at most 5 sqrt(30,000 / 4) = 433.
  CHECK(std::abs(by_stake[12] - 2'000) < 220);   // 1 of 15
  CHECK(std::abs(by_stake[13] - 6'000) < 350);   // 3 of 15
  CHECK(std::abs(by_stake[14] - 22'000) < 390);  // 11 of 15
  for (const std::size_t id : {11u, 12u, 13u, 14u}) CHECK(std::abs(by_head[id] - 7'500) < 375);

  // Nobody twice, nobody without stake, and from saved bytes the same.
  sim::ByteWriter out;
  pool.save(out);
  const std::vector<std::byte> bytes = out.take();
  sim::ByteReader in(bytes);
  VerifierPool loaded;
  loaded.load(in);
  for (std::uint64_t key = 0; key < 100; ++key) {
    std::vector<IdentityId> drawn = pool.draw(sim::Draws(3, 2, key), 5, VerifierDraw::Stake);
    REQUIRE(drawn == loaded.draw(sim::Draws(3, 2, key), 5, VerifierDraw::Stake));
    std::sort(drawn.begin(), drawn.end());
    REQUIRE(drawn == std::vector{IdentityId{12}, IdentityId{13}, IdentityId{14}});
  }
}

TEST_CASE("a verifier who goes leaves all others where they were", "[protocol]") {
  constexpr std::uint32_t kMembers = 12;
  constexpr IdentityId kGone{4};
  constexpr IdentityId kBack{40};
  VerifierPool whole;
  for (std::uint32_t i = 0; i < kMembers; ++i) whole.add(IdentityId{i}, Tokens::whole(1 + i));
  VerifierPool without = whole;
  without.remove(kGone);
  VerifierPool again = without;
  again.take_over(kGone, kBack, Tokens::whole(1 + index(kGone)));
  CHECK(without.size() == kMembers - 1);
  CHECK(again.size() == kMembers);
  const VerifierPool loaded = [&without] {
    sim::ByteWriter out;
    without.save(out);
    const std::vector<std::byte> bytes = out.take();
    sim::ByteReader in(bytes);
    VerifierPool pool;
    pool.load(in);
    return pool;
  }();
  for (const VerifierDraw by : {VerifierDraw::Stake, VerifierDraw::Head}) {
    for (const std::uint32_t wanted : {1u, 3u, kMembers - 1, kMembers}) {
      int hits = 0;
      for (std::uint64_t key = 0; key < 500; ++key) {
        const sim::Draws draws(7, wanted, key);
        std::vector<IdentityId> before = whole.draw(draws, wanted, by);
        const std::vector<IdentityId> after = without.draw(draws, wanted, by);
        REQUIRE(after == loaded.draw(draws, wanted, by));
        REQUIRE(after.size() == std::min(wanted, kMembers - 1));
        REQUIRE(std::count(after.begin(), after.end(), kGone) == 0);
        REQUIRE(std::set<IdentityId>(after.begin(), after.end()).size() == after.size());
        const auto called = std::find(before.begin(), before.end(), kGone);
        if (called == before.end()) {
          REQUIRE(after == before);
          REQUIRE(again.draw(draws, wanted, by) == before);
          continue;
        }
        ++hits;
        // All others who were called still are.
        for (const IdentityId id : before) {
          REQUIRE((id == kGone || std::count(after.begin(), after.end(), id) == 1));
        }
        // The new name is called where the old one was.
        *called = kBack;
        REQUIRE(again.draw(draws, wanted, by) == before);
      }
      CHECK(hits > 0);
    }
  }
}

TEST_CASE("split among many names, stake is drawn as often as under one", "[protocol]") {
  // The chance that one of ten names of 1 tok, or one name of 10 tok, is drawn beside 90 tok.
  for (const VerifierDraw by : {VerifierDraw::Stake, VerifierDraw::Head}) {
    int one = 0;
    int many = 0;
    VerifierPool whole;
    VerifierPool split;
    for (std::uint32_t i = 0; i < 9; ++i) {
      whole.add(IdentityId{i}, Tokens::whole(10));
      split.add(IdentityId{i}, Tokens::whole(10));
    }
    whole.add(IdentityId{9}, Tokens::whole(10));
    for (std::uint32_t i = 9; i < 19; ++i) split.add(IdentityId{i}, Tokens::whole(1));
    for (std::uint64_t key = 0; key < 20'000; ++key) {
      one += index(whole.draw(sim::Draws(5, 1, key), 1, by).front()) >= 9 ? 1 : 0;
      many += index(split.draw(sim::Draws(5, 1, key), 1, by).front()) >= 9 ? 1 : 0;
    }
    CHECK(std::abs(one - 2'000) < 215);  // five standard errors of a tenth
    const int expected = by == VerifierDraw::Stake ? 2'000 : 20'000 * 10 / 19;
    CHECK(std::abs(many - expected) < 355);
  }
}

}  // namespace
}  // namespace assay::protocol
