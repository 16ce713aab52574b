#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/report/report_data.hpp"
#include "protocol/scenario/load.hpp"

/// What comparisons, sweeps, searches and attack tables have in common.
namespace assay::analysis {

/// What a study says about itself beside its answer: what was asked of what, how to repeat it, and
/// what it rests on.
struct StudyFacts {
  std::string question;
  std::string name;     ///< of the scenario
  std::string version;  ///< `assay 0.1.0 (0123456789ab, ...)`
  std::uint64_t seed = 0;
  std::int64_t replications = 0;
  std::int64_t runs = 0;    ///< that were simulated for it, twins included
  std::int64_t reused = 0;  ///< that were there already
  double wall_s = 0.0;
  std::int64_t threads = 1;
  bool interrupted = false;
  std::vector<std::string> failures;  ///< one sentence a failed run
  std::vector<Command> commands;
  std::vector<InputFile> inputs;
  std::vector<ReportCost> costs;
  std::vector<ScenarioLine> scenario;
  std::vector<Entry> not_modelled;
  std::vector<Entry> glossary;
};

/// The facts that follow from the scenario alone.
[[nodiscard]] StudyFacts study_facts(const protocol::LoadedScenario& loaded);

}  // namespace assay::analysis
