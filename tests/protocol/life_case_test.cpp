#include "tests/catch.hpp"
#include "tests/protocol/market_story.hpp"

// Audits, disputes, convictions and returns, each as a table of what happens and what it moves. An
// hour of work is paid 4 tok, an audited segment half of that; Alice has staked 100 tok; a bond is
// 2 tok; of a slash the reporter gets 10 % and half is burned.
namespace assay::protocol {
namespace {

using namespace fixture;

/// One job of an hour, by Alice, with every claim audited by Vera. After ten hours Rita gives up.
Rules audited(std::shared_ptr<const Strategy> alice, TinyExecutor::Terms terms = {}) {
  Rules rules =
      fixture::rules({job(0h, 1h)}, {provider("alice"), verifier("vera"), requester("rita")});
  rules.verification = always_audit();
  rules.groups[0].strategy = std::move(alice);
  rules.execution = executor(terms);
  rules.setting.workloads[0].deadline_slack = 10h;
  return rules;
}

const std::string kOpening = lines(R"(
0h arrive
  10 tok exchange > rita, purchase
  1 usd rita > exchange, purchase
  10 tok rita > escrow, lock
)");
const std::string kHonestHour = lines(R"(
1h lease-end finished
  0.125 usd alice > energy, energy
  0.0625 usd alice > capital, wear
)");
const std::string kSkippedHour = "1h lease-end finished\n";
const std::string kFee = lines(R"(
  2 tok exchange > rita, purchase
  0.2 usd rita > exchange, purchase
  2 tok rita > escrow, lock
)");
const std::string kReport = lines(R"(
2h report
  2 tok escrow > vera, audit fee
)");
const std::string kBond = "  2 tok vera > bond, bond\n";
const std::string kBondBack = "  2 tok bond > vera, bond returned\n";
/// Half an hour of Alice's machine.
const std::string kRerun =
    "  0.0625 usd alice > energy, energy\n  0.03125 usd alice > capital, wear\n";
const std::string kSlash = lines(R"(
  10 tok alice stake > vera, slash, to reporter
  50 tok alice stake > burned, slash, burned
  40 tok alice stake > treasury, slash, to treasury
)");
const std::string kAccepted = lines(R"(
  4 tok escrow > alice, payment
  6 tok escrow > rita, refund
)");
/// Nobody else is there: the deadline, Alice who cannot come back, and the end of her unbonding.
const std::string kLeftForCloud = lines(R"(
10h deadline
  1 usd rita > cloud, cloud
  10 tok escrow > rita, refund
)");

TEST_CASE("an audit that finds nothing costs its fee, and the claim is paid", "[protocol]") {
  Rules rules = audited(honest());
  rules.demand = std::make_shared<ListedDemand>(std::vector<Arrival>{job(0h, 3h)});
  rules.verification = always_audit(2);
  rules.groups[1].power_price = Usd::micro(250'000);
  rules.groups[1].wear = Usd::micro(125'000);
  // Two of three segments are run again in two hours, for half of two thirds of 12 tok.
  const Played market = play(std::move(rules));
  CHECK(market.text == lines(R"(
0h arrive
  30 tok exchange > rita, purchase
  3 usd rita > exchange, purchase
  30 tok rita > escrow, lock
3h lease-end finished
  0.375 usd alice > energy, energy
  0.1875 usd alice > capital, wear
  4 tok exchange > rita, purchase
  0.4 usd rita > exchange, purchase
  4 tok rita > escrow, lock
5h report
  0.5 usd vera > energy, energy
  0.25 usd vera > capital, wear
  4 tok escrow > vera, audit fee
  12 tok escrow > alice, payment
  18 tok escrow > rita, refund
)"));
  CHECK(market.totals(0).leases_audited == 1);
  CHECK(market.totals(0).flagged == 0);
  CHECK(market.totals(1).fees_utok == 4'000'000);
  CHECK(market.world().metrics.market.audited_work_us == to_us(2h));
}

TEST_CASE("a cheat that concedes is slashed at once", "[protocol]") {
  const Played market = play(audited(cheat()));
  CHECK(market.text == kOpening + kSkippedHour + kFee + kReport + kBond +
                           "2h 1m turn defender concede\n" + kBondBack + kSlash + kLeftForCloud +
                           "26h 1m review\n170h 1m unbond\n");
  CHECK(market.totals(0).slashed == 1);
  CHECK(market.totals(0).honest_slashed == 0);
  CHECK(market.totals(0).slashed_utok == 100'000'000);
  CHECK(market.totals(0).uncovered_utok == 0);
  CHECK(market.totals(0).exits == 1);
  CHECK(market.refused(Refusal::StakeShort) == 1);
  CHECK(market.world().metrics.market.dispute_rounds == 0);
  CHECK(market.world().identities[0].standing == Standing::Gone);
}

TEST_CASE("a cheat that lies is narrowed down to one operator", "[protocol]") {
  // Half an hour of rerun and a minute for each answer; four steps and four operators in halves are
  // four rounds of two messages, a minute each; the referee takes a second.
  const Played market = play(audited(cheat({Act::Lie})));
  std::string turns = "2h 31m turn defender lie\n" + kRerun + "3h 2m turn challenger truth\n";
  for (int minute = 3; minute <= 10; ++minute) {
    turns += fmt::format("3h {}m turn {}\n", minute,
                         minute % 2 == 1 ? "defender lie" : "challenger truth");
  }
  CHECK(market.text == kOpening + kSkippedHour + kFee + kReport + kBond + turns +
                           "3h 10m 1s turn referee\n" + kBondBack + kSlash + kLeftForCloud +
                           "27h 10m 1s review\n171h 10m 1s unbond\n");
  CHECK(market.world().metrics.market.dispute_rounds == 4);
  CHECK(market.world().metrics.market.rerun_work_us == to_us(2h));
}

TEST_CASE("a cheat that is silent loses when its time is up", "[protocol]") {
  const Played market = play(audited(cheat({Act::Stall})));
  CHECK(market.text == kOpening + kSkippedHour + kFee + kReport + kBond + lines(R"(
10h deadline
26h turn defender stall
)") + kBondBack + kSlash + lines(R"(
  1 usd rita > cloud, cloud
  10 tok escrow > rita, refund
50h review
194h unbond
)"));
  CHECK(market.world().metrics.market.rerun_work_us == 0);  // nobody has run anything again
}

TEST_CASE("a slot whose work is disputed takes no new task, if the rules say so", "[protocol]") {
  // Alice's two slots; her first claim is disputed from 2 h to 26 h. The jobs of 3 h and 4 h ask
  // for one slot each; whoever finds none waits.
  for (const bool hold : {true, false}) {
    Rules rules = audited(cheat({Act::Stall}));
    rules.demand = std::make_shared<ListedDemand>(
        std::vector<Arrival>{job(0h, 1h), job(3h, 20h), job(4h, 20h)});
    rules.groups[0].slots = 2;
    rules.groups[0].balance = Tokens::whole(200);
    Bisection::Params params;
    params.bond = Tokens::whole(2);
    params.hold_slot = hold;
    rules.dispute = std::make_shared<Bisection>(params);
    Model model(share(std::move(rules)), 1);
    model.run(sim::SimTime{5h});
    CAPTURE(hold);
    CHECK(model.world().disputes.size() == 1);
    CHECK(model.world().identities[0].disputed == 1);
    CHECK(model.world().identities[0].free_slots == (hold ? 1 : 0));
    model.drain();
    CHECK(model.world().metrics.groups[0].leases_committed == (hold ? 2 : 3));
  }
}

TEST_CASE("a provider whose slot was held by a dispute takes what waits when it is over",
          "[protocol]") {
  TinyExecutor::Terms terms;
  terms.false_alarm = kWhole;
  Rules rules = audited(honest(), terms);
  rules.demand = std::make_shared<ListedDemand>(std::vector<Arrival>{job(0h, 1h), job(150min, 1h)});
  const Played market = play(std::move(rules));
  // The distance acquits her at 3 h 2 m; she works until 4 h 2 m.
  CHECK(market.text.find("\n4h 2m lease-end finished\n") != std::string::npos);
  CHECK(market.totals(0).leases_accepted == 2);
}

TEST_CASE("a cheat that contradicts itself loses at that turn", "[protocol]") {
  const Played market = play(audited(cheat({Act::Lie, Act::Contradict})));
  CHECK(market.text == kOpening + kSkippedHour + kFee + kReport + kBond +
                           "2h 31m turn defender lie\n" + kRerun + lines(R"(
3h 2m turn challenger truth
3h 3m turn defender contradict
)") + kBondBack + kSlash + kLeftForCloud +
                           "27h 3m review\n171h 3m unbond\n");
}

TEST_CASE("an answer that would come after the time-out is none", "[protocol]") {
  // The rerun and the answer take 24 hours exactly, or a nanosecond more. The bond goes to Vera
  // where Alice is late, though Alice was honest: time-outs must be longer than reruns.
  for (const bool late : {false, true}) {
    TinyExecutor::Terms terms;
    terms.false_alarm = kWhole;
    terms.rerun = 24h - 1min + (late ? 1ns : 0ns);
    const Played market = play(audited(honest(), terms));
    CHECK(market.totals(0).honest_slashed == (late ? 1 : 0));
    const auto closing = late ? Closing::TimedOut : Closing::ByDistance;
    CHECK(market.world().metrics.market.closings[static_cast<std::size_t>(closing)] == 1);
  }
}

TEST_CASE("the distance acquits an honest provider, and the challenger loses its bond",
          "[protocol]") {
  TinyExecutor::Terms terms;
  terms.false_alarm = kWhole;
  SECTION("under a tolerance both run the segment again first") {
    const Played market = play(audited(honest(), terms));
    CHECK(market.text == kOpening + kHonestHour + kFee + kReport + kBond +
                             "2h 31m turn defender truth\n" + kRerun + lines(R"(
3h 2m turn challenger truth
  2 tok bond > alice, bond lost
)") + kAccepted);
    CHECK(market.totals(0).flagged == 1);
    CHECK(market.totals(0).bad_flagged == 0);
    CHECK(market.totals(0).slashed == 0);
  }
  SECTION("bit for bit there is nothing to narrow") {
    terms.bitwise = true;
    const Played market = play(audited(honest(), terms));
    CHECK(market.text == kOpening + kHonestHour + kFee + kReport + kBond +
                             "  2 tok bond > alice, bond lost\n" + kAccepted);
  }
}

TEST_CASE("bit for bit a false claim is refuted without a rerun", "[protocol]") {
  TinyExecutor::Terms terms;
  terms.bitwise = true;
  terms.steps = 2;
  terms.operators = 1;
  const Played market = play(audited(cheat({Act::Lie}), terms));
  CHECK(market.text == kOpening + kSkippedHour + kFee + kReport + kBond + lines(R"(
2h 1m turn defender lie
2h 2m turn challenger truth
2h 2m 1s turn referee
)") + kBondBack + kSlash + kLeftForCloud +
                           "26h 2m 1s review\n170h 2m 1s unbond\n");
}

TEST_CASE("a challenger that lies in the rerun loses to an honest provider", "[protocol]") {
  TinyExecutor::Terms terms;
  terms.false_alarm = kWhole;
  Rules rules = audited(honest(), terms);
  for (const auto& [act, closing] :
       {std::pair{Act::Lie, Closing::Refereed}, std::pair{Act::Stall, Closing::TimedOut},
        std::pair{Act::Concede, Closing::Conceded},
        std::pair{Act::Contradict, Closing::BadOpening}}) {
    Scripted::Script script;
    script.acts = {act};
    rules.groups[1].strategy = scripted(script);
    const Played market = play(rules);
    CHECK(market.totals(0).slashed == 0);
    CHECK(market.totals(0).leases_accepted == 1);
    CHECK(market.text.find("  2 tok bond > alice, bond lost\n") != std::string::npos);
    CHECK(market.world().metrics.market.closings[static_cast<std::size_t>(closing)] == 1);
  }
}

TEST_CASE("where both were wrong nobody is rewarded", "[protocol]") {
  Rules rules = audited(cheat({Act::Lie}));
  Scripted::Script script;
  script.acts = {Act::Lie};
  rules.groups[1].strategy = scripted(script);
  const Played market = play(std::move(rules));
  CHECK(market.text.find("  2 tok bond > treasury, bond lost\n"
                         "  50 tok alice stake > burned, slash, burned\n"
                         "  50 tok alice stake > treasury, slash, to treasury\n") !=
        std::string::npos);
}

TEST_CASE("without its bond a verifier cannot challenge, and the claim stands", "[protocol]") {
  for (const std::int64_t missing : {0, 1}) {
    Rules rules = audited(cheat());
    // Vera has 5 tok, and 2 more from her fee.
    Bisection::Params params;
    params.bond = Tokens::whole(7) + Tokens::micro(missing);
    rules.dispute = std::make_shared<Bisection>(params);
    const Played market = play(std::move(rules));
    CHECK(market.refused(Refusal::BondShort) == missing);
    CHECK(market.totals(0).slashed == 1 - missing);
    CHECK(market.totals(0).bad_accepted == missing);
    if (missing == 1) {
      CHECK(market.text == kOpening + kSkippedHour + kFee + kReport + kAccepted);
    }
  }
}

/// Alice's claim, audited by Vera and, an hour before her, by somebody on a faster machine.
Rules audited_first_by(Group other, std::shared_ptr<const Strategy> alice) {
  Rules rules = audited(std::move(alice));
  rules.groups[1].hardware = {{kDouble, kWholePpb}};
  rules.groups.push_back(std::move(other));
  rules.verification = always_audit(1, 2);
  Bisection::Params params;
  params.bond = Tokens::whole(3);
  rules.dispute = std::make_shared<Bisection>(params);
  return rules;
}

TEST_CASE("who rejects first and gives up, or has no bond, does not shield a cheat", "[protocol]") {
  for (const bool gives_up : {true, false}) {
    Group shill = verifier("shill");
    if (gives_up) {
      Scripted::Script script;
      script.acts = {Act::Concede};
      shill.strategy = scripted(script);
    } else {
      shill.balance = Tokens{};  // and a fee of 2 tok
    }
    const Played market = play(audited_first_by(shill, cheat({Act::Truth})));
    CAPTURE(gives_up);
    CHECK(market.totals(0).bad_accepted == 0);
    CHECK(market.totals(0).slashed == 1);
    CHECK(market.totals(0).bad_flagged == 1);
    CHECK(market.world().metrics.market.disputes == (gives_up ? 2 : 1));
    CHECK(market.refused(Refusal::BondShort) == (gives_up ? 0 : 1));
    const bool lost = market.text.find("  3 tok bond > alice, bond lost\n") != std::string::npos;
    CHECK(lost == gives_up);
    CHECK(market.text.find("  3 tok bond > vera, bond returned\n"
                           "  10 tok alice stake > vera, slash, to reporter\n") !=
          std::string::npos);
  }
}

TEST_CASE("a segment that the distance has acquitted is not disputed again", "[protocol]") {
  TinyExecutor::Terms terms;
  terms.false_alarm = kWhole;
  Rules rules = audited_first_by(verifier("eve"), honest());
  rules.execution = executor(terms);
  const Played market = play(std::move(rules));
  CHECK(market.world().metrics.market.disputes == 1);
  CHECK(market.totals(0).leases_accepted == 1);
  CHECK(market.world().ledger.balance(free_of(IdentityId{1})) == Tokens::whole(7));
}

TEST_CASE("a requester that cannot pay for an audit gets none", "[protocol]") {
  for (const std::int64_t missing : {0, 1}) {
    Rules rules = audited(cheat());
    FixedToken::Params token;
    token.supply = Tokens::whole(117 - missing);  // stake 100, Vera 5, escrow 10, fee 2
    token.price = TokenPrice{Usd::micro(100'000)};
    rules.token = std::make_shared<FixedToken>(token);
    const Played market = play(std::move(rules));
    CHECK(market.refused(Refusal::EscrowShort) == missing);
    CHECK(market.totals(0).bad_accepted == missing);
    CHECK(market.totals(0).leases_audited == 1 - missing);
  }
}

TEST_CASE("several verifiers are each paid, and one that rejects is enough", "[protocol]") {
  Rules rules = audited(cheat());
  rules.groups[1] = verifier("vera", 2);
  rules.groups.push_back(verifier("idle", 1));
  Scripted::Script blind;
  blind.executes = false;
  rules.groups[3].strategy = scripted(blind);
  rules.verification = always_audit(1, 3);
  const Played market = play(std::move(rules));
  // Who pretends reports at the same time, and is paid the same.
  CHECK(market.totals(1).fees_utok == 4'000'000);
  CHECK(market.totals(3).fees_utok == 2'000'000);
  CHECK(market.totals(0).slashed == 1);
  CHECK(market.world().metrics.market.disputes == 1);
  CHECK(market.world().metrics.market.audited_work_us == to_us(2h));
}

TEST_CASE("more verifiers than there are cannot be called", "[protocol]") {
  Rules rules = audited(honest());
  rules.verification = always_audit(1, 3);
  const Played market = play(std::move(rules));
  CHECK(market.totals(1).fees_utok == 2'000'000);
  CHECK(market.refused(Refusal::EscrowShort) == 0);
}

TEST_CASE("with no verifier at all claims stand, and nobody was refused anything", "[protocol]") {
  Rules rules = audited(cheat());
  rules.groups.erase(rules.groups.begin() + 1);
  const Played market = play(std::move(rules));
  CHECK(market.totals(0).bad_accepted == 1);
  CHECK(market.refused(Refusal::EscrowShort) == 0);
}

TEST_CASE("a verifier works off its calls one after the other", "[protocol]") {
  Rules rules = audited(honest());
  rules.demand = std::make_shared<ListedDemand>(std::vector<Arrival>{job(0h, 1h, 3)});
  rules.groups[0] = provider("alice", 3);
  const Played market = play(std::move(rules));
  for (const char* line : {"\n2h report", "\n3h report", "\n4h report"}) {
    CHECK(market.text.find(line) != std::string::npos);
  }
}

TEST_CASE("a ring's verifier approves its own and checks everybody else", "[protocol]") {
  for (const bool own : {true, false}) {
    Rules rules = audited(std::make_shared<Lazy>(Lazy::Params{}));
    Ring::Params params;
    rules.groups[1].strategy = std::make_shared<Ring>(params);
    rules.groups[1].principal = "ring";
    if (own) {
      rules.groups[0].strategy = std::make_shared<Ring>(params);
      rules.groups[0].principal = "ring";
    }
    const Played market = play(std::move(rules));
    CHECK(market.totals(0).bad_accepted == (own ? 1 : 0));
    CHECK(market.totals(0).slashed == (own ? 0 : 1));
    CHECK(market.totals(1).fees_utok == 2'000'000);
  }
}

TEST_CASE("with an executor that always agrees nobody is ever slashed", "[protocol]") {
  for (const bool bitwise : {true, false}) {
    TinyExecutor::Terms terms;
    terms.bitwise = bitwise;
    terms.agrees_always = true;
    Rules rules = audited(cheat(), terms);
    rules.demand = std::make_shared<ListedDemand>(std::vector<Arrival>{job(0h, 20h, 5)});
    rules.groups[0] = provider("alice", 5);
    rules.groups[0].strategy = cheat();
    rules.setting.workloads[0].deadline_slack = 100h;
    const Played market = play(std::move(rules));
    CHECK(market.totals(0).leases_audited == 5);
    CHECK(market.totals(0).bad_accepted == 5);
    CHECK(market.totals(0).flagged == 0);
    CHECK(market.totals(0).slashed == 0);
    CHECK(market.world().metrics.market.disputes == 0);
  }
}

TEST_CASE("a partial cheat is caught by the segments that were drawn", "[protocol]") {
  // One of four segments is bad, two are drawn: C(3,2) / C(4,2) = half of the audits miss it.
  std::int64_t flagged = 0;
  constexpr int kRuns = 400;
  for (std::uint64_t seed = 0; seed < kRuns; ++seed) {
    Partial::Params params;
    params.share = percent(25);
    Rules rules = audited(std::make_shared<Partial>(params));
    rules.demand = std::make_shared<ListedDemand>(std::vector<Arrival>{job(0h, 4h)});
    rules.verification = always_audit(2);
    flagged += play(std::move(rules), seed).totals(0).flagged;
  }
  // Five standard errors of 400 fair coins are 50.
  CHECK(std::abs(flagged - kRuns / 2) <= 50);
}

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
