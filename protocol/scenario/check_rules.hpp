#pragma once

#include "protocol/rules.hpp"
#include "protocol/scenario/reader.hpp"

namespace assay::protocol {

/// What the mechanisms of a market must have in common once they are built: prices up to the
/// horizon, as many verifiers as an audit calls, a device for each workload, numbers that fit 64
/// bits, time for an honest answer. Adds a complaint for each that does not hold.
void check_rules(const Rules& rules, Reading& reading);

}  // namespace assay::protocol
