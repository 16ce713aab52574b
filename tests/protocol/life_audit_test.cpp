#include "tests/catch.hpp"
#include "tests/protocol/audited_market.hpp"

// Audits: who is called, who pays, and what they find; each as a table of what happens and what it
// moves.
namespace assay::protocol {
namespace {

using namespace fixture;

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

}  // namespace
}  // namespace assay::protocol
