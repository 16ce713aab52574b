#include "tests/catch.hpp"
#include "tests/protocol/audited_market.hpp"

// Disputes, from a rejection to whoever is convicted; each as a table of what happens and what it
// moves.
namespace assay::protocol {
namespace {

using namespace fixture;

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

}  // namespace
}  // namespace assay::protocol
