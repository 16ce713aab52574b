#include "analysis/report/collect.hpp"

#include <fmt/format.h>

#include <cmath>
#include <set>

#include "analysis/attack_evidence.hpp"
#include "analysis/build_info.hpp"
#include "analysis/report/collect_source.hpp"
#include "analysis/report/provenance.hpp"
#include "analysis/report/report.hpp"
#include "analysis/report/scenario_lines.hpp"
#include "analysis/shell.hpp"

namespace assay::analysis {
namespace {

using namespace collecting;

void collect_essentials(const Source& source, ReportData& data) {
  data.honest_profit_usd = source.each_finite(
      [&](const RunOutcome& run) { return honest_profit_usd(source.rules, run); });
  data.accepted_bad_share = source.metric("accepted_bad_value_share");
  data.offered_bad_share = source.metric("offered_bad_share");
  data.price_usd_per_hour = source.metric("price_usd_per_gpu_hour");
  data.won_share = source.metric("network_share");
  const auto per_hour = [&](const std::function<double(const RunOutcome&)>& usd) {
    return source.each_finite([&](const RunOutcome& run) {
      return usd(run) / (Source::total(run, source.honest, &GroupTotals::busy_slot_us) / kHourUs);
    });
  };
  data.honest_profit_usd_per_gpu_hour = per_hour([&](const RunOutcome& run) {
    double profit = 0.0;
    for (const std::size_t g : source.honest) profit += run.group_profit_usd[g];
    return profit;
  });
  data.honest_cost_usd_per_gpu_hour = per_hour([&](const RunOutcome& run) {
    return kMicro * (Source::total(run, source.honest, &GroupTotals::energy_uusd) +
                     Source::total(run, source.honest, &GroupTotals::wear_uusd));
  });
  for (const auto& replication : source.replications) {
    for (const std::size_t g : source.honest) {
      data.honest_slashes += replication.run.groups[g].slashed;
      data.honest_audits += replication.run.groups[g].leases_audited;
    }
  }
}

/// All that every run reports and that stands nowhere else on the page.
void collect_metrics(const Source& source, ReportData& data) {
  const std::set<std::string> elsewhere = {"price_usd_per_gpu_hour",   "network_share",
                                           "accepted_bad_value_share", "offered_bad_share",
                                           "honest_slashes",           "verification_overhead",
                                           "dispute_overhead",         "commitment_overhead"};
  for (const SummaryMetric& metric : summarise(source.rules, source.record.result)) {
    const bool gain = metric.metric.name.rfind("gain_", 0) == 0;
    if (gain || elsewhere.contains(metric.metric.name)) continue;
    data.metrics.push_back({metric.metric.name, metric.metric.title, metric.metric.unit,
                            metric.metric.meaning, defined(metric.samples)});
  }
}

/// The part of a group's own cost that the step times among `costs` carry: by the shares of its
/// hardware and of the workloads that they name. The reference device carries none: work is counted
/// in its hours, and an error of its step time
/// changes nothing.
double part_of_cost(const Source& source, const Group& group, const std::set<std::string>& costs) {
  double part = 0.0;
  for (const auto& workload : source.rules.setting.workloads) {
    for (const auto& hardware : group.hardware) {
      if (hardware.id == source.rules.setting.reference) continue;
      const auto& device = source.rules.setting.devices[index(hardware.id)];
      if (!costs.contains(step_time_of(workload.model, device.name))) continue;
      part += workload.share.as_double() * as_double(hardware.ppb) / as_double(protocol::kWholePpb);
    }
  }
  return part;
}

void add_turns(const Source& source, const ReportData& data, const std::set<std::string>& costs,
               CostBand& band) {
  for (std::size_t i = 0; i < source.attackers.size(); ++i) {
    if (!data.attacks[i].turns_known) continue;
    const auto& group = source.rules.groups[source.attackers[i]];
    const auto terms = terms_of(source, source.attackers[i]);
    if (!terms) continue;
    const auto factor = turning_factor(*terms, part_of_cost(source, group, costs));
    if (factor) band.turns.push_back({data.attacks[i].evidence.noun, *factor});
  }
}

void collect_costs(const Source& source, ReportData& data) {
  for (CostGroup& group : cost_groups(source.rules.execution->provenance())) {
    if (group.of_step_times) add_turns(source, data, group.lines, group.cost.band);
    data.costs.push_back(std::move(group.cost));
  }
  const RunSummary summary = summary_of(source.record);
  for (std::size_t i = 0; i < summary.with_errors.size(); ++i) {
    const SummaryMetric& metric = summary.metrics[i];
    if (!summary.with_errors[i]) continue;
    data.cost_errors.push_back({metric.metric.name, metric.metric.title, metric.metric.unit,
                                metric.estimate, *summary.with_errors[i]});
  }
}

/// The run's own command with the tape instead of workers.
std::string tape_command(const RunRecord& record, const std::filesystem::path& folder) {
  const std::string marker = " --execution ";
  return record.command.substr(0, record.command.find(marker)) + marker +
         shell_quoted(fmt::format("tape:{}", (folder / kTapeName).string()));
}

void collect_record(const Source& source, const std::filesystem::path& folder, ReportData& data) {
  const RunRecord& record = source.record;
  const ExperimentResult& result = record.result;
  data.scenario = scenario_lines(record.loaded.effective_yaml);
  for (const auto& input : record.loaded.inputs) data.inputs.push_back({input.path, input.sha256});
  data.seed = record.seed;
  data.replications = static_cast<std::int64_t>(source.replications.size());
  data.replications_asked = record.replications;
  data.digest = result.digest;
  for (const auto& replication : source.replications) {
    data.replication_digests.push_back(replication.run.digest);
    data.books_balance = data.books_balance && replication.run.books_balance &&
                         (!replication.twin || replication.twin->books_balance);
  }
  data.version = version_line();
  data.events = static_cast<std::int64_t>(record.events());
  data.wall_s = record.wall_s();
  data.threads = record.jobs;
  data.commands = {{"Repeats this run:", record.command},
                   {"Tells what happened to one principal, and why:",
                    fmt::format("assay why {} principal 0", folder.string())}};
  if (record.execution) {
    data.executed = record.execution->executed;
    data.commands.push_back(
        {"Repeats it from the tape, without a worker:", tape_command(record, folder)});
  }
  data.not_modelled = not_modelled(source.rules);
  data.glossary = standard_glossary();
}

}  // namespace

ReportData collect(const RunRecord& record, const std::filesystem::path& folder) {
  const Source source(record);
  const auto& scenario = record.loaded.scenario;
  ReportData data;
  data.question = scenario.question;
  data.scenario_name = scenario.name;
  data.scenario_path = record.scenario_path.string();
  for (const Group& group : source.rules.groups) {
    if (group.role == Role::Provider) data.providers += group.count;
  }
  data.jobs = std::llround(mean(source.each([](const RunOutcome& run) {
    double jobs = 0.0;
    for (const auto& cell : run.cells) jobs += as_double(cell.jobs);
    return jobs;
  })));
  data.horizon_d = days(source.rules.horizon);
  data.warm_up_d = days(source.rules.warm_up);
  data.reference_device = scenario.reference_device;
  const double done =
      mean(source.each([](const RunOutcome& run) { return as_double(run.market.tasks_done); }));
  const double segments =
      mean(source.each([](const RunOutcome& run) { return as_double(run.market.segments_done); }));
  data.segments_per_task = done > 0.0 ? segments / done : 0.0;
  data.rate_can_be_set = parameter(scenario.verification, "rate").has_value();
  data.audited_segments =
      static_cast<std::int64_t>(parameter(scenario.verification, "segments").value_or(0.0));
  collect_essentials(source, data);
  data.setting = {source.rules.verification->audit_rate().as_double(),
                  data.honest_profit_usd.empty() ? 0.0 : mean(data.honest_profit_usd)};
  collect_strategies(source, data);
  collect_market(source, data);
  collect_metrics(source, data);
  collect_costs(source, data);
  collect_record(source, folder, data);
  return data;
}

}  // namespace assay::analysis
