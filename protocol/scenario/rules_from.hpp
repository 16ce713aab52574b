#pragma once

#include <memory>

#include "protocol/rules.hpp"
#include "protocol/scenario/reader.hpp"
#include "protocol/scenario/scenario.hpp"

namespace assay::protocol {

/// What the values of a scenario must have in common: a warm-up shorter than the horizon, shares
/// that sum to one, stakes that balances cover, somebody who provides and somebody who requests.
/// Adds a complaint for each that does not hold, at the place of its key.
void check_scenario(const Scenario& scenario, Reading& reading);

/// The rules that a scenario states: every mechanism built, every name of a device or region looked
/// up, every file read. Throws ConfigError, with the places that `reading` knows, for unknown names
/// and for what mechanisms and files complain about.
[[nodiscard]] std::shared_ptr<const Rules> rules_from(const Scenario& scenario, Reading& reading);

/// The same market in which whoever was hostile is honest: the other half of every paired gain.
[[nodiscard]] std::shared_ptr<const Rules> honest_twin(const Rules& rules);

}  // namespace assay::protocol
