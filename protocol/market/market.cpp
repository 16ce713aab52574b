#include "protocol/market/market.hpp"

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

}  // namespace

std::optional<Award> PostedPrice::award(std::span<const Bid> bids,
                                        const AuctionFacts& facts) const {
  // Rounded up, so that a provider who asks exactly the posted price is not turned away.
  const Usd price = Usd::micro(mul_div_up(price_.an_hour.micro(), facts.on_reference.count(),
                                          sim::SimDuration(std::chrono::hours(1)).count()));
  if (price > facts.limit) return std::nullopt;
  for (const Bid& bid : bids) {
    if (bid.price <= price) return Award{bid.candidate, price};
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

}  // namespace assay::protocol
