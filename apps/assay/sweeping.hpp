#pragma once

#include <string>
#include <vector>

#include "analysis/campaign/plan.hpp"
#include "apps/assay/commands.hpp"

namespace assay::apps {

/// A plan, and what is to become of it.
struct SweepRequest {
  analysis::PlanSpec plan;
  std::vector<std::string> metrics;  ///< to be shown; empty: gains, bad work and overhead
  std::string name;                  ///< of the folder below out/; empty: <scenario>-sweep
  std::string question;              ///< empty: the scenario's
  std::string command;               ///< that repeats it
  CampaignFlags flags;
};

/// Checks every point, computes what is missing and shows the result: what `assay sweep` and `assay
/// study` do. The exit code; throws ConfigError.
int run_sweep(SweepRequest request);

/// Lays `--set` and `--seed` over a plan.
void apply_flags(const CampaignFlags& flags, analysis::PlanSpec& plan,
                 protocol::Complaints& complaints);
/// The part of a repeating command that the flags make.
[[nodiscard]] std::string flags_text(const CampaignFlags& flags);

}  // namespace assay::apps
