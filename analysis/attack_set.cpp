#include "analysis/attack_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "protocol/scenario/nearest.hpp"

namespace assay::analysis {
namespace {

using protocol::ActorGroup;
using protocol::Role;
using protocol::Scenario;
using protocol::Strategy;
using protocol::StrategyTraits;

constexpr const char* kOwn = "own";
constexpr const char* kOwner = "deviators";

[[noreturn]] void refuse(const std::string& text) {
  throw protocol::ConfigError(protocol::Complaint{"", 0, 0, text});
}

bool plays(const StrategyTraits& traits, Role role) {
  return (role == Role::Provider && traits.provides) || (role == Role::Verifier && traits.verifies);
}

/// So many of a group deviate: the share, at least one, and never all.
int deviators_of(const ActorGroup& group, const Deviation& deviation) {
  const auto share = static_cast<int>(std::lround(deviation.share.as_double() * group.count));
  return std::min(std::max(share, 1), group.count - 1);
}

/// Whether `deviation` names this group, or none, and its members decide for themselves.
bool is_meant(const ActorGroup& group, const Deviation& deviation) {
  if (group.strategy.kind() != "honest") return false;  // it stays as it is (`twin_too`)
  if (group.principal != kOwn) return false;            // its owner has more than this group
  return deviation.group.empty() || group.role != Role::Provider || group.name == deviation.group;
}

/// Refuses what is not the name of a group of at least two providers.
void check_group(const Scenario& market, std::string_view name) {
  std::vector<std::string> known;
  for (const ActorGroup& group : market.actors) {
    if (group.role != Role::Provider || group.count < 2) continue;
    if (group.name == name) return;
    known.push_back(group.name);
  }
  refuse(fmt::format("--group: found {}, expected a group of at least two providers: {}{}",
                     protocol::shown(name),
                     known.empty() ? "there is none" : fmt::format("{}", fmt::join(known, ", ")),
                     protocol::did_you_mean(name, known)));
}

/// The scenario with its deviators, who are honest yet.
Scenario split(const Scenario& scenario, const StrategyTraits& traits, const Deviation& deviation) {
  Scenario market = honest_market(scenario);
  if (!deviation.group.empty()) check_group(market, deviation.group);
  std::vector<ActorGroup> actors;
  bool provides = false;
  bool verifies = false;
  for (ActorGroup& group : market.actors) {
    const int leaving = plays(traits, group.role) && is_meant(group, deviation)
                            ? deviators_of(group, deviation)
                            : 0;
    if (leaving <= 0) {
      actors.push_back(std::move(group));
      continue;
    }
    (group.role == Role::Provider ? provides : verifies) = true;
    ActorGroup deviating = group;
    group.count -= leaving;
    deviating.count = leaving;
    deviating.first_member += group.count;
    if (deviating.members_of.empty()) deviating.members_of = group.name;
    deviating.name += kDeviating;
    if (traits.one_owner || (traits.provides && traits.verifies)) deviating.principal = kOwner;
    actors.push_back(std::move(group));
    actors.push_back(std::move(deviating));
  }
  if (traits.provides && !provides) {
    refuse("found no group of at least two providers, of whom some could deviate");
  }
  if (traits.verifies && !verifies) {
    refuse("found no group of at least two verifiers, of whom some could deviate");
  }
  market.actors = std::move(actors);
  market.twins = false;  // the pair is a market of its own
  return market;
}

bool deviates(std::string_view name) {
  return name.size() > kDeviating.size() &&
         name.substr(name.size() - kDeviating.size()) == kDeviating;
}

}  // namespace

std::vector<std::string> catalogued_attacks() {
  std::vector<std::string> kinds;
  for (const auto& member : protocol::members<Strategy>()) {
    if (member.traits.catalogued) kinds.emplace_back(member.kind);
  }
  return kinds;
}

Scenario honest_market(const Scenario& scenario) {
  Scenario market = scenario;
  for (ActorGroup& group : market.actors) {
    if (group.role == Role::Requester || group.twin_too || group.strategy.kind() == "honest") {
      continue;
    }
    group.strategy.choose("honest");
    group.principal = kOwn;
  }
  return market;
}

protocol::LoadedScenario attacked_market(const Scenario& scenario, const Attack& attack,
                                         const Deviation& deviation) {
  const auto& traits = protocol::traits_of<Strategy>(attack.strategy);
  Scenario market = split(scenario, traits, deviation);
  std::vector<std::string> sets;
  for (ActorGroup& group : market.actors) {
    if (!deviates(group.name)) continue;
    group.strategy.choose(attack.strategy);
    for (const Attack::Parameter& parameter : attack.parameters) {
      sets.push_back(
          fmt::format("actors.{}.strategy.{}={}", group.name, parameter.key, parameter.text));
    }
  }
  return protocol::reload(market, sets);
}

protocol::LoadedScenario honest_pair(const Scenario& scenario, const Attack& attack,
                                     const Deviation& deviation) {
  return protocol::reload(
      split(scenario, protocol::traits_of<Strategy>(attack.strategy), deviation));
}

std::vector<std::size_t> deviating_groups(const protocol::Rules& rules) {
  std::vector<std::size_t> groups;
  for (const Role role : {Role::Provider, Role::Verifier}) {
    for (std::size_t g = 0; g < rules.groups.size(); ++g) {
      if (rules.groups[g].role == role && deviates(rules.groups[g].name)) groups.push_back(g);
    }
  }
  return groups;
}

}  // namespace assay::analysis
