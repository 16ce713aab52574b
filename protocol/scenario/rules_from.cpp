#include "protocol/scenario/rules_from.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "protocol/data/catalogue.hpp"
#include "protocol/scenario/nearest.hpp"
#include "protocol/scenario/units.hpp"

namespace assay::protocol {
namespace {

constexpr const char* kOwn = "own";

std::string key_of(const ActorGroup& group, std::string_view key) {
  return fmt::format("actors.{}.{}", group.name, key);
}

/// A group's draws belong to its name, not to its place in the list (FNV-1a).
std::uint64_t natural_key(std::string_view name) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  }
  return hash;
}

/// Runs `build`; what it complains about without a place gets that of the key it names.
template <class Build>
auto placed(Reading& reading, Build build) -> std::optional<decltype(build())> {
  try {
    return build();
  } catch (const ConfigError& error) {
    for (const Complaint& complaint : error.complaints()) {
      const std::size_t colon = complaint.text.find(": ");
      if (complaint.file.empty() && colon != std::string::npos) {
        reading.complain(complaint.text.substr(0, colon), complaint.text.substr(colon + 2));
      } else {
        reading.complaints.add(complaint);
      }
    }
    return std::nullopt;
  }
}

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

/// The group whose draws a group's members have.
const std::string& draws_of(const ActorGroup& group) {
  return group.members_of.empty() ? group.name : group.members_of;
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

std::vector<Workload> workloads_from(const Scenario& scenario) {
  std::vector<Workload> out;
  for (const WorkloadTerms& terms : scenario.workloads) {
    Workload workload;
    workload.name = terms.name;
    workload.model = terms.model;
    workload.share = terms.share;
    workload.memory = terms.memory;
    workload.input = terms.input;
    workload.limit_low = terms.limit.low;
    workload.limit_high = terms.limit.high;
    workload.deadline_factor = terms.deadline.factor;
    workload.deadline_slack = terms.deadline.slack;
    out.push_back(std::move(workload));
  }
  return out;
}

/// The device that `name` means; an unknown one is complained about at `key`.
DeviceId device(const Catalogue& catalogue, const std::string& name, const std::string& key,
                Reading& reading) {
  const Result<DeviceId, std::string> found = catalogue.find(name);
  if (!found) reading.complain(key, found.error());
  return found.value_or(DeviceId{});
}

Setting setting_from(const Scenario& scenario, const Catalogue& catalogue, Reading& reading) {
  std::vector<std::string> named;
  for (const ActorGroup& group : scenario.actors) {
    for (const Mix::Part& part : group.hardware.parts) {
      device(catalogue, part.name, key_of(group, "hardware." + part.name), reading);
      named.push_back(part.name);
    }
  }
  device(catalogue, scenario.reference_device, "reference_device", reading);
  reading.complaints.throw_if_any();
  std::uint64_t requesters = 0;
  for (const ActorGroup& group : scenario.actors) {
    if (group.role == Role::Requester) requesters += static_cast<std::uint64_t>(group.count);
  }
  return make_setting(catalogue, scenario.reference_device, named, workloads_from(scenario),
                      requesters);
}

/// Shares as doubles, in parts per billion that sum to one; the last one above zero takes the rest.
std::vector<std::int64_t> parts_of_one(const std::vector<Network::Region>& regions) {
  double sum = 0.0;
  for (const Network::Region& region : regions) sum += region.share;
  std::vector<std::int64_t> parts;
  std::int64_t rest = kWholePpb;
  std::size_t last = 0;
  for (const Network::Region& region : regions) {
    const double share = sum > 0.0 ? region.share / sum : 1.0 / static_cast<double>(regions.size());
    parts.push_back(std::llround(share * 1e9));
    rest -= parts.back();
    if (parts.back() > 0) last = parts.size() - 1;
  }
  parts[last] += rest;
  return parts;
}

void place_regions(const ActorGroup& group, const std::vector<Network::Region>& regions, Group& out,
                   Reading& reading) {
  if (group.regions.parts.empty()) {
    const std::vector<std::int64_t> parts = parts_of_one(regions);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (parts[i] > 0) out.regions.push_back({static_cast<RegionId>(i), parts[i]});
    }
    return;
  }
  std::vector<std::string> names;
  for (const Network::Region& region : regions) names.push_back(region.name);
  for (const Mix::Part& part : group.regions.parts) {
    const auto at = std::find(names.begin(), names.end(), part.name);
    if (at == names.end()) {
      reading.complain(key_of(group, "regions." + part.name),
                       fmt::format("found no region of this name, expected {}{}", either(names),
                                   did_you_mean(part.name, names)));
      continue;
    }
    out.regions.push_back({static_cast<RegionId>(at - names.begin()), part.share.ppb});
  }
}

