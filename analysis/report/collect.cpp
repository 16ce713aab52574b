#include "analysis/report/collect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "analysis/attack_evidence.hpp"
#include "analysis/build_info.hpp"
#include "analysis/numbers.hpp"
#include "analysis/range.hpp"
#include "analysis/report/provenance.hpp"
#include "analysis/report/report.hpp"
#include "analysis/report/scenario_lines.hpp"
#include "analysis/shell.hpp"

namespace assay::analysis {
namespace {

using protocol::Group;
using protocol::GroupTotals;
using protocol::Role;
using protocol::Rules;
using Groups = std::vector<std::size_t>;

constexpr double kHourUs = 3.6e9;
constexpr double kMicro = 1e-6;

double as_double(std::int64_t value) { return static_cast<double>(value); }
double days(sim::SimDuration span) { return sim::to_seconds(span) / 86'400.0; }

/// Everything that the parts of the report read.
struct Source {
  const RunRecord& record;
  const Rules& rules;
  const std::vector<Replication>& replications;
  Groups honest;               ///< providers
  Groups attackers;            ///< hostile providers
  std::size_t first_cell = 0;  ///< that lies wholly after the warm-up
  double cell_d = 1.0;
  double usd_per_token = 1.0;  ///< at the start

  explicit Source(const RunRecord& of)
      : record(of),
        rules(*of.loaded.rules),
        replications(of.result.replications),
        attackers(attacking_groups(rules)) {
    for (std::size_t g = 0; g < rules.groups.size(); ++g) {
      const Group& group = rules.groups[g];
      if (group.role == Role::Provider && !group.strategy->hostile()) honest.push_back(g);
    }
    cell_d = days(rules.horizon) / static_cast<double>(protocol::Metrics::kCells);
    first_cell = static_cast<std::size_t>(std::ceil(days(rules.warm_up) / cell_d - 1e-9));
    usd_per_token = protocol::usd_per_token(rules.token->start_price());
  }

  /// One number from each replication.
  [[nodiscard]] PerReplication each(const std::function<double(const RunOutcome&)>& take) const {
    PerReplication samples;
    for (const auto& replication : replications) samples.push_back(take(replication.run));
    return samples;
  }
  /// The same, or nothing where a replication has none to give.
  [[nodiscard]] PerReplication each_finite(
      const std::function<double(const RunOutcome&)>& take) const {
    PerReplication samples = each(take);
    const bool all =
        std::all_of(samples.begin(), samples.end(), [](double x) { return std::isfinite(x); });
    return all ? samples : PerReplication{};
  }
  /// A metric in the replications that have it.
  [[nodiscard]] PerReplication metric(std::string_view name) const {
    return defined(each([&](const RunOutcome& run) {
      const auto all = metrics(rules, run);
      const auto found = std::find_if(all.begin(), all.end(),
                                      [name](const Metric& metric) { return metric.name == name; });
      SIM_CHECK(found != all.end());
      return found->value;
    }));
  }
  /// A counter summed over groups, one a replication.
  [[nodiscard]] PerReplication sum(const Groups& groups, std::int64_t GroupTotals::*counter) const {
    return each([&](const RunOutcome& run) { return total(run, groups, counter); });
  }
  [[nodiscard]] static double total(const RunOutcome& run, const Groups& groups,
                                    std::int64_t GroupTotals::*counter) {
    double all = 0.0;
    for (const std::size_t g : groups) all += as_double(run.groups[g].*counter);
    return all;
  }
  [[nodiscard]] double members(const Groups& groups) const {
    double all = 0.0;
    for (const std::size_t g : groups) all += rules.groups[g].count;
    return all;
  }
  /// The mean over replications and its interval, through the cells after the warm-up. Empty where
  /// some cell has no value in some replication.
  [[nodiscard]] BandSeries series(
      std::string name, const Interval& range,
      const std::function<double(const RunOutcome&, std::size_t)>& take) const {
    BandSeries series{std::move(name), {}, {}, {}};
    for (std::size_t cell = first_cell; cell < protocol::Metrics::kCells; ++cell) {
      const auto samples = each_finite([&](const RunOutcome& run) { return take(run, cell); });
      if (samples.empty()) return {series.strategy, {}, {}, {}};
      const auto estimate = within(range, mean_estimate(samples));
      series.mean.push_back(estimate.value);
      if (!estimate.interval) continue;
      series.low.push_back(estimate.interval->low);
      series.high.push_back(estimate.interval->high);
    }
    return series;
  }
  [[nodiscard]] const protocol::GroupCell& cell(const RunOutcome& run, std::size_t at,
                                                std::size_t group) const {
    return run.group_cells[at * rules.groups.size() + group];
  }
};

double price_of_cell(const protocol::Cell& cell) {
  if (cell.awarded_work_us == 0) return std::nan("");
  return as_double(cell.awarded_uusd) * kMicro * kHourUs / as_double(cell.awarded_work_us);
}

double utilisation_of_cell(const Source& source, const RunOutcome& run, std::size_t cell) {
  const double slot_us = source.cell_d * 86'400e6 * as_double(run.provider_slots);
  return as_double(run.cells[cell].busy_slot_us) / slot_us;
}

// ---- Attacks and their theory -----------------------------------------------------------------

/// The terms of one cheated task: cost and reward as the honest twins of the group saw them.
std::optional<CheatTermsOfTask> terms_of(const Source& source, std::size_t group) {
  double cost = 0.0;
  double committed = 0.0;
  double reward = 0.0;
  double accepted = 0.0;
  for (const auto& replication : source.replications) {
    if (!replication.twin) return std::nullopt;
    const GroupTotals& totals = replication.twin->groups[group];
    cost += as_double(totals.energy_uusd + totals.wear_uusd) * kMicro;
    committed += as_double(totals.leases_committed);
    reward += as_double(totals.earned_utok) * kMicro * source.usd_per_token;
    accepted += as_double(totals.leases_accepted);
  }
  if (committed == 0.0 || accepted == 0.0) return std::nullopt;
  return analysis::terms_of(source.record.loaded.scenario, source.rules, group,
                            {cost / committed, reward / accepted});
}

double bad_leases_per_provider(const Source& source, std::size_t group) {
  return mean(source.sum({group}, &GroupTotals::leases_bad)) / source.members({group});
}

Theory theory_of(const Source& source, std::size_t group) {
  const auto terms = terms_of(source, group);
  if (!terms) return {};
  Theory theory;
  theory.formulas = formulas_for(*terms);
  theory.break_even_rate = break_even_rate(*terms);
  theory.gain_usd = gain_of_task_usd(*terms) * bad_leases_per_provider(source, group);
  return theory;
}

ReportAttack attack_of(const Source& source, std::size_t group) {
  const Group& of = source.rules.groups[group];
  ReportAttack attack;
  attack.strategy = of.name;
  const AttackWords words =
      words_for(source.record.loaded.scenario.actors[group], *source.rules.execution);
  attack.evidence.noun = words.noun;
  attack.evidence.subject = words.subject;
  attack.evidence.gains_usd = paired_gains_usd(source.rules, source.record.result, group);
  for (const auto& replication : source.replications) {
    attack.evidence.bad_leases += replication.run.groups[group].leases_bad;
  }
  attack.evidence.theory = theory_of(source, group);
  // A formula that misses the sign of the run says nothing about where that sign turns.
  const auto& predicted = attack.evidence.theory.gain_usd;
  const auto& gains = attack.evidence.gains_usd;
  attack.turns_known = predicted && !gains.empty() && (*predicted > 0) == (mean(gains) > 0);
  return attack;
}

// ---- What went through time, and who was caught -----------------------------------------------

BandSeries profit_series(const Source& source, std::string name, const Groups& groups) {
  return source.series(std::move(name), kAnywhere, [&](const RunOutcome& run, std::size_t cell) {
    double profit = 0.0;
    for (const std::size_t g : groups) {
      profit += as_double(source.cell(run, cell, g).wealth_uusd) * kMicro - run.group_start_usd[g];
    }
    return profit / source.members(groups);
  });
}

BandSeries bad_series(const Source& source, std::string name, const Groups& groups) {
  return source.series(std::move(name), kPartOfWhole, [&](const RunOutcome& run, std::size_t cell) {
    double accepted = 0.0;
    double bad = 0.0;
    for (std::size_t g = 0; g < source.rules.groups.size(); ++g) {
      accepted += as_double(source.cell(run, cell, g).accepted);
    }
    for (const std::size_t g : groups) bad += as_double(source.cell(run, cell, g).bad_accepted);
    return accepted > 0.0 ? bad / accepted : 0.0;
  });
}

Stages stages_of(const Source& source, std::string name, const Groups& groups) {
  return {std::move(name), source.sum(groups, &GroupTotals::leases_committed),
          source.sum(groups, &GroupTotals::leases_audited),
          source.sum(groups, &GroupTotals::flagged), source.sum(groups, &GroupTotals::slashed)};
}

std::vector<Observation> delays_of(const RunOutcome& run, std::size_t group) {
  std::vector<Observation> delays;
  for (const DetectionOutcome& seen : run.detections) {
    if (static_cast<std::size_t>(seen.group) == group)
      delays.push_back({seen.delay_d, seen.caught});
  }
  return delays;
}

Detection detection_of(const Source& source, std::size_t group) {
  Detection detection;
  detection.strategy = source.rules.groups[group].name;
  detection.median_d = source.each_finite([&](const RunOutcome& run) {
    return time_until(kaplan_meier(delays_of(run, group)), 0.5).value_or(std::nan(""));
  });
  for (const auto& replication : source.replications) {
    for (const auto& delay : delays_of(replication.run, group)) detection.delays_d.push_back(delay);
  }
  // By theory every provider hands in as many bad tasks a day as the mean of its group.
  const auto terms = terms_of(source, group);
  const double measured_d = days(source.rules.horizon - source.rules.warm_up);
  const double tasks_per_d = bad_leases_per_provider(source, group) / measured_d;
  if (!terms || tasks_per_d <= 0.0 || caught_after(*terms, 1.0) <= 0.0) return detection;
  constexpr int kPoints = 100;
  for (int i = 0; i <= kPoints; ++i) {
    const double time = measured_d * i / kPoints;
    detection.theory.push_back({time, caught_after(*terms, tasks_per_d * time)});
  }
  detection.theory_median_d =
      std::log(0.5) / std::log(1.0 - caught_after(*terms, 1.0)) / tasks_per_d;
  return detection;
}

void collect_strategies(const Source& source, ReportData& data) {
  for (std::size_t cell = source.first_cell; cell < protocol::Metrics::kCells; ++cell) {
    data.grid_d.push_back(source.cell_d * static_cast<double>(cell + 1));
  }
  if (!source.attackers.empty())
    data.bad_share.push_back(bad_series(source, "all", source.attackers));
  if (!source.honest.empty()) {
    data.profit_usd.push_back(profit_series(source, "honest", source.honest));
    data.stages.push_back(stages_of(source, "honest", source.honest));
  }
  for (const std::size_t group : source.attackers) {
    const std::string& name = source.rules.groups[group].name;
    data.attacks.push_back(attack_of(source, group));
    data.profit_usd.push_back(profit_series(source, name, {group}));
    data.bad_share.push_back(bad_series(source, name, {group}));
    data.stages.push_back(stages_of(source, name, {group}));
    data.detection.push_back(detection_of(source, group));
  }
}

// ---- The market -------------------------------------------------------------------------------

PerReplication daily(const Source& source, const RunOutcome& run,
                     const std::function<double(std::size_t)>& take) {
  PerReplication values;
  for (std::size_t cell = source.first_cell; cell < run.cells.size(); ++cell)
    values.push_back(take(cell));
  return values;
}

void collect_prices(const Source& source, ReportData& data) {
  data.price_by_day_usd_per_hour = source.series(
      "price", kNotNegative,
      [](const RunOutcome& run, std::size_t cell) { return price_of_cell(run.cells[cell]); });
  data.utilisation_by_day_share =
      source.series("utilisation", kPartOfWhole, [&](const RunOutcome& run, std::size_t cell) {
        return utilisation_of_cell(source, run, cell);
      });
  if (!data.price_by_day_usd_per_hour.mean.empty()) {
    const auto prices = [&](const RunOutcome& run) {
      return daily(source, run, [&](std::size_t cell) { return price_of_cell(run.cells[cell]); });
    };
    data.price_p95_per_p5 = source.each_finite([&](const RunOutcome& run) {
      return quantile(prices(run), 0.95) / quantile(prices(run), 0.05);
    });
    // A price that stays where it is has ranks by rounding alone.
    constexpr double kMoves = 1.001;
    data.price_utilisation_rank_correlation = source.each_finite([&](const RunOutcome& run) {
      const auto of_run = prices(run);
      if (quantile(of_run, 0.95) < kMoves * quantile(of_run, 0.05)) return std::nan("");
      const auto used = daily(
          source, run, [&](std::size_t cell) { return utilisation_of_cell(source, run, cell); });
      return spearman(of_run, used).value_or(std::nan(""));
    });
  }
  std::vector<double> cloud;
  for (const auto& replication : source.replications) {
    const auto& known = replication.run.cloud_usd_per_hour;
    cloud.insert(cloud.end(), known.begin(), known.end());
  }
  if (cloud.empty() || quantile(cloud, 0.5) <= 0.0) return;
  data.cloud_p10_usd_per_hour = quantile(cloud, 0.1);
  data.cloud_median_usd_per_hour = quantile(cloud, 0.5);
  data.cloud_p90_usd_per_hour = quantile(cloud, 0.9);
}

void collect_supply(const Source& source, ReportData& data) {
  for (std::size_t g = 0; g < source.rules.groups.size(); ++g) {
    const Group& group = source.rules.groups[g];
    if (group.role != Role::Provider) continue;
    const auto gpus = static_cast<std::int64_t>(group.count) * group.slots;
    const auto sold = source.each([&](const RunOutcome& run) {
      return as_double(run.groups[g].busy_slot_us) / (run.measured_s * 1e6 * as_double(gpus));
    });
    const auto online = source.each_finite([&](const RunOutcome& run) {
      return as_double(run.groups[g].panel_up) / as_double(run.groups[g].panel_seen);
    });
    if (online.empty()) continue;
    SupplyGroup supply{group.name, gpus, sold, {}, {}};
    for (std::size_t i = 0; i < sold.size(); ++i) {
      // The panel is a sample: where it saw less time online than was sold, nothing was idle.
      supply.idle_share.push_back(std::max(0.0, online[i] - sold[i]));
      supply.away_share.push_back(1.0 - sold[i] - supply.idle_share.back());
    }
    data.supply.push_back(std::move(supply));
  }
}

void collect_overhead(const Source& source, ReportData& data) {
  const auto per_network = [&](std::int64_t protocol::MarketTotals::*part) {
    return source.each_finite([&](const RunOutcome& run) {
      return as_double(run.market.*part) / as_double(run.market.work_network_us);
    });
  };
  const auto audits = per_network(&protocol::MarketTotals::audited_work_us);
  const auto disputes = per_network(&protocol::MarketTotals::rerun_work_us);
  const auto commitments = source.metric("commitment_overhead");
  if (audits.empty()) return;
  data.overhead = {{"audits", "work done again", audits},
                   {"commitments", "hashing and proofs", commitments},
                   {"disputes", "bisection and referee", disputes}};
  for (std::size_t i = 0; i < audits.size(); ++i) {
    data.overhead_share.push_back(audits[i] + disputes[i] + commitments[i]);
  }
}

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

// ---- What it rests on -------------------------------------------------------------------------

/// The part of a group's own cost that the step times among `costs` carry: by the shares of its
/// hardware and of the workloads that they name.
double part_of_cost(const Source& source, const Group& group, const std::set<std::string>& costs) {
  double part = 0.0;
  for (const auto& workload : source.rules.setting.workloads) {
    for (const auto& hardware : group.hardware) {
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
    data.cost_errors.push_back(
        {metric.metric.title, metric.metric.unit, metric.estimate, *summary.with_errors[i]});
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
  data.events = static_cast<std::int64_t>(result.events);
  data.wall_s = result.wall_s;
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
  collect_prices(source, data);
  collect_supply(source, data);
  collect_overhead(source, data);
  collect_metrics(source, data);
  collect_costs(source, data);
  collect_record(source, folder, data);
  return data;
}

}  // namespace assay::analysis
