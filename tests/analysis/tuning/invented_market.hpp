#pragma once

#include <fmt/format.h>

#include <functional>
#include <string>
#include <utility>

#include "analysis/attack_evidence.hpp"
#include "analysis/tuning/deviation.hpp"

// The market of scenarios/attacks/lazy.yaml, but what its runs say is invented, so that a search in
// it has an answer that can be worked out.
namespace assay::analysis::fixtures {

/// What those who deviate gain each, and how much bad work they hand in. Honest twins gain nothing.
struct Invented {
  double gain_usd = 0.0;
  double bad_leases = 1.0;
};

/// Where in the space of its parameters a run was made.
struct InventedPoint {
  double rate = 0.0;   ///< of audits
  double stake = 0.0;  ///< tokens of a deviator
  double share = 1.0;  ///< of its work that it skips
};
using Invention = std::function<Invented(const InventedPoint&)>;

/// The same sixteen deviations over and over: a mean over sixteen is as invented.
inline double noise(int replication) {
  constexpr double kSteps[] = {-1.3, 0.4,  1.1,  -0.6, 0.9,  -1.0, 1.2,  -0.7,
                               1.3,  -0.4, -1.1, 0.6,  -0.9, 1.0,  -1.2, 0.7};
  return 0.05 * kSteps[replication % 16];
}

inline Campaign invented_campaign(Invention invention) {
  CampaignOptions options;
  options.run = [invention = std::move(invention)](const PointSpec& point, std::uint64_t,
                                                   int replication, const std::atomic<bool>&) {
    const protocol::Scenario& scenario = point.loaded.scenario;
    InventedPoint at;
    at.rate = parameter(scenario.verification, "rate").value();
    Invented said{0.0, 0.0};
    for (const protocol::ActorGroup& group : scenario.actors) {
      if (!group.name.ends_with(kDeviating) || group.strategy.kind() == "honest") continue;
      at.stake = group.stake_per_slot.as_double();
      at.share = parameter(group.strategy, "share").value_or(1.0);
      said = invention(at);
      if (said.gain_usd != 0.0) said.gain_usd += noise(replication);
      break;
    }
    RunResult result;
    const auto add = [&result](const char* name, double value) {
      result.metrics.push_back({name, name, "", "", value});
    };
    add("verification_overhead", at.rate);
    add("deviators_profit_usd", said.gain_usd);
    add("deviators_total_usd", said.gain_usd);
    add("deviators_bad_leases", said.bad_leases);
    for (const char* name : {"deviators_cheated", "deviators_caught", "deviators_cheating_d",
                             "deviators_costs_usd", "deviators_committed", "deviators_earned_usd",
                             "deviators_accepted", "others_profit_usd", "others_total_usd"}) {
      add(name, 0.0);
    }
    result.digest = std::string(64, '0');
    return std::optional(result);
  };
  return Campaign(std::move(options));
}

inline MarketUnderStudy invented_market(Campaign& campaign) {
  return {campaign,
          fmt::format("{}/scenarios/attacks/lazy.yaml", ASSAY_SOURCE_DIR),
          {},
          {protocol::percent(50), ""}};
}

}  // namespace assay::analysis::fixtures
