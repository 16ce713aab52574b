#include "protocol/ledger.hpp"

#include <optional>
#include <set>
#include <string>

#include "sim/check.hpp"
#include "sim/draws.hpp"
#include "tests/catch.hpp"

namespace assay::protocol {
namespace {

using sim::InvariantViolation;

constexpr IdentityId kAlice{0};
constexpr IdentityId kBob{1};
constexpr JobId kJob{3, 1};
constexpr DisputeId kDispute{2, 1};

Ledger two_people() {
  Ledger ledger(Tokens::whole(1'000));
  for (int i = 0; i < 2; ++i) {
    ledger.add_identity();
    ledger.add_principal();
  }
  ledger.transfer(kExchangeAccount, free_of(kAlice), Tokens::whole(100), Reason::Endowment);
  return ledger;
}

std::string digest_of(const Ledger& ledger) {
  sim::Digest digest;
  ledger.digest(digest);
  return sim::hex(digest.finish());
}

TEST_CASE("a new ledger holds its supply at the exchange", "[protocol]") {
  const Ledger ledger(Tokens::whole(7));
  CHECK(ledger.balance(kExchangeAccount) == Tokens::whole(7));
  CHECK(ledger.supply() == Tokens::whole(7));
  CHECK(ledger.balanced());
}

TEST_CASE("money goes from account to account, and a refused move changes nothing", "[protocol]") {
  Ledger ledger = two_people();
  const Tokens most = Tokens::whole(100);
  const Tokens more = most + Tokens::micro(1);
  struct Row {
    Account from, to;
    Tokens amount;
    std::optional<MoveRefusal> refused;
  };
  const Row rows[] = {
      {free_of(kAlice), free_of(kBob), more, MoveRefusal::InsufficientFunds},
      {free_of(kAlice), free_of(kBob), Tokens::micro(-1), MoveRefusal::NegativeAmount},
      // A negative amount is refused as that, even where nothing is there to take.
      {free_of(kBob), free_of(kAlice), Tokens::micro(-1), MoveRefusal::NegativeAmount},
      {free_of(kBob), free_of(kAlice), Tokens::micro(1), MoveRefusal::InsufficientFunds},
      {free_of(kBob), free_of(kAlice), Tokens{}, std::nullopt},
      {free_of(kAlice), staked_of(kAlice), most, std::nullopt},
      {free_of(kAlice), free_of(kBob), Tokens::micro(1), MoveRefusal::InsufficientFunds},
      {staked_of(kAlice), unbonding_of(kAlice), Tokens::whole(60), std::nullopt},
      {unbonding_of(kAlice), escrow_of(kJob), Tokens::whole(50), std::nullopt},
      {escrow_of(kJob), bond_of(kDispute), Tokens::whole(20), std::nullopt},
      {bond_of(kDispute), kTreasuryAccount, Tokens::whole(5), std::nullopt},
      {bond_of(kDispute), kBurnedAccount, Tokens::whole(15), std::nullopt},
      {bond_of(kDispute), kBurnedAccount, Tokens::micro(1), MoveRefusal::InsufficientFunds},
      // An account that nothing was ever moved into is empty, not an error.
      {bond_of(DisputeId{99, 1}), kBurnedAccount, Tokens::micro(1), MoveRefusal::InsufficientFunds},
      {staked_of(kAlice), staked_of(kAlice), Tokens::whole(40), std::nullopt},
  };
  for (const Row& row : rows) {
    CAPTURE(&row - rows);
    const std::string before = digest_of(ledger);
    const Tokens from = ledger.balance(row.from);
    const auto moved = ledger.move(row.from, row.to, row.amount, Reason::Transfer);
    CHECK(moved.has_value() == !row.refused.has_value());
    if (row.refused) {
      CHECK(moved.error() == *row.refused);
      CHECK(digest_of(ledger) == before);
    } else if (row.from.holder != row.to.holder) {
      CHECK(ledger.balance(row.from) == from - row.amount);
    }
    CHECK(ledger.balanced());
  }
  CHECK(ledger.balance(staked_of(kAlice)) == Tokens::whole(40));
  CHECK(ledger.balance(unbonding_of(kAlice)) == Tokens::whole(10));
  CHECK(ledger.balance(escrow_of(kJob)) == Tokens::whole(30));
  CHECK(ledger.balance(kTreasuryAccount) == Tokens::whole(5));
  CHECK(ledger.balance(kBurnedAccount) == Tokens::whole(15));
}

TEST_CASE("a transfer of what is not there ends the run", "[protocol]") {
  Ledger ledger = two_people();
  CHECK_THROWS_AS(
      ledger.transfer(free_of(kBob), free_of(kAlice), Tokens::micro(1), Reason::Transfer),
      InvariantViolation);
}

TEST_CASE("an account of nobody ends the run", "[protocol]") {
  Ledger ledger = two_people();
  CHECK_THROWS_AS(
      ledger.transfer(free_of(kAlice), free_of(IdentityId{2}), Tokens::micro(1), Reason::Transfer),
      InvariantViolation);
}

TEST_CASE("purses may go below zero, and dollars always sum to zero", "[protocol]") {
  Ledger ledger = two_people();
  const PrincipalId alice{0};
  ledger.pay(alice, Outside::Energy, Usd::whole(3), Reason::Energy);
  ledger.pay(PrincipalId{1}, Outside::Cloud, Usd::whole(-2), Reason::Cloud);
  CHECK(ledger.purse(alice) == Usd::whole(-3));
  CHECK(ledger.purse(PrincipalId{1}) == Usd::whole(2));
  CHECK(ledger.outside(Outside::Energy) == Usd::whole(3));
  CHECK(ledger.outside(Outside::Cloud) == Usd::whole(-2));
  CHECK(ledger.outside(Outside::Capital) == Usd{});
  CHECK(ledger.balanced());
}

TEST_CASE("an observer sees every move that happens, and no copy is observed", "[protocol]") {
  struct Counter final : LedgerObserver {
    int tokens = 0;
    int dollars = 0;
    void tokens_moved(Account, Account, Tokens, Reason) override { ++tokens; }
    void dollars_moved(PrincipalId, Outside, Usd, Reason) override { ++dollars; }
  } counter;
  Ledger ledger = two_people();
  ledger.observe(&counter);
  ledger.transfer(free_of(kAlice), free_of(kBob), Tokens::whole(1), Reason::Transfer);
  CHECK_FALSE(ledger.move(free_of(kAlice), free_of(kBob), Tokens::whole(1'000), Reason::Transfer));
  ledger.pay(PrincipalId{0}, Outside::Energy, Usd::whole(1), Reason::Energy);
  CHECK(counter.tokens == 1);
  CHECK(counter.dollars == 1);

  Ledger copy = ledger;
  copy.transfer(free_of(kAlice), free_of(kBob), Tokens::whole(1), Reason::Transfer);
  Ledger assigned;
  assigned = ledger;
  assigned.transfer(free_of(kAlice), free_of(kBob), Tokens::whole(1), Reason::Transfer);
  CHECK(counter.tokens == 1);
  ledger.observe(nullptr);
  ledger.transfer(free_of(kAlice), free_of(kBob), Tokens::whole(1), Reason::Transfer);
  CHECK(counter.tokens == 1);
}

TEST_CASE("a saved ledger comes back, and one whose books do not balance is refused",
          "[protocol]") {
  Ledger ledger = two_people();
  ledger.transfer(free_of(kAlice), escrow_of(kJob), Tokens::whole(9), Reason::Lock);
  ledger.pay(PrincipalId{1}, Outside::Energy, Usd::micro(17), Reason::Energy);
  sim::ByteWriter writer;
  ledger.save(writer);
  std::vector<std::byte> bytes = writer.take();

  Ledger loaded;
  sim::ByteReader reader(bytes);
  loaded.load(reader);
  CHECK(reader.at_end());
  CHECK(digest_of(loaded) == digest_of(ledger));

  // The first eight bytes are the number of free accounts, the next eight Alice's balance.
  bytes[8] ^= std::byte{1};
  sim::ByteReader forged(bytes);
  CHECK_THROWS_AS(loaded.load(forged), sim::CorruptBytes);
}

TEST_CASE("every reason and every holder has a name of its own", "[protocol]") {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Reason::Cloud); ++i) {
    names.insert(name(static_cast<Reason>(i)));
  }
  CHECK(names.size() == static_cast<std::size_t>(Reason::Cloud) + 1);
  CHECK(names.count("?") == 0);
  names.clear();
  for (int i = 0; i <= static_cast<int>(Holder::Exchange); ++i) {
    names.insert(name(static_cast<Holder>(i)));
  }
  CHECK(names.size() == static_cast<std::size_t>(Holder::Exchange) + 1);
  CHECK(names.count("?") == 0);
}

TEST_CASE("random moves keep the books balanced", "[protocol]") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    sim::Draws draws(seed, 2, 0);
    Ledger ledger = two_people();
    const Account accounts[] = {free_of(kAlice),      free_of(kBob),   staked_of(kBob),
                                unbonding_of(kAlice), escrow_of(kJob), bond_of(kDispute),
                                kTreasuryAccount,     kBurnedAccount,  kExchangeAccount};
    for (int move = 0; move < 200; ++move) {
      const Account from = accounts[draws.below(std::size(accounts))];
      const Account to = accounts[draws.below(std::size(accounts))];
      const Tokens amount = Tokens::micro(static_cast<std::int64_t>(draws.below(200'000'000)));
      const bool covered = ledger.balance(from) >= amount;
      REQUIRE(ledger.move(from, to, amount, Reason::Transfer).has_value() == covered);
      REQUIRE(ledger.balanced());
    }
  }
}

}  // namespace
}  // namespace assay::protocol
