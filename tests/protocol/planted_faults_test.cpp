#include "protocol/verification/planted_faults.hpp"

#include <cmath>

#include "protocol/verification/proof_of_sampling.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/market_story.hpp"

// Faults that nature plants, and the jackpot for them. An hour of work is paid 4 tok; each verifier
// has staked 40 tok and has 10 more.
namespace assay::protocol {
namespace {

using namespace fixture;

/// One job of an hour by Alice; everybody in `verifiers` audits the fault planted in its place.
Rules planted(std::shared_ptr<const Strategy> alice, std::vector<Group> verifiers,
              const JackpotTerms& jackpot, const VerifierTerms& terms = {}) {
  PlantedFaults::Params params;
  params.check.rate = kWhole;
  params.check.segments = 1;
  params.check.verifiers = static_cast<int>(verifiers.size());
  params.check.pay = percent(50);
  params.check.terms = terms;
  params.planted = kWhole;
  params.jackpot = jackpot;
  std::vector<Group> groups{provider("alice")};
  groups[0].strategy = std::move(alice);
  for (Group& verifier : verifiers) {
    verifier.stake_per_slot = Tokens::whole(40);
    verifier.balance = Tokens::whole(50);
    groups.push_back(std::move(verifier));
  }
  groups.push_back(requester("rita"));
  Rules rules = fixture::rules({job(0h, 1h)}, std::move(groups));
  rules.verification = std::make_shared<PlantedFaults>(params);
  return rules;
}

JackpotTerms jackpot(std::int64_t tokens, std::int64_t pool) {
  JackpotTerms terms;
  terms.jackpot = Tokens::whole(tokens);
  terms.pool = Tokens::whole(pool);
  return terms;
}

Group liar(std::string name, std::shared_ptr<const Strategy> strategy) {
  Group group = verifier(std::move(name));
  group.strategy = std::move(strategy);
  return group;
}
Group rubber_stamp(std::string name) {
  return liar(std::move(name), std::make_shared<RubberStamp>(RubberStamp::Params{}));
}

TEST_CASE("k finders share J / 2^(k-1) each, at most a third of the pool in all", "[protocol]") {
  const JackpotTerms terms = jackpot(8, 0);
  CHECK(terms.prize(Tokens::whole(24), 1) == Tokens::whole(8));
  CHECK(terms.prize(Tokens::whole(24), 2) == Tokens::whole(4));
  CHECK(terms.prize(Tokens::whole(24), 3) == Tokens::whole(2));
  CHECK(terms.prize(Tokens::whole(24), 4) == Tokens::whole(1));
  CHECK(terms.prize(Tokens::whole(24) - Tokens::micro(3), 1) == Tokens::micro(7'999'999));
  CHECK(terms.prize(Tokens::micro(2), 1) == Tokens{});
  CHECK(terms.prize(Tokens::whole(24), 1'000) == Tokens{});
}

TEST_CASE("who finds the planted fault gets the jackpot, and the work is paid", "[protocol]") {
  for (const bool cheats : {false, true}) {
    const Played market =
        play(planted(cheats ? cheat() : honest(), {verifier("vera")}, jackpot(8, 30)));
    CAPTURE(cheats);
    CHECK(market.text.find("  8 tok jackpot > vera, jackpot\n") != std::string::npos);
    CHECK(market.totals(1).prizes_utok == 8'000'000);
    CHECK(market.totals(1).fees_utok == 2'000'000);
    // The claim itself was not looked at.
    CHECK(market.totals(0).leases_accepted == 1);
    CHECK(market.totals(0).bad_accepted == (cheats ? 1 : 0));
    CHECK(market.totals(0).leases_audited == 0);
    CHECK(market.world().metrics.market.planted == 1);
    CHECK(market.world().metrics.market.disputes == 0);
    CHECK(market.world().ledger.balance(kJackpotAccount) == Tokens::whole(22));
  }
}

TEST_CASE("several finders share, and one payout leaves two thirds of the pool", "[protocol]") {
  const Played two = play(planted(honest(), {verifier("vera"), verifier("viola")}, jackpot(8, 30)));
  CHECK(two.totals(1).prizes_utok == 4'000'000);
  CHECK(two.totals(2).prizes_utok == 4'000'000);
  const Played poor = play(planted(honest(), {verifier("vera")}, jackpot(8, 15)));
  CHECK(poor.totals(1).prizes_utok == 5'000'000);
  CHECK(poor.world().ledger.balance(kJackpotAccount) == Tokens::whole(10));
}

TEST_CASE("who approves a planted fault misses the jackpot, and may lose its stake", "[protocol]") {
  for (const std::int64_t missed : {0, 50}) {
    JackpotTerms terms = jackpot(8, 30);
    terms.missed = percent(missed);
    const Played market = play(planted(honest(), {verifier("vera"), rubber_stamp("stan")}, terms));
    CHECK(market.totals(1).prizes_utok == 8'000'000);
    CHECK(market.totals(2).prizes_utok == 0);
    CHECK(market.totals(2).missed_faults == 1);
    CHECK(market.totals(1).missed_faults == 0);
    const bool lost =
        market.text.find("  20 tok stan stake > jackpot, missed fault\n") != std::string::npos;
    CHECK(lost == (missed > 0));
    CHECK((market.world().identities[2].standing == Standing::Active) == (missed == 0));
  }
}

TEST_CASE("who rejects a planted fault without a finding gets nothing for it", "[protocol]") {
  const Played market =
      play(planted(honest(),
                   {verifier("vera"),
                    liar("fred", std::make_shared<FalseChallenger>(FalseChallenger::Params{}))},
                   jackpot(8, 30)));
  CHECK(market.totals(1).prizes_utok == 8'000'000);
  CHECK(market.totals(2).prizes_utok == 0);
  CHECK(market.totals(2).missed_faults == 0);
}

TEST_CASE("a visible report of a planted fault can be copied, a sealed one not", "[protocol]") {
  for (const Reveal reveal : {Reveal::Open, Reveal::Sealed}) {
    VerifierTerms terms;
    terms.reveal = reveal;
    const Played market = play(planted(
        honest(), {verifier("vera"), liar("carl", std::make_shared<Copier>(Copier::Params{1min}))},
        jackpot(8, 30), terms));
    const bool open = reveal == Reveal::Open;
    CHECK(market.totals(1).prizes_utok == (open ? 4'000'000 : 8'000'000));
    CHECK(market.totals(2).prizes_utok == (open ? 4'000'000 : 0));
  }
}

TEST_CASE("payments for work are taxed for the jackpot, on top of the price", "[protocol]") {
  JackpotTerms terms;
  terms.tax = percent(50);
  const Played market = play(planted(honest(), {verifier("vera")}, terms));
  // Half of 4 tok, which the requester buys when it is due.
  CHECK(market.text.find("  4 tok escrow > alice, payment\n"
                         "  2 tok exchange > rita, purchase\n"
                         "  0.2 usd rita > exchange, purchase\n"
                         "  2 tok rita > escrow, lock\n"
                         "  2 tok escrow > jackpot, tax\n") != std::string::npos);
  CHECK(market.world().ledger.balance(kJackpotAccount) == Tokens::whole(2));
}

TEST_CASE("a tax that cannot be bought is refused, and counted", "[protocol]") {
  JackpotTerms terms;
  terms.tax = percent(50);
  Rules rules = planted(honest(), {verifier("vera")}, terms);
  FixedToken::Params token;
  token.supply = Tokens::whole(162);  // stakes 140, Vera's rest 10, escrow 10, fee 2
  token.price = TokenPrice{Usd::micro(100'000)};
  rules.token = std::make_shared<FixedToken>(token);
  const Played market = play(std::move(rules));
  CHECK(market.refused(Refusal::EscrowShort) == 1);
  CHECK(market.totals(0).leases_accepted == 1);
  CHECK(market.world().ledger.balance(kJackpotAccount) == Tokens{});
}

TEST_CASE("faults are planted in the stated share of the audits", "[protocol]") {
  PlantedFaults::Params params;
  params.check.rate = percent(50);
  params.planted = percent(20);
  const PlantedFaults scheme(params);
  CHECK(scheme.audit_rate() == percent(40));
  int audits = 0;
  int faults = 0;
  for (std::uint64_t key = 0; key < 100'000; ++key) {
    const AuditPlan plan = scheme.plan(Chance{7}, key, 24);
    audits += plan.segments > 0 ? 1 : 0;
    faults += plan.planted ? 1 : 0;
    REQUIRE((plan.segments > 0 || !plan.planted));
  }
  // Five standard errors.
  CHECK(std::abs(audits - 50'000) < 791);
  CHECK(std::abs(faults - 10'000) < 475);
}

TEST_CASE("proof of sampling re-executes all of a result, or nothing", "[protocol]") {
  ProofOfSampling::Params params;
  params.rate = percent(30);
  params.validators = 2;
  const ProofOfSampling scheme(params);
  int sampled = 0;
  for (std::uint64_t key = 0; key < 10'000; ++key) {
    const AuditPlan plan = scheme.plan(Chance{7}, key, 24);
    REQUIRE((plan.segments == 0 || plan.segments == 24));
    REQUIRE((plan.segments == 0 || plan.verifiers == 2));
    sampled += plan.segments > 0 ? 1 : 0;
  }
  CHECK(std::abs(sampled - 3'000) < 230);  // five standard errors
  CHECK(scheme.verifier_terms().false_approval == kWhole);
  CHECK(scheme.most_reexecutions() > 0);
}

}  // namespace
}  // namespace assay::protocol
