#include "tests/catch.hpp"
#include "tests/protocol/market_story.hpp"

// Providers who leave: in the middle of a task, or with their stake. An hour of work is paid 4 tok;
// Alice has staked 100 tok.
namespace assay::protocol {
namespace {

using namespace fixture;

/// Every claim is audited, so long after its commitment.
class LateAudit final : public Verification {
 public:
  explicit LateAudit(sim::SimDuration delay) : delay_(delay) {}
  [[nodiscard]] AuditPlan plan(Chance, std::uint64_t, std::uint32_t) const override {
    return {1, 1};
  }
  [[nodiscard]] sim::SimDuration delay(Chance, std::uint64_t) const override { return delay_; }
  [[nodiscard]] Share audit_rate() const override { return kWhole; }
  [[nodiscard]] std::uint32_t most_reexecutions() const override { return 1; }
  [[nodiscard]] Share pay() const override { return percent(50); }

 private:
  sim::SimDuration delay_;
};

/// Leaves every lease after so much of it, for ten cents an hour elsewhere.
std::shared_ptr<const Strategy> leaver(Share after) {
  Scripted::Script script;
  script.work.quits_after = after;
  script.work.elsewhere = Usd::micro(100'000);
  return scripted(std::move(script));
}

/// Four hours of work that Rita waits three hours for, and a fee of 10 % of the stake.
Rules left(Share after, Tokens beyond_stake) {
  Rules rules = fixture::rules({job(0h, 4h)}, {provider("alice"), requester("rita")});
  rules.groups[0].strategy = leaver(after);
  rules.groups[0].balance += beyond_stake;
  rules.setting.workloads[0].deadline_slack = 3h;
  FixedShare::Params params;
  params.fault_fee = percent(10);
  rules.slashing = slashing(params);
  return rules;
}

/// An hour of work that Alice skips, and then withdraws; her stake unbonds for five hours.
Played scam(bool hold, sim::SimDuration delay) {
  Scripted::Script script;
  script.work.cheated = kWhole;
  script.unstakes = true;
  script.re_enters = false;
  Rules rules =
      fixture::rules({job(0h, 1h)}, {provider("alice"), verifier("vera"), requester("rita")});
  rules.groups[0].strategy = scripted(std::move(script));
  rules.verification = std::make_shared<LateAudit>(delay);
  FixedShare::Params params;
  params.unbonding = 5h;
  params.hold = hold;
  rules.slashing = slashing(params);
  return play(std::move(rules));
}

}  // namespace

TEST_CASE("who quits is paid to the last checkpoint, pays a fee and earns elsewhere",
          "[protocol]") {
  // 2 h 24 m of 4 h: two segments are done, and 1 h 36 m are sold elsewhere.
  const Played market = play(left(percent(60), Tokens::whole(20)));
  CHECK(market.text == lines(R"(
0h arrive
  40 tok exchange > rita, purchase
  4 usd rita > exchange, purchase
  40 tok rita > escrow, lock
2h 24m lease-end quit
  0.3 usd alice > energy, energy
  0.15 usd alice > capital, wear
  5 tok alice stake > burned, fault fee
  5 tok alice stake > treasury, fault fee
  10 tok alice > alice stake, stake
  -0.16 usd alice > cloud, earned elsewhere
  8 tok escrow > alice, payment
3h deadline
  2 usd rita > cloud, cloud
  32 tok escrow > rita, refund
4h back
)"));
  CHECK(market.totals(0).quits == 1);
  CHECK(market.totals(0).handed_back == 1);
  CHECK(market.totals(0).fault_fees_utok == 10'000'000);
  CHECK(market.totals(0).elsewhere_uusd == 160'000);
  CHECK(market.totals(0).withdrawals == 0);
  // 24 minutes of work are lost.
  CHECK(market.world().metrics.market.lost_work_us == Approx(to_us(24min)).margin(1));
}

TEST_CASE("a slot that works elsewhere takes nothing until it is back", "[protocol]") {
  Rules rules = left(percent(60), Tokens::whole(200));
  rules.setting.workloads[0].deadline_slack = 7h;
  const Played market = play(std::move(rules));
  // Two segments are left at 2 h 24 m; Alice picks them up at 4 h, leaves at 5 h 12 m with one
  // done, and the last one at 6 h, which she leaves at once without any.
  CHECK(market.totals(0).quits == 3);
  CHECK(market.totals(0).leases_accepted == 2);
}

TEST_CASE("a fee that the free tokens cannot fill up again ends the identity", "[protocol]") {
  const Played market = play(left(percent(60), Tokens::whole(9)));
  CHECK(market.totals(0).withdrawals == 1);
  CHECK(market.refused(Refusal::StakeShort) == 1);
  // 9 tok free, 8 paid for two segments, 90 unbonding: she comes back once they are released.
  REQUIRE(market.world().identities.size() == 3);
  CHECK(market.world().identities[2].registered == sim::SimTime{2h + 24min + 7 * 24h});
  CHECK(market.world().ledger.balance(staked_of(IdentityId{2})) == Tokens::whole(100));
  CHECK(market.world().ledger.balance(free_of(IdentityId{2})) == Tokens::whole(7));
}

TEST_CASE("a machine that fails costs the same fee", "[protocol]") {
  Rules rules = left(kWhole, Tokens::whole(20));
  rules.groups[0].availability =
      std::make_shared<ScriptedAvailability>(std::vector<sim::SimDuration>{2h, 100h});
  const Played market = play(std::move(rules));
  CHECK(market.totals(0).quits == 0);
  CHECK(market.totals(0).handed_back == 1);
  CHECK(market.totals(0).fault_fees_utok == 10'000'000);
}

TEST_CASE("withdrawn stake is lost if the audit comes while it unbonds", "[protocol]") {
  for (const bool hold : {true, false}) {
    CAPTURE(hold);
    const Played market = scam(hold, 2h);
    // Committed at 1 h, looked at from 3 h on: the conviction counts though she is gone.
    CHECK(market.world().identities[0].first_bad == sim::SimTime{1h});
    CHECK(market.world().identities[0].expelled == sim::SimTime{4h + 1min});
    CHECK(market.totals(0).slashed_utok == 100'000'000);
    CHECK(market.totals(0).uncovered_utok == 0);
  }
}

TEST_CASE("an audit that comes too late finds the stake only where it is held", "[protocol]") {
  const Played held = scam(true, 10h);
  CHECK(held.totals(0).slashed_utok == 100'000'000);
  CHECK(held.totals(0).uncovered_utok == 0);
  const Played gone = scam(false, 10h);
  CHECK(gone.totals(0).slashed == 1);
  CHECK(gone.totals(0).slashed_utok == 0);
  CHECK(gone.totals(0).uncovered_utok == 100'000'000);
  CHECK(gone.world().ledger.balance(free_of(IdentityId{0})) == Tokens::whole(100));
  CHECK(gone.totals(0).exits == 1);
}

TEST_CASE("a withdrawn principal comes back under a new name when it has the tokens",
          "[protocol]") {
  Scripted::Script script;
  script.unstakes = true;
  Rules rules = fixture::rules({job(0h, 1h), job(2h, 1h)}, {provider("alice"), requester("rita")});
  rules.groups[0].strategy = scripted(std::move(script));
  rules.groups[0].balance = Tokens::whole(250);
  const Played market = play(std::move(rules));
  // 100 tok unbond from the first hour on, and the other 150 stake the second name at once.
  REQUIRE(market.world().identities.size() == 4);
  CHECK(market.world().identities[2].registered == sim::SimTime{1h});
  CHECK(market.totals(0).leases_accepted == 2);
  CHECK(market.totals(0).withdrawals == 2);
  // What is paid and released under the old names comes to the last one.
  CHECK(market.world().ledger.balance(staked_of(IdentityId{3})) == Tokens::whole(100));
  CHECK(market.world().ledger.balance(free_of(IdentityId{3})) == Tokens::whole(158));
}

}  // namespace assay::protocol
