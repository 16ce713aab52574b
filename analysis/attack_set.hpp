#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/scenario/load.hpp"

/// Attacks put into a market that was written down without them. What an attack is said to gain is
/// paired: some of the honest principals deviate, all others and all draws stay as they are, and
/// the same market in which nobody deviates is what they are held against.
namespace assay::analysis {

/// A strategy, and those of its parameters that are not at their defaults.
struct Attack {
  struct Parameter {
    std::string key;   ///< under `strategy:`
    std::string text;  ///< as a scenario writes it
  };
  std::string strategy;
  std::vector<Parameter> parameters;
};

/// Who deviates.
struct Deviation {
  protocol::Share share = protocol::percent(5);  ///< of each honest group; at least one member
  std::string group;                             ///< only of this group; empty: of every one
};

/// What stands behind the name of a group whose last members deviate.
inline constexpr std::string_view kDeviating = "-deviating";

/// The strategies that are tried where all attacks are, in the order of the registry.
[[nodiscard]] std::vector<std::string> catalogued_attacks();

/// The market in which everybody is honest, and who was hostile is a principal of its own: nobody's
/// machine, name or draw changes. Groups that are hostile in the twin too stay as they are.
[[nodiscard]] protocol::Scenario honest_market(const protocol::Scenario& scenario);

/// The honest market in which the last members of its groups deviate: those of provider groups, of
/// verifier groups or of both, as the strategy plays. They become groups of their own, called
/// `<group>-deviating`, with the machines and draws that they had; where the strategy needs one
/// owner they get it. Throws ConfigError where the market has nobody to deviate.
[[nodiscard]] protocol::LoadedScenario attacked_market(const protocol::Scenario& scenario,
                                                       const Attack& attack,
                                                       const Deviation& deviation);
/// The same groups with the same owners, everybody honest: the other half of every pair. It is the
/// same for all strategies that need the same people.
[[nodiscard]] protocol::LoadedScenario honest_pair(const protocol::Scenario& scenario,
                                                   const Attack& attack,
                                                   const Deviation& deviation);

/// The groups that deviate, providers first.
[[nodiscard]] std::vector<std::size_t> deviating_groups(const protocol::Rules& rules);

}  // namespace assay::analysis
