#include "protocol/market/market.hpp"

#include <vector>

#include "protocol/market/bidding.hpp"
#include "sim/draws.hpp"
#include "tests/catch.hpp"

namespace assay::protocol {
namespace {

using namespace std::chrono_literals;

/// Bids in the order of invitation, in micro-dollars.
std::vector<Bid> bids_of(std::initializer_list<std::int64_t> prices) {
  std::vector<Bid> bids;
  for (const std::int64_t price : prices) {
    bids.push_back({static_cast<std::uint32_t>(bids.size()), Usd::micro(price), {}});
  }
  return bids;
}

PostedPrice posted(std::int64_t micro_usd_an_hour) {
  PostedPrice::Params params;
  params.price = UsdPerHour{Usd::micro(micro_usd_an_hour)};
  return PostedPrice(params);
}

TEST_CASE("an auction's winner and its price", "[protocol]") {
  constexpr std::int64_t kNobody = -1;
  struct Row {
    std::vector<Bid> bids;
    std::int64_t limit;
    std::int64_t winner;
    std::int64_t first_price;   ///< what the winner of the first-price auction is paid
    std::int64_t second_price;  ///< and of the second-price auction
  };
  const Row rows[] = {
      {bids_of({30, 10, 20}), 100, 1, 10, 20},
      {bids_of({10, 20, 30}), 100, 0, 10, 20},
      {bids_of({30, 20, 10}), 100, 2, 10, 20},
      // Ties go to whoever was invited first; the second bid is then the same.
      {bids_of({20, 10, 10}), 100, 1, 10, 10},
      {bids_of({10, 10, 10}), 10, 0, 10, 10},
      // Exactly the limit is acceptable, a millionth more is not.
      {bids_of({100}), 100, 0, 100, 100},
      {bids_of({101}), 100, kNobody, 0, 0},
      // With fewer than two acceptable bids the price is the limit.
      {bids_of({10}), 100, 0, 10, 100},
      {bids_of({10, 101}), 100, 0, 10, 100},
      {bids_of({101, 10, 100}), 100, 1, 10, 100},
      {bids_of({}), 100, kNobody, 0, 0},
  };
  const FirstPrice first{{}};
  const SecondPrice second{{}};
  for (const Row& row : rows) {
    CAPTURE(&row - rows);
    const AuctionFacts facts{Usd::micro(row.limit), 1h, {}, 0};
    for (const bool pays_second : {false, true}) {
      CAPTURE(pays_second);
      const std::optional<Award> award =
          pays_second ? second.award(row.bids, facts) : first.award(row.bids, facts);
      REQUIRE(award.has_value() == (row.winner != kNobody));
      if (!award) continue;
      CHECK(award->candidate == static_cast<std::uint32_t>(row.winner));
      CHECK(award->price == Usd::micro(pays_second ? row.second_price : row.first_price));
    }
  }
}

TEST_CASE("a posted price is what everybody gets, first come first served", "[protocol]") {
  const AuctionFacts facts{Usd::micro(60), 2h, {}, 0};  // at 30 an hour: exactly the limit
  const auto award = posted(30).award(bids_of({61, 60, 10}), facts);
  REQUIRE(award);
  CHECK(award->candidate == 1);
  CHECK(award->price == Usd::micro(60));
  CHECK_FALSE(posted(30).award(bids_of({61, 62}), facts));
  CHECK_FALSE(posted(30).award(bids_of({}), facts));
  // 31 an hour make 62: above what the requester pays.
  CHECK_FALSE(posted(31).award(bids_of({1}), facts));
  // Half an hour at 31 is 15.5, rounded up: who asks 16 is not turned away.
  const auto rounded = posted(31).award(bids_of({16}), {Usd::micro(60), 30min, {}, 0});
  REQUIRE(rounded);
  CHECK(rounded->price == Usd::micro(16));
  CHECK_FALSE(posted(31).award(bids_of({17}), {Usd::micro(60), 30min, {}, 0}));
}

TEST_CASE("a posted price that is the limit is accepted for any length of work", "[protocol]") {
  // 120,000 an hour for 3,599 s make 119,966.67: the limit is 119,966, and that is what is paid.
  Lottery::Params params;
  params.tickets = Lottery::Tickets::Head;
  params.price = UsdPerHour{Usd::micro(120'000)};
  const Lottery lottery(params);
  const PostedPrice price = posted(120'000);
  for (const Market* market :
       {static_cast<const Market*>(&price), static_cast<const Market*>(&lottery)}) {
    const auto award = market->award(bids_of({100'000}), {Usd::micro(119'966), 3'599s, {}, 0});
    REQUIRE(award);
    CHECK(award->price == Usd::micro(119'966));
    CHECK_FALSE(market->award(bids_of({100'000}), {Usd::micro(119'965), 3'599s, {}, 0}));
  }
}

TEST_CASE("no kind of market pays above the limit or below the winner's bid", "[protocol]") {
  const FirstPrice first{{}};
  const SecondPrice second{{}};
  const PostedPrice price = posted(500);
  Lottery::Params params;
  params.tickets = Lottery::Tickets::Head;
  params.pays = Lottery::Pays::Limit;
  const Lottery lottery(params);
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    sim::Draws draws(seed, 5, 0);
    std::vector<Bid> bids;
    const std::uint64_t count = draws.below(9);
    for (std::uint32_t i = 0; i < count; ++i) {
      bids.push_back({i, Usd::micro(static_cast<std::int64_t>(draws.below(1'000))), {}});
    }
    const AuctionFacts facts{Usd::micro(static_cast<std::int64_t>(draws.below(1'000))), 1h, {}, 0};
    for (const Market* market :
         {static_cast<const Market*>(&first), static_cast<const Market*>(&second),
          static_cast<const Market*>(&price), static_cast<const Market*>(&lottery)}) {
      CAPTURE(seed);
      const std::optional<Award> award = market->award(bids, facts);
      if (!award) continue;
      REQUIRE(award->candidate < bids.size());
      REQUIRE(award->price <= facts.limit);
      REQUIRE(award->price >= bids[award->candidate].price);
    }
  }
}

TEST_CASE("in the second-price auction nobody gains by asking anything but its cost",
          "[protocol]") {
  // Vickrey 1961: over all asks 0..12 against all pairs of rival bids, cost 5, limit 10.
  const SecondPrice auction{{}};
  const AuctionFacts facts{Usd::micro(10), 1h, {}, 0};
  constexpr std::int64_t kCost = 5;
  const auto gain = [&](std::int64_t ask, std::int64_t rival, std::int64_t other) {
    const auto award = auction.award(bids_of({ask, rival, other}), facts);
    return award && award->candidate == 0 ? award->price.micro() - kCost : 0;
  };
  for (std::int64_t rival = 0; rival <= 11; ++rival) {
    for (std::int64_t other = 0; other <= 11; ++other) {
      for (std::int64_t ask = 0; ask <= 12; ++ask) {
        CAPTURE(ask, rival, other);
        CHECK(gain(ask, rival, other) <= gain(kCost, rival, other));
      }
    }
  }
}

TEST_CASE("bidders ask their cost, or their cost and a margin", "[protocol]") {
  CHECK(Truthful{{}}.quote({Usd::micro(1'001)}) == Usd::micro(1'001));
  const auto markup = [](Share share) {
    Markup::Params params;
    params.markup = share;
    return Markup(params);
  };
  CHECK(markup(percent(20)).quote({Usd::micro(1'000)}) == Usd::micro(1'200));
  CHECK(markup(percent(0)).quote({Usd::micro(1'000)}) == Usd::micro(1'000));
  CHECK(markup(percent(150)).quote({Usd::micro(1'001)}) == Usd::micro(2'502));  // 1501.5, down
}

TEST_CASE("who shades asks a share of what is left up to the highest cost", "[protocol]") {
  Shading::Params params;
  params.highest = UsdPerHour{Usd::micro(1'000)};
  const Shading shading(params);
  CHECK(shading.quote({Usd::micro(400), 1h, 3}) == Usd::micro(600));
  CHECK(shading.quote({Usd::micro(400), 1h, 1}) == Usd::micro(1'000));  // alone: all of it
  CHECK(shading.quote({Usd::micro(400), 2h, 4}) == Usd::micro(800));
  CHECK(shading.quote({Usd::micro(400), 1h, 7}) == Usd::micro(485));  // 85.7, down
  CHECK(shading.quote({Usd::micro(1'000), 1h, 3}) == Usd::micro(1'000));
  CHECK(shading.quote({Usd::micro(1'001), 1h, 3}) == Usd::micro(1'001));  // never below its cost
}

TEST_CASE("against rivals who shade, nobody gains by shading otherwise", "[protocol]") {
  // Two rivals with costs uniform on 0..1,000,000, own cost 400,000, equilibrium bid 600,000: the
  // mean gain over the same 20,000 auctions is highest there among bids 50,000 apart.
  Shading::Params params;
  params.highest = UsdPerHour{Usd::whole(1)};
  const Shading shading(params);
  const FirstPrice auction{{}};
  const AuctionFacts facts{Usd::whole(1), 1h, {}, 0};
  const auto gain = [&](std::int64_t bid) {
    sim::Draws draws(1, 5, 0);
    std::int64_t sum = 0;
    for (int i = 0; i < 20'000; ++i) {
      std::vector<Bid> bids{{0, Usd::micro(bid), {}}};
      for (std::uint32_t rival = 1; rival <= 2; ++rival) {
        const Usd cost = Usd::micro(static_cast<std::int64_t>(draws.below(1'000'001)));
        bids.push_back({rival, shading.quote({cost, 1h, 3}), {}});
      }
      const auto award = auction.award(bids, facts);
      if (award && award->candidate == 0) sum += award->price.micro() - 400'000;
    }
    return sum;
  };
  const std::int64_t best = gain(600'000);
  for (const std::int64_t bid : {450'000, 500'000, 550'000, 650'000, 700'000, 750'000}) {
    CAPTURE(bid);
    CHECK(gain(bid) < best);
  }
}

/// How often each of the bidders wins 10,000 lotteries.
std::vector<int> wins(const Lottery& lottery, std::span<const Bid> bids, Usd limit) {
  std::vector<int> won(bids.size());
  for (std::uint64_t key = 0; key < 10'000; ++key) {
    const auto award = lottery.award(bids, {limit, 1h, Chance{7}, key});
    if (award) ++won[award->candidate];
  }
  return won;
}

TEST_CASE("a lottery draws the winner by head or by stake", "[protocol]") {
  Lottery::Params params;
  params.price = UsdPerHour{Usd::micro(50)};
  const auto tok = [](std::int64_t whole) { return Tokens::whole(whole); };
  const std::vector<Bid> bids{
      {0, Usd::micro(50), tok(60)},   // exactly the price
      {1, Usd::micro(51), tok(500)},  // asks more than is paid
      {2, Usd::micro(10), tok(30)},  {3, Usd::micro(10), tok(10)}, {4, Usd::micro(10), tok(0)},
  };
  // The standard deviation of a count is below 50.
  const std::vector<int> by_stake = wins(Lottery(params), bids, Usd::micro(100));
  CHECK(std::abs(by_stake[0] - 6'000) < 200);
  CHECK(by_stake[1] == 0);
  CHECK(std::abs(by_stake[2] - 3'000) < 200);
  CHECK(std::abs(by_stake[3] - 1'000) < 200);
  CHECK(by_stake[4] == 0);
  params.tickets = Lottery::Tickets::Head;
  const std::vector<int> by_head = wins(Lottery(params), bids, Usd::micro(100));
  CHECK(by_head[1] == 0);
  for (const std::size_t bidder : {0u, 2u, 3u, 4u}) CHECK(std::abs(by_head[bidder] - 2'500) < 200);
}

TEST_CASE("a lottery pays a posted price or the limit", "[protocol]") {
  Lottery::Params params;
  params.tickets = Lottery::Tickets::Head;
  params.price = UsdPerHour{Usd::micro(50)};
  const auto bids = bids_of({20, 80});
  const auto award = [&](std::int64_t limit, sim::SimDuration work) {
    return Lottery(params).award(bids, {Usd::micro(limit), work, Chance{1}, 1});
  };
  CHECK(award(100, 1h)->price == Usd::micro(50));
  CHECK(award(100, 1h)->candidate == 0);
  CHECK(award(50, 1h)->price == Usd::micro(50));
  CHECK_FALSE(award(49, 1h));
  CHECK(award(100, 2h)->price == Usd::micro(100));
  params.pays = Lottery::Pays::Limit;
  CHECK(award(79, 1h)->price == Usd::micro(79));
  CHECK(award(79, 1h)->candidate == 0);
  CHECK_FALSE(award(19, 1h));
  params.tickets = Lottery::Tickets::Stake;
  CHECK_FALSE(award(100, 1h));  // nobody has staked anything
}

}  // namespace
}  // namespace assay::protocol
