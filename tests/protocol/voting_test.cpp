#include <cmath>

#include "protocol/reputation/reputation.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/verification/replication.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/market_story.hpp"

// Results found by comparing replicas. An hour of work is paid 4 tok; each provider has staked 100.
namespace assay::protocol {
namespace {

using namespace fixture;

Replication::Params terms(int replicas, int quorum, int most) {
  Replication::Params params;
  params.replicas = replicas;
  params.quorum = quorum;
  params.most = most;
  return params;
}

/// One job of an hour, done by as many of these providers as the scheme asks.
Rules voted(std::vector<Group> groups, const Replication::Params& params) {
  groups.push_back(requester("rita"));
  Rules rules = fixture::rules({job(0h, 1h)}, std::move(groups));
  rules.verification = std::make_shared<Replication>(params);
  rules.setting.workloads[0].deadline_slack = 10h;
  return rules;
}

/// Skips all work; with `accord` all of one owner give the same answer.
Group cheater(std::string name, bool accord = false, std::uint32_t count = 1) {
  Group group = provider(std::move(name), count);
  Scripted::Script script;
  script.work.cheated = kWhole;
  script.work.accord = accord;
  group.strategy = scripted(script);
  if (accord) group.principal = "ring";
  return group;
}

const MarketTotals& market_of(const Played& played) { return played.world().metrics.market; }

TEST_CASE("all who gave the accepted answer are paid, and it counts once", "[protocol]") {
  const Played market = play(voted({provider("hosts", 3)}, terms(3, 2, 3)));
  CHECK(market.totals(0).earned_utok == 3 * 4'000'000);
  CHECK(market_of(market).ballots == 1);
  CHECK(market_of(market).replicas == 3);
  CHECK(market_of(market).wrong_ballots == 0);
  CHECK(market_of(market).tasks_done == 1);
  CHECK(market_of(market).jobs_done == 1);
  CHECK(market_of(market).work_network_us == to_us(1h));
  CHECK(market_of(market).audited_work_us == to_us(2h));
  // The price of three hours was locked: 30 tok, of which 18 come back.
  CHECK(market.text.find("  30 tok rita > escrow, lock\n") != std::string::npos);
  CHECK(market.text.find("  18 tok escrow > rita, refund\n") != std::string::npos);
}

TEST_CASE("who is outvoted is not paid, or convicted", "[protocol]") {
  for (const bool convict : {false, true}) {
    Replication::Params params = terms(3, 2, 3);
    params.outvoted.convict = convict;
    const Played market = play(voted({provider("hosts", 2), cheater("cheat")}, params));
    CAPTURE(convict);
    CHECK(market.totals(0).earned_utok == 2 * 4'000'000);
    CHECK(market.totals(1).earned_utok == 0);
    CHECK(market.totals(1).leases_bad == 1);
    CHECK(market.totals(1).slashed == (convict ? 1 : 0));
    CHECK(market.totals(1).slashed_utok == (convict ? 100'000'000 : 0));
    CHECK(market_of(market).wrong_ballots == 0);
    CHECK(market_of(market).jobs_done == 1);
  }
}

TEST_CASE("a ring that agrees outvotes an honest minority", "[protocol]") {
  for (const bool convict : {false, true}) {
    Replication::Params params = terms(3, 2, 3);
    params.outvoted.convict = convict;
    const Played market = play(voted({provider("host"), cheater("ring", true, 2)}, params));
    CHECK(market_of(market).wrong_ballots == 1);
    CHECK(market.totals(1).bad_accepted == 2);
    CHECK(market.totals(1).earned_utok == 2 * 4'000'000);
    CHECK(market.totals(0).earned_utok == 0);
    CHECK(market.totals(0).honest_slashed == (convict ? 1 : 0));
  }
}

TEST_CASE("wrong answers of strangers differ, and without a quorum the work goes to the cloud",
          "[protocol]") {
  const Played market =
      play(voted({provider("host"), cheater("one"), cheater("two")}, terms(3, 2, 3)));
  CHECK(market_of(market).ballots == 0);
  CHECK(market_of(market).failed_ballots == 1);
  CHECK(market_of(market).work_cloud_us == to_us(1h));
  CHECK(market_of(market).jobs_done == 0);
  for (const std::size_t group : {0u, 1u, 2u}) CHECK(market.totals(group).earned_utok == 0);
  CHECK(market.text.find("  30 tok escrow > rita, refund\n") != std::string::npos);
}

TEST_CASE("who is outvoted loses reputation, and nobody does in a vote without a result",
          "[protocol]") {
  for (const bool result : {true, false}) {
    Rules rules = voted({provider("hosts", result ? 2 : 1), cheater("one"), cheater("two")},
                        terms(result ? 4 : 3, 2, result ? 4 : 3));
    rules.reputation = std::make_shared<ExponentialAverage>(ExponentialAverage::Params{});
    const Played market = play(std::move(rules));
    CAPTURE(result);
    CHECK(market_of(market).failed_ballots == (result ? 0 : 1));
    const World& world = market.world();
    const auto score = [&](std::uint32_t id) {
      return market.model->rules().reputation->score(*world.reputation, IdentityId{id});
    };
    const std::uint32_t cheat = result ? 2 : 1;
    CHECK((score(cheat) < score(100)) == result);  // 100: somebody new
    CHECK((score(0) < score(100)) == false);
  }
}

TEST_CASE("where answers differ one more provider is asked, up to the most", "[protocol]") {
  // Two begin; whoever they are, two of the three honest ones agree in the end.
  std::int64_t asked = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Played market =
        play(voted({provider("hosts", 3), cheater("cheat")}, terms(2, 2, 4)), seed);
    CHECK(market_of(market).ballots == 1);
    CHECK(market_of(market).wrong_ballots == 0);
    CHECK(market.totals(1).earned_utok == 0);
    CHECK(market.totals(0).leases_committed == 2);
    asked += market_of(market).replicas;
  }
  CHECK(asked > 40);
  CHECK(asked < 60);
}

TEST_CASE("a provider does one replica of a task only", "[protocol]") {
  SECTION("whatever slots it has") {
    Group host = provider("host");
    host.slots = 3;
    host.balance = Tokens::whole(300);
    const Played market = play(voted({host}, terms(2, 2, 2)));
    // Nobody else comes until the deadline: one answer is no quorum.
    CHECK(market.totals(0).leases_committed == 1);
    CHECK(market_of(market).failed_ballots == 1);
    CHECK(market_of(market).work_cloud_us == to_us(1h));
    CHECK(market.text.find("10h deadline\n") != std::string::npos);
  }
  SECTION("but as many tasks as it has slots") {
    Group hosts = provider("hosts", 2);
    hosts.slots = 3;
    hosts.balance = Tokens::whole(300);
    Rules rules = voted({hosts}, terms(2, 2, 2));
    rules.demand = std::make_shared<ListedDemand>(std::vector<Arrival>{job(0h, 1h, 3)});
    const Played market = play(std::move(rules));
    CHECK(market.totals(0).leases_committed == 6);
    CHECK(market_of(market).ballots == 3);
    CHECK(market_of(market).jobs_done == 1);
  }
}

TEST_CASE("replicas without a provider are given up at the deadline", "[protocol]") {
  // Two of three find one: they are a quorum.
  const Played market = play(voted({provider("hosts", 2)}, terms(3, 2, 3)));
  CHECK(market_of(market).ballots == 1);
  CHECK(market_of(market).replicas == 2);
  CHECK(market_of(market).jobs_done == 1);
  CHECK(market_of(market).jobs_late == 1);
}

TEST_CASE("an answer counts whole: what a machine that goes away has done is lost", "[protocol]") {
  Rules rules = voted({provider("host"), provider("flaky")}, terms(2, 2, 2));
  rules.demand = std::make_shared<ListedDemand>(std::vector<Arrival>{job(0h, 4h)});
  rules.groups[1].availability = std::make_shared<ScriptedAvailability>(
      std::vector<sim::SimDuration>{2h, 1h});  // up, away, and then up for ever
  const Played market = play(std::move(rules));
  CHECK(market.totals(1).handed_back == 1);
  CHECK(market.totals(1).leases_committed == 1);
  CHECK(market.totals(1).earned_utok == 16'000'000);
  CHECK(market.text.find("\n7h lease-end finished") != std::string::npos);
  CHECK(market_of(market).ballots == 1);
  CHECK(market_of(market).lost_work_us == to_us(2h));
}

TEST_CASE("who quits with all of its answer has given one", "[protocol]") {
  // In no time it has skipped everything and is gone: an answer all the same, and not a lease that
  // begins again and again.
  Group hasty = provider("hasty");
  Scripted::Script script;
  script.work.cheated = kWhole;
  script.work.hurry = true;
  script.work.quits_after = percent(50);
  hasty.strategy = scripted(script);
  const Played market = play(voted({provider("hosts", 2), hasty}, terms(3, 2, 3)));
  CHECK(market.totals(1).leases_committed == 1);
  CHECK(market.totals(1).earned_utok == 0);
  CHECK(market_of(market).ballots == 1);
  CHECK(market_of(market).replicas == 3);
  CHECK(market_of(market).wrong_ballots == 0);
}

TEST_CASE("chains go on link by link, each with replicas of its own", "[protocol]") {
  Rules rules = voted({provider("hosts", 3)}, terms(3, 2, 3));
  rules.demand = std::make_shared<ListedDemand>(std::vector<Arrival>{job(0h, 6h, 2)});
  rules.max_task = 2h;
  rules.setting.workloads[0].deadline_slack = 1000h;
  const Played market = play(std::move(rules));
  CHECK(market_of(market).ballots == 6);
  CHECK(market_of(market).replicas == 18);
  CHECK(market_of(market).tasks_done == 6);
  CHECK(market_of(market).jobs_done == 1);
}

TEST_CASE("noise beyond the tolerance makes an answer of its own", "[protocol]") {
  TinyExecutor::Terms executing;
  executing.false_alarm = kWhole;
  Rules rules = voted({provider("hosts", 3)}, terms(3, 2, 3));
  rules.execution = executor(executing);
  const Played noisy = play(rules);
  CHECK(market_of(noisy).failed_ballots == 1);
  // And a cheat within it is as good as honest.
  executing.false_alarm = Share{};
  executing.agrees_always = true;
  Rules blind = voted({provider("hosts", 2), cheater("cheat")}, terms(3, 2, 3));
  blind.execution = executor(executing);
  const Played fooled = play(std::move(blind));
  CHECK(fooled.totals(1).bad_accepted == 1);
  CHECK(market_of(fooled).wrong_ballots == 0);
}

TEST_CASE("every cheated segment of an answer may give it away", "[protocol]") {
  // Only the second of two segments differs by more than the tolerance.
  class SecondDiffers final : public TinyExecutor {
   public:
    using TinyExecutor::TinyExecutor;
    [[nodiscard]] Comparison compare(Chance, const SegmentTruth& truth, DeviceId) const override {
      const bool agrees = truth.behaviour == kHonest || truth.segment != 1;
      return {agrees ? 0.0 : 2.0, agrees};
    }
  };
  Rules rules = voted({provider("hosts", 2), cheater("cheat")}, terms(3, 2, 3));
  rules.demand = std::make_shared<ListedDemand>(std::vector<Arrival>{job(0h, 2h)});
  rules.execution = std::make_shared<SecondDiffers>(TinyExecutor::Terms{});
  CHECK(play(std::move(rules)).totals(1).bad_accepted == 0);
}

std::vector<Vote> votes(std::vector<std::uint64_t> roots, std::uint32_t first = 0) {
  std::vector<Vote> all;
  for (const std::uint64_t root : roots) all.push_back({IdentityId{first++}, root});
  return all;
}

TEST_CASE("a quorum is the only largest group of so many", "[protocol]") {
  const Replication scheme(terms(3, 2, 5));
  const auto memory = scheme.memory();
  const auto says = [&](std::vector<std::uint64_t> roots) {
    return scheme.count(*memory, Chance{1}, 1, votes(std::move(roots)));
  };
  CHECK(says({7, 7, 8}).says == Count::Says::Accept);
  CHECK(says({7, 8, 8}).root == 8);
  CHECK(says({7, 8, 9}).says == Count::Says::More);
  CHECK(says({7, 8, 9}).more == 1);
  CHECK(says({7, 7, 8, 8}).says == Count::Says::More);
  CHECK(says({7, 7, 8, 8, 8}).root == 8);
  CHECK(says({7, 7, 8, 8, 9}).says == Count::Says::Fail);
  CHECK(says({1, 2, 3, 4, 5}).says == Count::Says::Fail);
}

TEST_CASE("adaptive replication trusts who has agreed often enough", "[protocol]") {
  Replication::Params params = terms(2, 2, 2);
  params.adaptive = true;
  params.trusted_after = 10;
  const Replication scheme(params);
  CHECK(scheme.replicas() == 1);
  const auto memory = scheme.memory();
  const auto replicated = [&] {
    int count = 0;
    for (std::uint64_t key = 0; key < 10'000; ++key) {
      const Count one = scheme.count(*memory, Chance{1}, key, votes({7}));
      if (one.says == Count::Says::More) {
        REQUIRE(one.more == 1);
        ++count;
      } else {
        REQUIRE(one.root == 7);
      }
    }
    return count;
  };
  for (int i = 0; i < 9; ++i) scheme.learn(*memory, votes({7, 7}), 7);
  CHECK(replicated() == 10'000);
  scheme.learn(*memory, votes({7}), 7);  // unconfirmed: it does not count
  CHECK(replicated() == 10'000);
  scheme.learn(*memory, votes({7, 7}), 7);
  CHECK(std::abs(replicated() - 1'000) < 150);  // five standard errors
  scheme.learn(*memory, votes({7, 8, 8}), 8);   // outvoted once
  CHECK(replicated() == 10'000);
}

TEST_CASE("weights multiply, and grow with confirmed answers", "[protocol]") {
  WeightedVoting::Params params;
  params.trust = 4;
  params.most = 5;
  const WeightedVoting scheme(params);
  const auto memory = scheme.memory();
  const auto says = [&](std::vector<std::uint64_t> roots, std::uint32_t first = 0) {
    return scheme.count(*memory, Chance{1}, 1, votes(std::move(roots), first)).says;
  };
  // 2 / 3 is too little for 1 - 1/4, 4 / 5 enough.
  CHECK(says({7}) == Count::Says::More);
  CHECK(says({7, 7}) == Count::Says::Accept);
  CHECK(says({7, 8}) == Count::Says::More);
  CHECK(says({7, 8, 7, 7}) == Count::Says::More);       // 8 / (1 + 8 + 2) = 0.73
  CHECK(says({7, 8, 7, 7, 7}) == Count::Says::Accept);  // 16 / 19 = 0.84
  CHECK(says({7, 8, 9, 7, 8}) == Count::Says::Fail);

  // At a score of 12 a weight is 3, and 3 / 4 is no more than 1 - 1/4; at 15 it is 4.
  for (int i = 0; i < 14; ++i) scheme.learn(*memory, votes({7, 7}), 7);
  CHECK(says({7}) == Count::Says::More);
  scheme.learn(*memory, votes({7}), 7);  // unconfirmed: it does not count
  CHECK(says({7}) == Count::Says::More);
  scheme.learn(*memory, votes({7, 7}), 7);
  CHECK(says({7}) == Count::Says::Accept);
  // Outvoted, it keeps two thirds of its score.
  scheme.learn(*memory, votes({8, 7, 7}), 7);
  CHECK(says({7}) == Count::Says::More);
}

TEST_CASE("cross-checked numbers of replicas are refused where they contradict each other",
          "[protocol]") {
  CHECK_THROWS_AS(Replication(terms(2, 3, 5)), ConfigError);
  CHECK_THROWS_AS(Replication(terms(3, 2, 2)), ConfigError);
  CHECK_NOTHROW(Replication(terms(2, 2, 2)));
}

}  // namespace
}  // namespace assay::protocol
