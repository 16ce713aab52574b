// Golem's lotteries. K providers apply for a task, K_T of them are elected by lot and share the
// work evenly, one ticket drawn among them wins the fee. Election and tickets are drawn here with
// the market's own lottery and samples; what the identities of one owner then gain is played as
// Golem's evaluation describes it, which leaves out that both empty identities of a provider get
// in.
#include <cmath>

#include "analysis/closed_forms.hpp"
#include "analysis/validation/batches.hpp"
#include "protocol/market/market.hpp"
#include "sim/distributions.hpp"

namespace assay::analysis {
namespace {

using protocol::Usd;

std::int64_t whole(const Values& values, const char* name) { return std::llround(values.at(name)); }

/// Whose ticket wins among equals, by the market's own draw.
std::uint32_t winner(std::int64_t tickets, std::uint64_t key) {
  protocol::Lottery::Params params;
  params.tickets = protocol::Lottery::Tickets::Head;
  params.pays = protocol::Lottery::Pays::Limit;
  const protocol::Lottery lottery(params);
  std::vector<protocol::Bid> bids(static_cast<std::size_t>(tickets));
  for (std::uint32_t i = 0; i < bids.size(); ++i) bids[i].candidate = i;
  return lottery.award(bids, {Usd::whole(1), std::chrono::hours(1), protocol::Chance{key}, 0})
      ->candidate;
}

/// How many of the applicants 0 ... own - 1 are among `elected` of `applicants`.
int elected_own(std::int64_t own, std::int64_t applicants, std::int64_t elected,
                std::uint64_t key) {
  sim::Draws draws(key, 1, 0);
  int found = 0;
  for (const std::uint64_t place : sim::floyd_sample(draws, static_cast<std::uint64_t>(applicants),
                                                     static_cast<std::uint64_t>(elected))) {
    if (place < static_cast<std::uint64_t>(own)) ++found;
  }
  return found;
}

/// The provider is elected; two empty identities of its own apply among the others. If one of them
/// gets in and has the winning ticket, its empty work is found out and a second ticket drawn, which
/// falls to work that was done and, with the provider's share of the power, to the provider.
Measured provider_gain(const Values& v, std::uint64_t seed, int scale) {
  const std::int64_t applicants = whole(v, "K");
  const std::int64_t elected = whole(v, "K_T");
  return mean_of(std::int64_t{40'000} * scale, seed, [&](std::uint64_t key) {
    if (elected_own(2, applicants - 1, elected - 1, key) != 1) return 0.0;
    constexpr std::uint32_t kEmpty = 0;
    if (winner(elected, sim::mix(key, 2)) != kEmpty) return 0.0;
    if (winner(elected, sim::mix(key, 3)) == kEmpty) return 0.0;
    sim::Draws power(key, 4, 0);
    return power.uniform() < v.at("p") ? v.at("C") : 0.0;
  });
}

/// A requester's own identity applies for its task. If it wins, the requester keeps the fee, and
/// pays for the share of the work that nobody did.
Measured requester_gain(const Values& v, std::uint64_t seed, int scale) {
  const std::int64_t elected = whole(v, "K_T");
  return mean_of(std::int64_t{40'000} * scale, seed, [&](std::uint64_t key) {
    if (elected_own(1, whole(v, "K"), elected, key) == 0) return 0.0;
    constexpr std::uint32_t kOwn = 0;
    if (winner(elected, sim::mix(key, 2)) != kOwn) return 0.0;
    return v.at("F") * (1.0 - 1.0 / static_cast<double>(elected));
  });
}

/// Of `n` lotteries in which the provider has a share p of the stake, at most w are won.
Measured won_at_most(const Values& v, std::uint64_t seed, int scale) {
  const protocol::Lottery lottery([] {
    protocol::Lottery::Params params;
    params.pays = protocol::Lottery::Pays::Limit;
    return params;
  }());
  const std::int64_t share = std::llround(v.at("p") * 1e6);
  const std::vector<protocol::Bid> bids{
      {0, {}, protocol::Tokens::micro(share)},
      {1, {}, protocol::Tokens::micro(1'000'000 - share)},
  };
  return mean_of(std::int64_t{2'000} * scale, seed, [&](std::uint64_t key) {
    std::int64_t won = 0;
    for (std::int64_t i = 0; i < whole(v, "n"); ++i) {
      const protocol::AuctionFacts facts{Usd::whole(1), std::chrono::hours(1),
                                         protocol::Chance{key}, static_cast<std::uint64_t>(i)};
      if (lottery.award(bids, facts)->candidate == 0) ++won;
    }
    return won <= whole(v, "w");
  });
}

std::string refuse_pool(const Values& v) {
  return v.at("K_T") < v.at("K") ? "" : "not all applicants are elected: K_T must be below K";
}

const Parameter kApplicants{"K", 4, 1'000, true, "providers that apply"};
const Parameter kElected{"K_T", 2, 100, true, "of them elected"};

}  // namespace

std::vector<Validation> lottery_validations() {
  return {
      {"V14.Provider",
       "Gain of a provider that lets two empty identities apply, Golem",
       {kApplicants,
        kElected,
        {"p", 0.0, 1.0, false, "its share of the power"},
        {"C", 1e-3, 1e3, false, "fee of the task"}},
       {{{"K", 100}, {"K_T", 10}, {"p", 0.1}, {"C", 1}},
        {{"K", 20}, {"K_T", 10}, {"p", 0.5}, {"C", 1}}},
       refuse_pool,
       [](const Values& v) {
         return golem_provider_gain(v.at("p"), v.at("K"), v.at("K_T"), v.at("C"));
       },
       provider_gain},
      {"V14.Requester",
       "Saving of a requester that applies for its own task, Golem",
       {kApplicants, kElected, {"F", 1e-3, 1e3, false, "fee of the task"}},
       {{{"K", 100}, {"K_T", 10}, {"F", 1}}},
       refuse_pool,
       [](const Values& v) { return golem_requester_gain(v.at("F"), v.at("K"), v.at("K_T")); },
       requester_gain},
      {"V14.Income",
       "Chance to win at most w of n lotteries",
       {{"n", 1, 1'000, true, "lotteries"},
        {"p", 1e-3, 0.999, false, "share of the stake"},
        {"w", 0, 1'000, true, "won at most"}},
       {{{"n", 3}, {"p", 0.4}, {"w", 0}}, {{"n", 21}, {"p", 0.4}, {"w", 7}}},
       nullptr,
       [](const Values& v) { return at_most(whole(v, "n"), v.at("p"), whole(v, "w")); },
       won_at_most},
  };
}

}  // namespace assay::analysis
