#include "protocol/scenario/load.hpp"
#include "protocol/strategy/rule_table.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/market_story.hpp"
#include "tests/protocol/small_market.hpp"

// Attacks that a scenario writes down itself.
namespace assay::protocol {
namespace {

using namespace fixture;

std::shared_ptr<const Strategy> table(std::vector<RuleTable::RuleText> rules) {
  RuleTable::Params params;
  params.rules = std::move(rules);
  return std::make_shared<RuleTable>(params);
}

/// Alice works for Rita: an hour (0.40 USD) at 0 h, four hours (1.60 USD) at 10 h; all of it is
/// audited by Vera. She has 100 tok at stake and 150 more.
Rules two_jobs(std::vector<RuleTable::RuleText> rules) {
  Rules market = fixture::rules({job(0h, 1h), job(10h, 4h)},
                                {provider("alice"), verifier("vera"), requester("rita")});
  market.groups[0].strategy = table(std::move(rules));
  market.groups[0].cheats.assign(market.groups[0].strategy->cheats().size(), kSkip);
  market.groups[0].balance = Tokens::whole(250);
  market.verification = always_audit();
  market.setting.workloads[0].deadline_slack = 20h;
  return market;
}

std::string digest(Rules rules) {
  Model model(share(std::move(rules)), 7);
  model.drain();
  return model.digest();
}

/// kSmallMarket with this strategy for its lazy providers.
std::string market_with(const std::string& strategy) {
  std::string text = kSmallMarket;
  const std::string lazy = "    strategy: lazy\n";
  text.replace(text.find(lazy), lazy.size(), strategy);
  return text;
}

std::string complaints_of(const std::string& rules) {
  const ScratchFolder folder;
  const std::filesystem::path file = folder.write(
      "market.yaml", market_with("    strategy: {kind: table, rules: [" + rules + "]}\n"));
  try {
    (void)load_scenario(file);
  } catch (const ConfigError& error) {
    std::string text;
    for (Complaint complaint : error.complaints()) {
      complaint.file = "market.yaml";
      text += to_text(complaint) + "\n";
    }
    return text;
  }
  return "";
}

std::string digest_of_market(const std::string& strategy) {
  const ScratchFolder folder;
  Model model(load_scenario(folder.write("market.yaml", market_with(strategy))).rules, 3);
  model.finish();
  return model.digest();
}

}  // namespace

TEST_CASE("a table that spells a built-in strategy out gives the same run", "[protocol]") {
  for (const bool independent : {false, true}) {
    CAPTURE(independent);
    Partial::Params params;
    params.share = percent(30);
    params.independent = independent;
    Rules built_in = two_jobs({});
    built_in.groups[0].strategy = std::make_shared<Partial>(params);
    const std::string skip = independent ? "skip 30 % each" : "skip 30 %";
    CHECK(digest(std::move(built_in)) == digest(two_jobs({{"work", "", skip}})));
  }
  CHECK(digest(two_jobs({})) != digest(two_jobs({{"work", "", "skip 30 %"}})));
  // And so it does when a scenario's file says it.
  CHECK(digest_of_market("    strategy: {kind: partial, share: 30 %, hurry: true}\n") ==
        digest_of_market("    strategy:\n      kind: table\n      hurry: true\n      rules:\n"
                         "        - {hook: work, do: skip 30 %}\n"));
  CHECK(digest_of_market("    strategy: {kind: lazy, defence: stall}\n") ==
        digest_of_market("    strategy:\n      kind: table\n      rules:\n"
                         "        - {hook: work, do: skip 100 %}\n"
                         "        - {hook: move, when: cheated, do: stall}\n"));
}

TEST_CASE("a rule acts where its condition holds, and only there", "[protocol]") {
  struct Row {
    const char* when;
    int bad;  ///< of the two leases
  };
  // Alice is slashed for every bad one, and comes back for the second job a day later at most.
  const Row rows[] = {
      {"", 2},
      {"price > 1 USD", 1},
      {"price >= 0.4 USD", 2},
      {"price < 0.4 USD", 0},
      {"price <= 0.4 USD", 1},
      {"price = 1.6 USD", 1},
      {"price>1 USD", 1},
      {"segments > 1", 1},
      {"segments > 1 and price < 1 USD", 0},
      {"stake >= 100 tok", 2},
      {"time < 5 h", 1},
      {"age > 5 h", 1},
      {"accepted > 0", 1},
      {"accepted = 0", 1},
      {"handed-back = 0", 2},
      {"since-audit < 9 h", 1},
      {"since-audit > 100 d", 1},
      {"reputation = 100 %", 2},
      {"free > 149 tok", 2},
      {"unbonding > 0 tok", 0},
      {"audit-rate = 100 %", 2},
      {"chance < 0 %", 0},
      {"chance <= 100 %", 2},
  };
  for (const Row& row : rows) {
    CAPTURE(row.when);
    Rules rules = two_jobs({{"work", row.when, "skip 100 %"}});
    FixedShare::Params none;
    none.share = percent(0);  // a conviction that costs only the payment
    none.re_entry = 0s;
    none.unbonding = 0s;
    rules.slashing = slashing(none);
    // Its name stays, so that its record does: nobody rejects.
    TinyExecutor::Terms blind;
    blind.agrees_always = true;
    rules.execution = executor(blind);
    CHECK(play(std::move(rules)).totals(0).leases_bad == row.bad);
  }
}

TEST_CASE("the first rule that fits decides", "[protocol]") {
  const Played market = play(two_jobs(
      {{"work", "price > 1 USD", "work"}, {"work", "", "skip 100 %"}, {"work", "", "work"}}));
  CHECK(market.totals(0).leases_bad == 1);
}

TEST_CASE("a table bids, passes, quits, unstakes, defends and stays away", "[protocol]") {
  SECTION("a price below its own cost") {
    Rules rules = two_jobs({{"quote", "cost > 0.5 USD", "bid 80 % of cost"}});
    rules.market = std::make_shared<FirstPrice>(FirstPrice::Params{});
    // 0.1875 USD and 0.8 x 0.75 USD, at ten cents a token.
    CHECK(play(std::move(rules)).totals(0).earned_utok == 1'875'000 + 6'000'000);
  }
  SECTION("no price at all") {
    CHECK(play(two_jobs({{"quote", "time > 5 h", "pass"}})).totals(0).leases_accepted == 1);
  }
  SECTION("an early end") {
    const Played market =
        play(two_jobs({{"work", "segments > 3", "quit after 50 % for 0.1 USD/h"}}));
    CHECK(market.totals(0).quits == 1);
    CHECK(market.totals(0).elsewhere_uusd == 200'000);
  }
  SECTION("a withdrawal") {
    const Played market = play(two_jobs({{"unstake", "not cheated and accepted > 0", "unstake"}}));
    CHECK(market.totals(0).withdrawals == 1);
  }
  SECTION("a defence") {
    const Played market =
        play(two_jobs({{"work", "", "skip 100 %"}, {"move", "cheated", "stall"}}));
    CHECK(market.world().metrics.market.closings[static_cast<std::size_t>(Closing::TimedOut)] > 0);
  }
  SECTION("an exit") {
    const Played market =
        play(two_jobs({{"work", "", "skip 100 %"}, {"re-enter", "convictions > 0", "leave"}}));
    CHECK(market.totals(0).exits == 1);
    CHECK(market.totals(0).leases_bad == 1);
  }
  SECTION("an approval unseen") {
    Rules rules = two_jobs({{"work", "", "skip 100 %"}});
    rules.groups[1].strategy = table({{"verify", "not own and drawn > 0", "approve"}});
    CHECK(play(std::move(rules)).totals(0).bad_accepted == 2);
  }
  SECTION("a rejection unseen") {
    Rules rules = two_jobs({});
    rules.groups[1].strategy = table({{"verify", "", "reject"}});
    const Played market = play(std::move(rules));
    CHECK(market.world().metrics.market.disputes > 0);
    CHECK(market.totals(0).slashed == 0);
  }
}

TEST_CASE("what is wrong in a table is said with its place", "[protocol]") {
  // The strategy stands in line 45 of the market, the rule's first key in column 38.
  struct Row {
    const char* rule;
    const char* said;
  };
  const Row rows[] = {
      {"{hook: work, when: prise > 1 USD, do: work}",
       "rules[0].when: found 'prise', expected time, age, since-audit, accepted, handed-back, "
       "convictions, reputation, free, unbonding, audit-rate, price, stake, segments or chance "
       "(did "
       "you mean 'price'?)"},
      {"{hook: quote, when: price > 1 USD, do: pass}",
       "rules[0].when: found 'price', expected time"},
      {"{hook: work, when: price > 1 EUR, do: work}", "rules[0].when: found '1 EUR', expected"},
      {"{hook: work, when: price, do: work}",
       "rules[0].when: found 'price', expected price and <, <=, >, >= or =, and a value"},
      {"{hook: move, when: cheated > 1, do: lie}",
       "rules[0].when: found 'cheated > 1', expected cheated or not cheated"},
      {"{hook: work, when: price > 1 USD and, do: work}", "rules[0].when: found '1 USD and'"},
      {"{hook: work, do: skipp 30 %}",
       "rules[0].do: found 'skipp 30 %', expected work, skip, cheat or quit (did you mean "
       "'skip'?)"},
      {"{hook: work, do: skip 300 %}", "rules[0].do: found 300 %, expected 0 % to 100 %"},
      {"{hook: work, do: skip much}", "rules[0].do: found 'much', expected"},
      {"{hook: work, do: cheat}", "rules[0].do: found 'cheat', expected such as cheat fp8 50 %"},
      {"{hook: work, do: quit early}", "rules[0].do: found 'quit', expected such as quit after"},
      {"{hook: work, do: quit after 50 % for 1 tok}", "rules[0].do: found '1 tok', expected"},
      {"{hook: quote, do: bid 80 %}",
       "rules[0].do: found 'bid 80 %', expected such as bid 80 % of cost"},
      {"{hook: move, do: stall now}", "rules[0].do: found 'stall now', expected only 'stall'"},
      {"{hook: work, do: cheat fp9}", "expected honest, skip or fp8 (did you mean 'fp8'?)"},
      {"{hook: works, do: skip 3 %}", "did you mean 'work'?"},
      {"{hook: work, when: price > 1 USD}", "do: found nothing"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.rule);
    const std::string said = complaints_of(row.rule);
    CAPTURE(said);
    CHECK(said.find(row.said) != std::string::npos);
    CHECK(said.starts_with("market.yaml:"));
    CHECK(said.find("actors.lazy.strategy") != std::string::npos);
  }
  CHECK(complaints_of("{hook: work, do: skip 30 %}") == "");
  // Two at once, each with line and column.
  const std::string two = complaints_of(
      "{hook: work, when: prise > 1 USD, do: skip 3 %}, {hook: work, do: skip 300 %}");
  CHECK(std::count(two.begin(), two.end(), '\n') == 2);
  CHECK(two.find("market.yaml:") != std::string::npos);
}

}  // namespace assay::protocol
