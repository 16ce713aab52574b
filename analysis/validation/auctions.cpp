// What auctions pay: the market's own bidders and rules against the theory of auctions.
#include <algorithm>
#include <cmath>

#include "analysis/closed_forms.hpp"
#include "analysis/validation/batches.hpp"
#include "protocol/market/bidding.hpp"
#include "protocol/market/market.hpp"

namespace assay::analysis {
namespace {

using protocol::Usd;

constexpr sim::SimDuration kHour = std::chrono::hours(1);
constexpr int kMostBidders = 64;

int whole(const Values& values, const char* name) {
  return static_cast<int>(std::llround(values.at(name)));
}

/// n costs of an hour's work, independent and uniform from nothing to a dollar.
std::vector<Usd> draw_costs(int n, std::uint64_t key) {
  sim::Draws draws(key, 0, 0);
  std::vector<Usd> costs;
  for (int i = 0; i < n; ++i) {
    costs.push_back(Usd::micro(static_cast<std::int64_t>(draws.below(1'000'001))));
  }
  return costs;
}

/// What the auction pays when these bidders quote by this rule, in dollars.
double price_paid(const protocol::Market& market, const protocol::Bidding& bidding,
                  std::span<const Usd> costs) {
  std::vector<protocol::Bid> bids;
  for (const Usd cost : costs) {
    const Usd quote = bidding.quote({cost, kHour, static_cast<int>(costs.size())});
    bids.push_back({static_cast<std::uint32_t>(bids.size()), quote, {}});
  }
  return market.award(bids, {Usd::whole(1), kHour, {}, 0})->price.as_double();
}

Measured first_price(const Values& v, std::uint64_t seed, int scale) {
  const protocol::FirstPrice market{{}};
  const protocol::Shading shading{{}};  // costs reach up to a dollar
  const int n = whole(v, "n");
  return mean_of(std::int64_t{10'000} * scale, seed, [&](std::uint64_t key) {
    return price_paid(market, shading, draw_costs(n, key));
  });
}

/// The first `ring` bidders enter the cheapest of themselves and stay silent otherwise.
Measured second_price(int n, int ring, std::uint64_t seed, int scale) {
  const protocol::SecondPrice market{{}};
  const protocol::Truthful truthful{{}};
  return mean_of(std::int64_t{10'000} * scale, seed, [&](std::uint64_t key) {
    std::vector<Usd> costs = draw_costs(n, key);
    const auto rest = costs.begin() + ring;
    std::iter_swap(costs.begin(), std::min_element(costs.begin(), rest));
    costs.erase(costs.begin() + 1, rest);
    return price_paid(market, truthful, costs);
  });
}

const std::vector<Parameter> kBidders{{"n", 2, kMostBidders, true, "bidders"}};

}  // namespace

std::vector<Validation> auction_validations() {
  return {
      {"V18.FirstPrice",
       "Price of a first-price procurement in which all shade, costs uniform on 0..1",
       kBidders,
       {{{"n", 2}}, {{"n", 5}}, {{"n", 10}}},
       nullptr,
       [](const Values& v) { return procurement_price(v.at("n")); },
       first_price},
      {"V18.SecondPrice",
       "Price of a second-price procurement, costs uniform on 0..1",
       kBidders,
       {{{"n", 2}}, {{"n", 5}}, {{"n", 10}}},
       nullptr,
       [](const Values& v) { return procurement_price(v.at("n")); },
       [](const Values& v, std::uint64_t seed, int scale) {
         return second_price(whole(v, "n"), 1, seed, scale);
       }},
      {"V18.Ring",
       "The same where r of the n bidders enter only the cheapest of them",
       {{"n", 2, kMostBidders, true, "bidders"}, {"r", 1, kMostBidders, true, "of them in a ring"}},
       {{{"n", 5}, {"r", 3}}},
       [](const Values& v) {
         return v.at("r") < v.at("n") ? std::string()
                                      : std::string("a ring of all bids against nobody");
       },
       [](const Values& v) { return procurement_price_with_ring(v.at("n"), v.at("r")); },
       [](const Values& v, std::uint64_t seed, int scale) {
         return second_price(whole(v, "n"), whole(v, "r"), seed, scale);
       }},
  };
}

}  // namespace assay::analysis
