#pragma once

#include <cstddef>
#include <vector>

#include "analysis/results.hpp"

namespace assay::analysis {

/// The metrics of a run that its table on the terminal has, by their place in `summary.metrics`; a
/// result folder has all. Left out is what has no value in any replication, and a zero that says
/// only that the scenario lacks what is counted (no jackpot was paid where there is none) or that
/// nothing out of the ordinary came up (nobody left, no tokens were wanting). A zero that answers a
/// question stays: no honest work was convicted.
[[nodiscard]] std::vector<std::size_t> table_rows(const protocol::Rules& rules,
                                                  const RunSummary& summary);

}  // namespace assay::analysis
