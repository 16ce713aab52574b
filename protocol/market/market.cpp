#include "protocol/market/market.hpp"

#include <algorithm>

namespace assay::protocol {
namespace {

/// The lowest acceptable bid and the lowest among the others.
struct Best {
  const Bid* first = nullptr;
  const Bid* second = nullptr;
};

Best best_two(std::span<const Bid> bids, Usd limit) {
  Best best;
  for (const Bid& bid : bids) {
    if (bid.price > limit) continue;
    if (best.first == nullptr || bid.price < best.first->price) {
      best.second = best.first;
      best.first = &bid;
    } else if (best.second == nullptr || bid.price < best.second->price) {
      best.second = &bid;
    }
  }
  return best;
}

/// What the posted price makes for so much work, or none where that is above the limit. Rounded up,
/// so that a provider who asks exactly the posted price is not turned away; but the limit, which
/// is rounded down, is compared with what is rounded as it is, and never exceeded.
std::optional<Usd> posted(UsdPerHour price, const AuctionFacts& facts) {
  const std::int64_t rate = price.an_hour.micro();
  const std::int64_t hour = sim::SimDuration(std::chrono::hours(1)).count();
  if (Usd::micro(mul_div(rate, facts.on_reference.count(), hour)) > facts.limit) {
    return std::nullopt;
  }
  return std::min(Usd::micro(mul_div_up(rate, facts.on_reference.count(), hour)), facts.limit);
}

}  // namespace

std::optional<Award> PostedPrice::award(std::span<const Bid> bids,
                                        const AuctionFacts& facts) const {
  const std::optional<Usd> price = posted(price_, facts);
  if (!price) return std::nullopt;
  for (const Bid& bid : bids) {
    if (bid.price <= *price) return Award{bid.candidate, *price};
  }
  return std::nullopt;
}

std::optional<Award> FirstPrice::award(std::span<const Bid> bids, const AuctionFacts& facts) const {
  const Best best = best_two(bids, facts.limit);
  if (best.first == nullptr) return std::nullopt;
  return Award{best.first->candidate, best.first->price};
}

std::optional<Award> SecondPrice::award(std::span<const Bid> bids,
                                        const AuctionFacts& facts) const {
  const Best best = best_two(bids, facts.limit);
  if (best.first == nullptr) return std::nullopt;
  return Award{best.first->candidate, best.second == nullptr ? facts.limit : best.second->price};
}

std::optional<Award> Lottery::award(std::span<const Bid> bids, const AuctionFacts& facts) const {
  const std::optional<Usd> price =
      params_.pays == Pays::Limit ? facts.limit : posted(params_.price, facts);
  if (!price) return std::nullopt;
  const auto tickets = [&](const Bid& bid) -> std::uint64_t {
    if (bid.price > *price) return 0;
    return weighs_stakes() ? static_cast<std::uint64_t>(bid.stake.micro()) : 1;
  };
  std::uint64_t all = 0;
  for (const Bid& bid : bids) all += tickets(bid);
  if (all == 0) return std::nullopt;
  std::uint64_t drawn = facts.chance.open(Purpose::Lottery, facts.key).below(all);
  for (const Bid& bid : bids) {
    if (drawn < tickets(bid)) return Award{bid.candidate, *price};
    drawn -= tickets(bid);
  }
  SIM_CHECK(false);
  return std::nullopt;
}

}  // namespace assay::protocol
