#pragma once

#include <string>
#include <vector>

#include "analysis/campaign/plan.hpp"
#include "tests/protocol/small_market.hpp"

// Plans over the small market.
namespace assay::analysis::fixtures {

using protocol::ScratchFolder;
using Texts = std::vector<std::string>;

[[nodiscard]] inline PlanSpec plan_spec(const ScratchFolder& folder, const Texts& axes) {
  PlanSpec spec;
  spec.scenario = folder.write("small.yaml", protocol::kSmallMarket);
  protocol::Complaints complaints;
  for (const std::string& axis : axes) spec.axes.push_back(*parse_axis("--vary", axis, complaints));
  complaints.throw_if_any();
  return spec;
}

[[nodiscard]] inline Texts labels(const Plan& plan) {
  Texts all;
  for (std::size_t i = 0; i < plan.size(); ++i) all.push_back(plan.label(i));
  return all;
}

}  // namespace assay::analysis::fixtures
