#pragma once

#include <span>

#include "protocol/event.hpp"
#include "protocol/ids.hpp"
#include "protocol/market/market.hpp"

namespace assay::protocol {

struct World;

/// A task asked for prices.
struct AuctionNote {
  TaskId task;
  std::span<const IdentityId> invited;  ///< in the order of invitation
  std::span<const Bid> bids;            ///< those not above the limit
  Usd limit;
  LeaseId lease;  ///< of the winner; none where nobody won
  Usd price;      ///< that it is paid
};

/// Sees every event just before and just after it is handled, and what would be forgotten in
/// between; for traces and `assay why`, never for a decision.
class EventObserver {
 public:
  virtual ~EventObserver() = default;
  virtual void before(const World& world, const Event& event) = 0;
  virtual void after(const World& world, const Event& event) = 0;
  /// Between the two: an auction was held, and the winner's lease has started.
  virtual void auctioned(const World& /*world*/, const AuctionNote& /*note*/) {}
};

}  // namespace assay::protocol
