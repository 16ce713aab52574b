// What the values of a scenario must have in common, before anything is built from them.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "protocol/scenario/rules_from.hpp"
#include "protocol/scenario/rules_parts.hpp"
#include "protocol/scenario/units.hpp"

namespace assay::protocol {
namespace {

void check_times(const Scenario& scenario, Reading& reading) {
  if (scenario.warm_up >= scenario.horizon) {
    reading.complain("warm_up", fmt::format("found {}, expected less than the horizon ({})",
                                            to_text(scenario.warm_up), to_text(scenario.horizon)));
  }
}

void check_workloads(const Scenario& scenario, Reading& reading) {
  if (scenario.workloads.empty()) {
    return reading.complain("workloads", "found an empty list, expected at least one workload");
  }
  std::int64_t sum = 0;
  for (const WorkloadTerms& terms : scenario.workloads) {
    sum += terms.share.ppb;
    if (terms.limit.low > terms.limit.high) {
      reading.complain(fmt::format("workloads.{}.limit", terms.name),
                       fmt::format("found {} to {}, expected low before high",
                                   to_text(terms.limit.low), to_text(terms.limit.high)));
    }
  }
  if (sum != kWholePpb) {
    reading.complain("workloads", fmt::format("found shares that sum to {}, expected 100 %",
                                              to_text(Share{sum})));
  }
}

void check_group(const ActorGroup& group, Reading& reading) {
  __extension__ using Wide = __int128;
  const Wide stake = static_cast<Wide>(group.stake_per_slot.micro()) * group.slots;
  if (stake > group.balance.micro()) {
    reading.complain(
        key_of(group, "balance"),
        fmt::format("found {}, expected at least the stake of {} slots of {}",
                    to_text(group.balance), group.slots, to_text(group.stake_per_slot)));
  }
  if (group.wear_up_to != UsdPerHour{} && group.wear_up_to < group.wear) {
    reading.complain(key_of(group, "wear_up_to"),
                     fmt::format("found {}, expected at least the wear of {}",
                                 to_text(group.wear_up_to), to_text(group.wear)));
  }
  if (group.principal.empty()) {
    reading.complain(key_of(group, "principal"), "found nothing, expected `own` or a name");
  }
  const auto& traits = traits_of<Strategy>(group.strategy.kind());
  const bool plays = group.role == Role::Provider   ? traits.provides
                     : group.role == Role::Verifier ? traits.verifies
                                                    : true;
  if (!plays) {
    reading.complain(key_of(group, "strategy"),
                     fmt::format("found {}, which is no strategy of a {}", group.strategy.kind(),
                                 group.role == Role::Provider ? "provider" : "verifier"));
  }
  if (group.role != Role::Requester && group.principal == kOwn && traits.one_owner) {
    reading.complain(key_of(group, "principal"),
                     fmt::format("found own, expected the name of the one owner of the {}",
                                 group.strategy.kind()));
  }
}

/// Nobody is a member of two groups.
void check_members(const Scenario& scenario, Reading& reading) {
  for (const ActorGroup& taken : scenario.actors) {
    if (taken.members_of.empty()) continue;
    for (const ActorGroup& other : scenario.actors) {
      if (&other == &taken || draws_of(other) != taken.members_of) continue;
      const int last = taken.first_member + taken.count - 1;
      const int other_last = other.first_member + other.count - 1;
      if (taken.first_member > other_last || last < other.first_member) continue;
      reading.complain(
          key_of(taken, "first_member"),
          fmt::format("found members {} to {} of {}, of whom {} has {} to {}", taken.first_member,
                      last, taken.members_of, other.name, other.first_member, other_last));
    }
  }
}

/// Everybody starts with tokens out of the supply.
void check_supply(const Scenario& scenario, const Verification& verification, Reading& reading) {
  __extension__ using Wide = __int128;
  Wide total = verification.jackpot().pool.micro();
  for (const ActorGroup& group : scenario.actors) {
    total += static_cast<Wide>(group.balance.micro()) * group.count;
  }
  const auto token = placed(reading, [&] { return scenario.token.build(Setting{}); });
  if (!token) return;
  if (total > (*token)->supply().micro()) {
    reading.complain("token",
                     fmt::format("found a supply of {}, expected at least the balances of "
                                 "all actors, {} tok",
                                 to_text((*token)->supply()), static_cast<double>(total) * 1e-6));
  }
  const double worth = (*token)->supply().as_double() * usd_per_token((*token)->start_price());
  if (worth > Token::kMostWorth.as_double()) {
    reading.complain(
        "token", fmt::format("found a supply of {} that is worth {:.3g} USD, expected at most "
                             "{:.3g} USD: what accounts are worth must fit 64 bits",
                             to_text((*token)->supply()), worth, Token::kMostWorth.as_double()));
  }
}

void check_roles(const Scenario& scenario, const Verification& verification, Reading& reading) {
  const auto has = [&scenario](Role role) {
    return std::any_of(scenario.actors.begin(), scenario.actors.end(),
                       [role](const ActorGroup& group) { return group.role == role; });
  };
  if (!has(Role::Provider)) reading.complain("actors", "found no provider, expected at least one");
  if (!has(Role::Requester)) {
    reading.complain("actors", "found no requester, expected at least one");
  }
  if (!has(Role::Verifier) && verification.most_reexecutions() > 0) {
    reading.complain("actors", fmt::format("found no verifier, expected at least one for {}",
                                           scenario.verification.kind()));
  }
  const bool staked =
      std::any_of(scenario.actors.begin(), scenario.actors.end(), [](const ActorGroup& group) {
        return group.role == Role::Verifier && group.stake_per_slot > Tokens{};
      });
  const bool by_stake = verification.verifier_terms().draw == VerifierDraw::Stake;
  if (has(Role::Verifier) && by_stake && !staked) {
    reading.complain("verification.draw",
                     "found stake, but no verifier stakes anything: none could be drawn");
  }
  const std::size_t groups = scenario.actors.size();
  if (groups > std::numeric_limits<std::uint16_t>::max()) {
    reading.complain("actors", fmt::format("found {} groups, expected fewer than 65536", groups));
  }
}

void check_slashing(const Scenario& scenario, Reading& reading) {
  const Tokens stake = Tokens::whole(1'000'000);
  const Penalty penalty = scenario.slashing.build(Setting{})->penalty(stake);
  if (penalty.reporter + penalty.burned > penalty.amount) {
    reading.complain("slashing",
                     "found reporter_share and burn_share that sum to over 100 %, "
                     "expected at most 100 %");
  }
}

}  // namespace

void check_scenario(const Scenario& scenario, Reading& reading) {
  check_times(scenario, reading);
  check_workloads(scenario, reading);
  for (const ActorGroup& group : scenario.actors) check_group(group, reading);
  check_members(scenario, reading);
  const auto verification = placed(reading, [&] { return scenario.verification.build(Setting{}); });
  if (verification) {
    check_supply(scenario, **verification, reading);
    check_roles(scenario, **verification, reading);
  }
  check_slashing(scenario, reading);
}

}  // namespace assay::protocol
