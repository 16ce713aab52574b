#include "tests/catch.hpp"
#include "tests/protocol/audited_market.hpp"

// Convictions: the stake they reach, and the convicted who come back.
namespace assay::protocol {
namespace {

using namespace fixture;

/// Alice with two machines' worth of slots cheats on both chains of a job; Vera audits one claim
/// after the other, at 2 h and at 3 h. Half of the stake behind a task is lost.
Rules twice_convicted(FixedShare::Params params) {
  Rules rules = audited(cheat());
  rules.demand = std::make_shared<ListedDemand>(std::vector<Arrival>{job(0h, 1h, 2)});
  rules.groups[0].slots = 2;
  rules.groups[0].balance = Tokens::whole(200);
  params.share = percent(50);
  rules.slashing = slashing(params);
  return rules;
}

/// Only the lines that move Alice's stake or tell of her identities.
std::string about_stake(const std::string& text) {
  std::string kept;
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n') + 1);
    const bool case_line =
        line[0] != ' ' && (line.find("review") != line.npos || line.find("unbond") != line.npos ||
                           line.find("concede") != line.npos);
    const bool moves = line.find("stake") != line.npos || line.find("unbonding") != line.npos ||
                       line.find("transfer") != line.npos;
    if (case_line || (line[0] == ' ' && moves)) kept += line;
    rest.remove_prefix(line.size());
  }
  return kept;
}

TEST_CASE("each task has its own stake, and what unbonds can still be slashed", "[protocol]") {
  const Played market = play(twice_convicted({}));
  CHECK(about_stake(market.text) == lines(R"(
2h 1m turn defender concede
  5 tok alice stake > vera, slash, to reporter
  25 tok alice stake > burned, slash, burned
  20 tok alice stake > treasury, slash, to treasury
  150 tok alice stake > alice unbonding, unstake
3h 1m turn defender concede
  5 tok alice unbonding > vera, slash, to reporter
  25 tok alice unbonding > burned, slash, burned
  20 tok alice unbonding > treasury, slash, to treasury
26h 1m review
170h 1m unbond
  100 tok alice unbonding > alice, release
)"));
  CHECK(market.totals(0).exits == 1);
  CHECK(market.world().identities[0].expelled == sim::SimTime{2h + 1min});  // the first time
}

TEST_CASE("stake is not released while a case is open", "[protocol]") {
  FixedShare::Params params;
  params.unbonding = 1min;
  const Played market = play(twice_convicted(params));
  // The release is due at 2 h 2 m; the second case closes at 3 h 1 m and lets it go.
  CHECK(about_stake(market.text) == lines(R"(
2h 1m turn defender concede
  5 tok alice stake > vera, slash, to reporter
  25 tok alice stake > burned, slash, burned
  20 tok alice stake > treasury, slash, to treasury
  150 tok alice stake > alice unbonding, unstake
2h 2m unbond
3h 1m turn defender concede
  5 tok alice unbonding > vera, slash, to reporter
  25 tok alice unbonding > burned, slash, burned
  20 tok alice unbonding > treasury, slash, to treasury
  100 tok alice unbonding > alice, release
26h 1m review
)"));
}

TEST_CASE("a convicted principal comes back under a new name and takes what waits", "[protocol]") {
  Rules rules = audited(cheat());
  rules.groups[0].balance = Tokens::whole(250);
  rules.setting.workloads[0].deadline_slack = 60h;
  const Played market = play(std::move(rules));
  CHECK(about_stake(market.text) == lines(R"(
2h 1m turn defender concede
  10 tok alice stake > vera, slash, to reporter
  50 tok alice stake > burned, slash, burned
  40 tok alice stake > treasury, slash, to treasury
26h 1m review
  150 tok alice > alice-2, transfer
  100 tok alice-2 > alice-2 stake, stake
28h 2m turn defender concede
  10 tok alice-2 stake > vera, slash, to reporter
  50 tok alice-2 stake > burned, slash, burned
  40 tok alice-2 stake > treasury, slash, to treasury
52h 2m review
170h 1m unbond
196h 2m unbond
)"));
  const World& world = market.world();
  REQUIRE(world.identities.size() == 4);
  CHECK(world.identities[0].successor == 3);
  CHECK(world.identities[3].owner == world.identities[0].owner);
  CHECK(world.identities[3].machine == world.identities[0].machine);
  CHECK(world.identities[3].key != world.identities[0].key);
  CHECK(market.totals(0).exits == 1);
}

TEST_CASE("a principal that is short waits for its unbonding tokens, if they suffice",
          "[protocol]") {
  for (const std::int64_t free : {50, 49}) {
    Rules rules = audited(cheat());
    FixedShare::Params params;
    params.share = percent(50);
    rules.slashing = slashing(params);
    rules.groups[0].balance = Tokens::whole(100 + free);
    const Played market = play(std::move(rules));
    const std::string start = lines(R"(
2h 1m turn defender concede
  5 tok alice stake > vera, slash, to reporter
  25 tok alice stake > burned, slash, burned
  20 tok alice stake > treasury, slash, to treasury
  50 tok alice stake > alice unbonding, unstake
26h 1m review
170h 1m unbond
  50 tok alice unbonding > alice, release
)");
    if (free == 50) {
      CHECK(about_stake(market.text) == start +
                                            "  100 tok alice > alice-2, transfer\n"
                                            "  100 tok alice-2 > alice-2 stake, stake\n");
      CHECK(market.refused(Refusal::StakeShort) == 0);
    } else {
      CHECK(about_stake(market.text) == start);
      CHECK(market.refused(Refusal::StakeShort) == 1);
      CHECK(market.totals(0).exits == 1);
    }
  }
}

TEST_CASE("tokens of an earlier name count when its principal is short again", "[protocol]") {
  // 100 staked, 120 free, half lost. Alice-2 stakes 100 at once and has 20 free when she is
  // convicted; 50 of hers and 50 of Alice's are unbonding: enough for a third name, when they come.
  Rules rules = audited(cheat());
  FixedShare::Params params;
  params.share = percent(50);
  rules.slashing = slashing(params);
  rules.groups[0].balance = Tokens::whole(220);
  rules.setting.workloads[0].deadline_slack = 30h;
  const Played market = play(std::move(rules));
  CHECK(about_stake(market.text) == lines(R"(
2h 1m turn defender concede
  5 tok alice stake > vera, slash, to reporter
  25 tok alice stake > burned, slash, burned
  20 tok alice stake > treasury, slash, to treasury
  50 tok alice stake > alice unbonding, unstake
26h 1m review
  120 tok alice > alice-2, transfer
  100 tok alice-2 > alice-2 stake, stake
28h 2m turn defender concede
  5 tok alice-2 stake > vera, slash, to reporter
  25 tok alice-2 stake > burned, slash, burned
  20 tok alice-2 stake > treasury, slash, to treasury
  50 tok alice-2 stake > alice-2 unbonding, unstake
52h 2m review
170h 1m unbond
  50 tok alice unbonding > alice, release
  50 tok alice > alice-2, transfer
196h 2m unbond
  50 tok alice-2 unbonding > alice-2, release
  120 tok alice-2 > alice-3, transfer
  100 tok alice-3 > alice-3 stake, stake
)"));
}

TEST_CASE("a principal that does not want to come back is gone", "[protocol]") {
  Scripted::Script script;
  script.work.cheated = kWhole;
  script.re_enters = false;
  Rules rules = audited(scripted(script));
  rules.groups[0].balance = Tokens::whole(1'000);
  const Played market = play(std::move(rules));
  CHECK(market.totals(0).exits == 1);
  CHECK(market.refused(Refusal::StakeShort) == 0);
  CHECK(market.world().identities.size() == 3);
}

TEST_CASE("who is expelled works off what it had accepted before it comes back", "[protocol]") {
  // Two jobs, one of 1 h and one of 20 h. The short one is convicted at 2 h 1 m; when she might
  // come back, at 3 h 1 m, the other one is still running.
  Rules rules = audited(cheat());
  rules.demand = std::make_shared<ListedDemand>(std::vector<Arrival>{job(0h, 1h), job(0h, 20h)});
  rules.groups[0].slots = 2;
  rules.groups[0].balance = Tokens::whole(1'000);
  FixedShare::Params params;
  params.re_entry = 1h;
  rules.slashing = slashing(params);
  rules.setting.workloads[0].deadline_slack = 5h;
  const Played market = play(std::move(rules));
  CHECK(market.text.find("\n3h 1m review\n5h deadline\n") != std::string::npos);
  // The last lease's end, at 20 h, brings her back.
  CHECK(market.text.find("20h lease-end finished\n") != std::string::npos);
  CHECK(market.text.find("  800 tok alice > alice-2, transfer\n") != std::string::npos);
  CHECK(market.text.find("20h lease-end") < market.text.find("alice-2, transfer"));
}

}  // namespace
}  // namespace assay::protocol
