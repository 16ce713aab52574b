#pragma once

#include "protocol/world.hpp"

namespace assay::protocol {

/// Asks for the rows that the next events will touch, while this one is handled: in a market of a
/// million machines hardly any of them is in the cache, and an event would wait for one after the
/// other. Changes nothing.
void look_ahead(const Context& context);

}  // namespace assay::protocol
