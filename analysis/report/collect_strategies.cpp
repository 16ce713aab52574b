#include <cmath>
#include <utility>

#include "analysis/attack_evidence.hpp"
#include "analysis/range.hpp"
#include "analysis/report/collect_source.hpp"

namespace assay::analysis::collecting {
namespace {

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

}  // namespace

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

}  // namespace assay::analysis::collecting
