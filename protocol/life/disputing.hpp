#pragma once

#include "protocol/world.hpp"

// A verifier that rejects must prove it.
namespace assay::protocol {

/// Hears what verifiers have rejected, in the order of their reports, each in a dispute of its own:
/// a challenger that loses, or cannot lock its bond, silences nobody else. The claim stands when no
/// rejection is left. A segment whose distance has acquitted it is not disputed again.
void hear_rejections(Context& context, LeaseId lease);
/// The party whose turn it is has acted, or the referee has recomputed.
void take_turn(Context& context, DisputeId dispute, Act act);

}  // namespace assay::protocol
