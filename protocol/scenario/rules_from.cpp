#include "protocol/scenario/rules_from.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "protocol/data/catalogue.hpp"
#include "protocol/scenario/check_rules.hpp"
#include "protocol/scenario/nearest.hpp"
#include "protocol/scenario/rules_parts.hpp"
#include "sim/draws.hpp"

namespace assay::protocol {
namespace {

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
  out.key = sim::natural_key(draws_of(group));
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

}  // namespace

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
  check_rules(*rules, reading);
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
