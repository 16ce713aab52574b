#pragma once

#include "protocol/world.hpp"

// A verifier that rejects must prove it.
namespace assay::protocol {

/// The lease's accuser locks its bond and opens the dispute over the segment it rejected; without
/// the bond the claim stands.
void open_dispute(Context& context, LeaseId lease);
/// The party whose turn it is has acted, or the referee has recomputed.
void take_turn(Context& context, DisputeId dispute, Act act);

}  // namespace assay::protocol