/// The profile's rows that a strategy cheats by.
std::vector<BehaviourId> cheats_from(const ActorGroup& group, const Strategy& strategy,
                                     const Rules& rules, Reading& reading) {
  std::vector<BehaviourId> rows;
  for (const std::string& name : strategy.cheats()) {
    try {
      rows.push_back(rules.execution->behaviour(name));
      if (rows.back() == kHonest) {
        reading.complain(key_of(group, "strategy"), "found behaviour 'honest', expected a cheat");
      }
    } catch (const ConfigError& error) {
      for (const Complaint& complaint : error.complaints()) {
        reading.complain(key_of(group, "strategy"), complaint.text);
      }
    }
  }
  return rows;
}

Group group_from(const ActorGroup& group, const Rules& rules, const Catalogue& catalogue,
                 Reading& reading) {
  Group out;
  out.name = group.name;
  if (group.principal != kOwn) out.principal = group.principal;
  out.strategy_kind = group.strategy.kind();
  out.key = natural_key(draws_of(group));
  out.first_member = static_cast<std::uint32_t>(group.first_member);
  out.role = group.role;
  out.count = static_cast<std::uint32_t>(group.count);
  out.slots = static_cast<std::uint8_t>(group.slots);
  out.twin_too = group.twin_too;
  try {
    out.strategy = group.strategy.build(rules.setting);
  } catch (const ConfigError& error) {
    for (const Complaint& complaint : error.complaints()) {
      const std::size_t colon = complaint.text.find(": ");
      reading.complain(key_of(group, "strategy." + complaint.text.substr(0, colon)),
                       complaint.text.substr(colon + 2));
    }
    return out;
  }
  out.bidding = group.bidding.build(rules.setting);
  placed(reading, [&] {
    out.availability = group.availability.build(rules.setting);
    return true;
  });
  if (out.strategy->hostile()) out.cheats = cheats_from(group, *out.strategy, rules, reading);
  for (const Mix::Part& part : group.hardware.parts) {
    out.hardware.push_back(
        {device(catalogue, part.name, key_of(group, "hardware"), reading), part.share.ppb});
  }
  place_regions(group, rules.network->regions(), out, reading);
  out.power_price = group.power_price.a_kwh;
  out.wear = group.wear.an_hour;
  if (group.wear_up_to > group.wear) {
    out.wear_span = group.wear_up_to.an_hour - group.wear.an_hour;
  }
  out.stake_per_slot = group.stake_per_slot;
  out.balance = group.balance;
  return out;
}

/// A recorded price must not end before the run does.
void check_prices(const Rules& rules, Reading& reading) {
  const Token& token = *rules.token;
  if (!token.moves()) return;
  const auto needed =
      static_cast<std::uint64_t>((rules.horizon - sim::SimDuration{1}) / token.step());
  if (*token.moves() >= needed) return;
  reading.complain("token.from",
                   fmt::format("found {} prices from there on, expected at least {} "
                               "for the horizon of {}",
                               *token.moves() + 1, needed + 1, to_text(rules.horizon)));
}

/// Each verifier is called once for a claim.
void check_calls(const Rules& rules, Reading& reading) {
  std::int64_t verifiers = 0;
  for (const Group& group : rules.groups) {
    if (group.role == Role::Verifier) verifiers += std::int64_t{group.count} * group.names();
  }
  const std::int64_t called = rules.verification->audit_of(1).verifiers;
  if (called <= verifiers) return;
  reading.complain("verification", fmt::format("found {} verifiers for an audit, expected at most "
                                               "the {} that there are",
                                               called, verifiers));
}

/// In a lottery by stake nobody wins who stakes nothing.
void check_tickets(const Rules& rules, Reading& reading) {
  if (!rules.market->weighs_stakes()) return;
  const bool staked = std::any_of(rules.groups.begin(), rules.groups.end(), [](const Group& group) {
    return group.role == Role::Provider && group.stake_per_slot > Tokens{};
  });
  if (staked) return;
  reading.complain("market.tickets",
                   "found stake, but no provider stakes anything: none could win");
}

/// Somebody must be able to run each workload, or its jobs wait for ever.
void check_memory(const Rules& rules, Reading& reading) {
  for (std::size_t w = 0; w < rules.eligible.size(); ++w) {
    if (!rules.eligible[w].empty()) continue;
    const Workload& workload = rules.setting.workloads[w];
    reading.complain(
        fmt::format("workloads.{}.memory", workload.name),
        fmt::format("found {}, which no provider's device has", to_text(workload.memory)));
  }
}

/// The longest segment that a task can have. A task a little longer than this is cut in two, so
/// that the longest task need not have it.
sim::SimDuration longest_segment(const Rules& rules) {
  sim::SimDuration low{1};
  sim::SimDuration high = rules.max_task;
  while (low < high) {
    const sim::SimDuration middle = low + (high - low + sim::SimDuration{1}) / 2;
    if (rules.execution->segments(middle) == 1) {
      low = middle;
    } else {
      high = middle - sim::SimDuration{1};
    }
  }
  return low;
}

