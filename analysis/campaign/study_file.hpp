#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "analysis/campaign/plan.hpp"
#include "protocol/scenario/fields.hpp"

/// A study kept in a file: what `assay sweep` takes from the command line.
namespace assay::analysis {

///     study: 1
///     name: sampling-rate
///     question: How little checking is enough?
///     scenario: ../quickstart.yaml
///     set: {horizon: 20 d}
///     vary:
///       verification.rate: 1 %..50 %:log:6
///       slashing.share: [10 %, 50 %, 100 %]
///     replications: 8
///     metrics: [verification_overhead, gain_lazy_usd]
struct Study {
  std::int64_t study = 1;
  std::string name;
  std::string question;
  protocol::FilePath scenario;
  std::string sample;
  int replications = 0;
  protocol::Share precision;
  int most_replications = 1000;
  std::vector<std::string> metrics;
  PlanSpec plan;  ///< what the keys come to

  void describe(protocol::Fields& field);
};

/// Reads a study, with every complaint at its line and column. `set`, `vary` and `zip` name keys of
/// the scenario, whose values are checked when the plan is. Throws ConfigError.
[[nodiscard]] Study load_study(const std::filesystem::path& file);

}  // namespace assay::analysis
