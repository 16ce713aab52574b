#include "analysis/study.hpp"

#include "analysis/build_info.hpp"
#include "analysis/report/provenance.hpp"
#include "analysis/report/report.hpp"
#include "analysis/report/scenario_lines.hpp"

namespace assay::analysis {

StudyFacts study_facts(const protocol::LoadedScenario& loaded) {
  StudyFacts facts;
  facts.question = loaded.scenario.question;
  facts.name = loaded.scenario.name;
  facts.version = version_line();
  facts.seed = static_cast<std::uint64_t>(loaded.scenario.seed);
  facts.replications = loaded.scenario.replications;
  for (const auto& input : loaded.inputs) facts.inputs.push_back({input.path, input.sha256});
  for (CostGroup& group : cost_groups(loaded.rules->execution->provenance())) {
    facts.costs.push_back(std::move(group.cost));
  }
  facts.scenario = scenario_lines(loaded.effective_yaml);
  facts.not_modelled = not_modelled(*loaded.rules);
  facts.glossary = standard_glossary();
  return facts;
}

}  // namespace assay::analysis