/// What all slots can do until the horizon must fit 64 bits of microseconds: of their own time, and
/// of the work, which is measured on another device.
void check_slot_time(const Rules& rules, Reading& reading) {
  double slots = 0.0;
  double fastest = 1.0;
  for (const Group& group : rules.groups) {
    if (group.role != Role::Provider) continue;
    slots += static_cast<double>(group.count) * group.slots;
    for (const auto& part : group.hardware) {
      for (std::size_t w = 0; w < rules.setting.workloads.size(); ++w) {
        const auto workload = static_cast<WorkloadId>(w);
        fastest = std::max(fastest, 1.0 / rules.execution->relative_time(workload, part.id));
      }
    }
  }
  constexpr double kMostUs = 9.2e18;
  const double most_s = kMostUs * 1e-6 / (slots * fastest);
  if (sim::to_seconds(rules.horizon) <= most_s) return;
  reading.complain("horizon", fmt::format("found {}, expected at most {:.4g} d for {:.0f} slots: "
                                          "the sum of their time must fit 64 bits",
                                          to_text(rules.horizon), most_s / 86'400.0, slots));
}

/// An honest party must be able to answer, and to re-run a segment where that is asked, in the time
/// that a dispute allows, or it loses for its machine's speed.
void check_answer_time(const Rules& rules, Reading& reading) {
  if (rules.dispute->answer() > rules.dispute->timeout()) {
    return reading.complain(
        "dispute.timeout",
        fmt::format("found {}, expected at least the {} that an honest answer takes",
                    to_text(rules.dispute->timeout()), to_text(rules.dispute->answer())));
  }
  if (rules.execution->bitwise() || rules.verification->audit_rate() == Share{0}) return;
  const sim::SimDuration longest = longest_segment(rules);
  for (const Group& group : rules.groups) {
    for (const auto& part : group.hardware) {
      for (std::size_t w = 0; w < rules.setting.workloads.size(); ++w) {
        const Device& device = rules.setting.devices[index(part.id)];
        if (device.memory < rules.setting.workloads[w].memory) continue;
        const Work work{static_cast<WorkloadId>(w), longest, 1};
        const sim::SimDuration needed =
            rules.execution->rerun(work, part.id).length + rules.dispute->answer();
        if (needed <= rules.dispute->timeout()) continue;
        reading.complain(
            "dispute.timeout",
            fmt::format("found {}, but to re-run a segment of {} a {} of {} needs {:.3g} h",
                        to_text(rules.dispute->timeout()), rules.setting.workloads[w].name,
                        device.name, group.name, sim::to_seconds(needed) / 3600.0));
        return;
      }
    }
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

std::shared_ptr<const Rules> rules_from(const Scenario& scenario, Reading& reading) {
  auto rules = std::make_shared<Rules>();
  const auto catalogue = placed(reading, [&] { return Catalogue(scenario.catalogue.resolved); });
  reading.complaints.throw_if_any();
  rules->setting = setting_from(scenario, *catalogue, reading);
  rules->horizon = scenario.horizon;
  rules->warm_up = scenario.warm_up;
  rules->max_task = scenario.max_task;
  const auto build = [&](const auto& choice, auto& mechanism) {
    placed(reading, [&] {
      mechanism = choice.build(rules->setting);
      return true;
    });
  };
  build(scenario.demand, rules->demand);
  build(scenario.network, rules->network);
  build(scenario.market, rules->market);
  build(scenario.execution, rules->execution);
  build(scenario.verification, rules->verification);
  build(scenario.dispute, rules->dispute);
  build(scenario.slashing, rules->slashing);
  build(scenario.reputation, rules->reputation);
  build(scenario.token, rules->token);
  const auto cloud = placed(reading, [&] {
    return Cloud(scenario.cloud, *catalogue, rules->setting.reference, rules->setting.workloads);
  });
  reading.complaints.throw_if_any();

  for (const CloudOffer& offer : cloud->offers()) {
    OutsideOption option{offer.provider, {}};
    for (std::size_t w = 0; w < rules->setting.workloads.size(); ++w) {
      option.rate.push_back(cloud_rate(offer, *rules->execution, static_cast<WorkloadId>(w)));
    }
    rules->outside.push_back(std::move(option));
  }
  for (const ActorGroup& group : scenario.actors) {
    const auto built =
        placed(reading, [&] { return group_from(group, *rules, *catalogue, reading); });
    if (built) rules->groups.push_back(*built);
  }
  reading.complaints.throw_if_any();
  rules->index_classes();
  check_prices(*rules, reading);
  check_calls(*rules, reading);
  check_tickets(*rules, reading);
  check_memory(*rules, reading);
  check_slot_time(*rules, reading);
  check_answer_time(*rules, reading);
  reading.complaints.throw_if_any();
  return rules;
}

std::shared_ptr<const Rules> honest_twin(const Rules& rules) {
  auto twin = std::make_shared<Rules>(rules);
  const std::shared_ptr<const Strategy> honest = Choice<Strategy>("honest").build(rules.setting);
  for (Group& group : twin->groups) {
    if (group.strategy->hostile() && !group.twin_too) group.strategy = honest;
  }
  return twin;
}

}  // namespace assay::protocol
