#include "analysis/report/provenance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>

#include "analysis/numbers.hpp"

namespace assay::analysis {
namespace {

constexpr std::string_view kStepTime = "step time of ";

/// Bands of transferred step times by their order: the narrower the band, the nearer the device.
std::string transfer_name(std::size_t rank) {
  return rank == 1 ? " near" : rank == 2 ? " far" : fmt::format(" farther ({})", rank);
}

/// `rejects 0.5 % [0.01, 2.8] of 200 held-out segments`: exact, and empty where none were held out.
std::string verdicts_text(const protocol::Provenance& line) {
  if (!line.held_out) return "";
  const auto rejected = static_cast<std::int64_t>(line.held_out->rejected);
  const auto of = static_cast<std::int64_t>(line.held_out->of);
  const double share = static_cast<double>(rejected) / static_cast<double>(of);
  return fmt::format("rejects {} of {} held-out segments",
                     estimate_text({share, clopper_pearson(rejected, of)}, unit_of("share")),
                     count(of));
}

}  // namespace

std::string step_time_of(std::string_view model, std::string_view device) {
  return fmt::format("{}{} on {}", kStepTime, model, device);
}

std::vector<CostGroup> cost_groups(std::span<const protocol::Provenance> lines) {
  struct Together {
    std::set<std::string> costs;
    std::set<std::string> sources;
  };
  std::map<std::tuple<std::string, double, double>, Together, std::greater<>> step_times;
  std::vector<ReportCost> others;
  for (const protocol::Provenance& line : lines) {
    if (line.cost.rfind(kStepTime, 0) != 0) {
      others.push_back(
          {{line.cost, line.low, line.high, {}}, verdicts_text(line), line.kind, line.source});
      continue;
    }
    auto& together = step_times[{line.kind, line.low, line.high}];
    together.costs.insert(line.cost);
    together.sources.insert(line.source);
  }
  std::vector<CostGroup> groups;
  std::size_t bands = 0;  // of transfers: the narrowest first, as the map sorts low ends downwards
  for (const auto& [key, together] : step_times) {
    const auto& [kind, low, high] = key;
    ReportCost cost;
    cost.kind = kind;
    cost.band = {fmt::format("step times, {}", kind), low, high, {}};
    if (has_band(cost.band)) cost.band.cost += transfer_name(++bands);
    cost.value = fmt::format("{} {} of model and card",
                             count(static_cast<std::int64_t>(together.costs.size())),
                             together.costs.size() == 1 ? "pair" : "pairs");
    const std::size_t more = together.sources.size() - 1;
    cost.source = *together.sources.begin();
    if (more > 0) cost.source += fmt::format("; and {} more, in run.json", more);
    groups.push_back({std::move(cost), together.costs, true});
  }
  for (ReportCost& other : others) {
    std::string line = other.band.cost;
    groups.push_back({std::move(other), {std::move(line)}, false});
  }
  return groups;
}

std::vector<Entry> not_modelled(const protocol::Rules& rules) {
  return {
      {"Adaptive cheats",
       "Strategies keep to their plan even when it loses. A deterred attack may therefore still "
       "appear in "
       "the bad-work figures."},
      {"Token price", rules.token->step() == sim::SimDuration{}
                          ? "Constant: a falling price would thin the stake."
                          : "It moves by a law of its own and answers to nothing in the market."},
      {"Bribes between strangers", "Only identities of one principal collude."},
      {"Chain congestion",
       "Commitments are included at once, in the order in which they are sent."},
      {"Gangs", "A job on several GPUs is that many independent tasks; they exchange nothing."},
      {"Model quality",
       "Bad work is counted by tasks and by what was paid, not by the harm to a model."},
      {"Entry and exit", "Providers neither join for profit nor leave for want of it."},
  };
}

}  // namespace assay::analysis
