#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/report/report_data.hpp"
#include "protocol/rules.hpp"

/// What a result rests on, as pages say it.
namespace assay::analysis {

/// A cost as a page shows it, and the lines of the provenance that it stands for.
struct CostGroup {
  ReportCost cost;
  std::set<std::string> lines;
  bool of_step_times = false;
};
/// Step times with the same origin and band move together, so they are one cost; `run.json` has
/// each line.
[[nodiscard]] std::vector<CostGroup> cost_groups(std::span<const protocol::Provenance> lines);
/// What the provenance calls the time of a training step of `model` on `device`.
[[nodiscard]] std::string step_time_of(std::string_view model, std::string_view device);

/// What a market under these rules leaves out and a reader could expect.
[[nodiscard]] std::vector<Entry> not_modelled(const protocol::Rules& rules);

}  // namespace assay::analysis
