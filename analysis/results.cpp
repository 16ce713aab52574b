#include "analysis/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/build_info.hpp"
#include "analysis/range.hpp"
#include "protocol/scenario/rules_from.hpp"

namespace assay::analysis {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

Json metrics_json(const RunRecord& record) {
  Json metrics = Json::object();
  const RunSummary summary = summary_of(record);
  for (std::size_t i = 0; i < summary.metrics.size(); ++i) {
    const SummaryMetric& metric = summary.metrics[i];
    Json entry;
    // One that is not a number is written as null.
    entry["mean"] = metric.estimate.value;
    entry["low"] = metric.estimate.interval ? Json(metric.estimate.interval->low) : Json(nullptr);
    entry["high"] = metric.estimate.interval ? Json(metric.estimate.interval->high) : Json(nullptr);
    entry["n"] = metric.having();
    entry["unit"] = metric.metric.unit;
    if (!summary.with_errors.empty()) {
      const auto& both = summary.with_errors[i];
      entry["low_with_cost_errors"] = both ? Json(both->low) : Json(nullptr);
      entry["high_with_cost_errors"] = both ? Json(both->high) : Json(nullptr);
    }
    metrics[metric.metric.name] = std::move(entry);
  }
  return metrics;
}

Json execution_json(const ExecutionRecord& record) {
  const Executed& executed = record.executed;
  return Json{{"mode", executed.mode},
              {"backend", executed.backend},
              {"device", executed.device},
              {"workload", executed.workload},
              {"steps", executed.steps},
              {"operators", executed.operators},
              {"segments", executed.segments},
              {"differing", executed.differing},
              {"disputes", executed.disputes.size()},
              {"tape", kTapeName},
              {"tape_sha256", record.tape_sha256}};
}

Json run_json(const RunRecord& record) {
  const ExperimentResult& result = record.result;
  Json run;
  run["assay"] = version_line();
  run["scenario"] = record.loaded.scenario.name;
  run["question"] = record.loaded.scenario.question;
  run["scenario_path"] = record.scenario_path.string();
  run["command"] = record.command;
  run["seed"] = record.seed;
  run["replications"] = record.replications;
  run["finished"] = result.replications.size();
  run["interrupted"] = result.interrupted;
  run["twins"] = !result.replications.empty() && result.replications.front().twin.has_value();
  run["digest"] = result.digest;
  run["events"] = record.events();
  run["wall_s"] = record.wall_s();
  run["threads"] = record.jobs;
  Json digests = Json::array();
  for (std::size_t r = 0; r < result.replications.size(); ++r) {
    const Replication& replication = result.replications[r];
    Json entry;
    entry["replication"] = result.ordinals[r];
    entry["seed"] = replication.run.seed;
    entry["digest"] = replication.run.digest;
    entry["twin_digest"] = replication.twin ? Json(replication.twin->digest) : Json(nullptr);
    entry["events"] = replication.run.events;
    entry["books_balance"] = replication.run.books_balance;
    entry["unfinished_jobs"] = replication.run.unfinished_jobs;
    entry["skipped_rows"] = replication.run.skipped_rows;
    digests.push_back(std::move(entry));
  }
  run["runs"] = std::move(digests);
  if (record.cost_errors) {
    run["cost_errors"] = {{"digest_low", record.cost_errors->low.digest},
                          {"digest_high", record.cost_errors->high.digest}};
  }
  Json failures = Json::array();
  for (const Failure& failure : result.failures) {
    failures.push_back({{"replication", failure.replication},
                        {"twin", failure.twin},
                        {"time_s", failure.time_s},
                        {"event", failure.event},
                        {"what", failure.what}});
  }
  run["failures"] = std::move(failures);
  Json inputs = Json::array();
  for (const protocol::InputFile& input : record.loaded.inputs) {
    inputs.push_back({{"path", input.path}, {"sha256", input.sha256}});
  }
  run["inputs"] = std::move(inputs);
  if (record.execution) run["execution"] = execution_json(*record.execution);
  Json provenance = Json::array();
  for (const protocol::Provenance& cost : record.loaded.rules->execution->provenance()) {
    Json line{{"cost", cost.cost},
              {"kind", cost.kind},
              {"source", cost.source},
              {"low", cost.low},
              {"high", cost.high}};
    if (cost.held_out) {
      line["held_out"] = {{"rejected", cost.held_out->rejected}, {"of", cost.held_out->of}};
    }
    provenance.push_back(std::move(line));
  }
  run["provenance"] = std::move(provenance);
  return run;
}

/// Calls `row(run, ordinal, name)` for every run: the markets, each followed by its twin.
template <class Row>
void each_run(const RunRecord& record, Row row) {
  const std::string& name = record.loaded.scenario.name;
  for (std::size_t r = 0; r < record.result.replications.size(); ++r) {
    const Replication& replication = record.result.replications[r];
    row(replication.run, record.result.ordinals[r], name);
    if (replication.twin) row(*replication.twin, record.result.ordinals[r], name + "-twin");
  }
}

void write_series(const RunRecord& record, const fs::path& path) {
  const protocol::Rules& rules = *record.loaded.rules;
  const double cell_s = sim::to_seconds(rules.horizon) / protocol::Metrics::kCells;
  OutputFile out(path);
  out.text("run,seed,replication,time_s,group,quantity,value\n");
  each_run(record, [&](const RunOutcome& run, int ordinal, const std::string& name) {
    const auto row = [&](std::size_t cell, std::string_view group, std::string_view quantity,
                         double value) {
      out.text(fmt::format("{},{},{},{},{},{},{}\n", name, run.seed, ordinal,
                           cell_s * static_cast<double>(cell + 1), group, quantity, value));
    };
    for (std::size_t c = 0; c < run.cells.size(); ++c) {
      const protocol::Cell& cell = run.cells[c];
      if (cell.awarded_work_us > 0) {
        row(c, "", "price_usd_per_gpu_hour",
            static_cast<double>(cell.awarded_uusd) * 3600.0 /
                static_cast<double>(cell.awarded_work_us));
      }
      row(c, "", "utilisation_share",
          static_cast<double>(cell.busy_slot_us) * 1e-6 /
              (cell_s * static_cast<double>(run.provider_slots)));
      row(c, "", "audits", static_cast<double>(cell.audits));
      row(c, "", "jobs", static_cast<double>(cell.jobs));
      row(c, "", "token_price_usd", static_cast<double>(cell.token_price_nusd) * 1e-9);
      for (std::size_t g = 0; g < rules.groups.size(); ++g) {
        const protocol::GroupCell& of = run.group_cells[c * rules.groups.size() + g];
        const std::string& group = rules.groups[g].name;
        row(c, group, "accepted_leases", static_cast<double>(of.accepted));
        row(c, group, "bad_accepted_leases", static_cast<double>(of.bad_accepted));
        row(c, group, "slashed_leases", static_cast<double>(of.slashed));
        row(c, group, "wealth_usd", static_cast<double>(of.wealth_uusd) * 1e-6);
      }
    }
  });
  out.close();
}

void write_principals(const RunRecord& record, const fs::path& path) {
  const protocol::Rules& rules = *record.loaded.rules;
  OutputFile out(path);
  out.text("run,seed,replication,time_s,principal,group,strategy,identities,profit_usd\n");
  each_run(record, [&](const RunOutcome& run, int ordinal, const std::string& name) {
    for (std::size_t p = 0; p < run.principals.size(); ++p) {
      const PrincipalOutcome& principal = run.principals[p];
      const protocol::Group& group = rules.groups[index(principal.group)];
      out.text(fmt::format("{},{},{},{},{},{},{},{},{}\n", name, run.seed, ordinal,
                           sim::to_seconds(rules.horizon), p, group.name, group.strategy_kind,
                           principal.identities, protocol::decimal(principal.profit.micro(), 6)));
    }
  });
  out.close();
}

double paired_gain_usd(const protocol::Rules& rules, const Replication& replication,
                       std::size_t group) {
  return profit_per_member_usd(rules, replication.run, group) -
         profit_per_member_usd(rules, *replication.twin, group);
}

}  // namespace

std::shared_ptr<const protocol::Rules> twin_of(const protocol::LoadedScenario& loaded) {
  const auto& groups = loaded.rules->groups;
  const bool attacked = std::any_of(groups.begin(), groups.end(), [](const protocol::Group& group) {
    return group.strategy->hostile();
  });
  if (!loaded.scenario.twins || !attacked) return nullptr;
  return protocol::honest_twin(*loaded.rules);
}

std::vector<double> paired_gains_usd(const protocol::Rules& rules, const ExperimentResult& result,
                                     std::size_t group) {
  std::vector<double> gains;
  for (const Replication& replication : result.replications) {
    if (replication.twin) gains.push_back(paired_gain_usd(rules, replication, group));
  }
  return gains;
}

std::string gain_metric(const std::string& group) { return fmt::format("gain_{}_usd", group); }
std::string task_cost_metric(const std::string& group) {
  return fmt::format("task_cost_{}_usd", group);
}
std::string task_reward_metric(const std::string& group) {
  return fmt::format("task_reward_{}_usd", group);
}

std::vector<Metric> metrics(const protocol::Rules& rules, const Replication& replication) {
  std::vector<Metric> all = metrics(rules, replication.run);
  if (!replication.twin) return all;
  for (const std::size_t group : attacking_groups(rules)) {
    const std::string& name = rules.groups[group].name;
    all.push_back({gain_metric(name), fmt::format("Gain of {}", name), "USD",
                   "Profit per member of the group, minus that of its honest twin under the "
                   "same draws.",
                   paired_gain_usd(rules, replication, group)});
    const std::string& kind = rules.groups[group].strategy_kind;
    if (!protocol::traits_of<protocol::Strategy>(kind).skips) continue;
    // What theory's break-even is worked out from.
    const protocol::GroupTotals& honest = replication.twin->groups[group];
    const auto per = [](double usd, std::int64_t tasks) {
      return tasks == 0 ? std::nan("") : usd / static_cast<double>(tasks);
    };
    all.push_back({task_cost_metric(name), fmt::format("Cost of an honest task of {}", name), "USD",
                   "Energy and wear of a task in the honest twin of the group.",
                   per(static_cast<double>(honest.energy_uusd + honest.wear_uusd) * 1e-6,
                       honest.leases_committed)});
    all.push_back({task_reward_metric(name), fmt::format("Pay for an honest task of {}", name),
                   "USD", "Payment for an accepted task in the honest twin of the group.",
                   per(static_cast<double>(honest.earned_utok) * 1e-6 *
                           protocol::usd_per_token(rules.token->start_price()),
                       honest.leases_accepted)});
  }
  return all;
}

std::vector<SummaryMetric> summarise(const protocol::Rules& rules, const ExperimentResult& result) {
  std::vector<SummaryMetric> all;
  for (const Replication& replication : result.replications) {
    std::vector<Metric> of_run = metrics(rules, replication);
    for (std::size_t i = 0; i < of_run.size(); ++i) {
      if (i == all.size()) all.push_back({of_run[i], {}, {}});
      all[i].samples.push_back(of_run[i].value);
    }
  }
  for (SummaryMetric& metric : all) {
    metric.estimate =
        within(range_of(metric.metric.name, metric.metric.unit), defined_estimate(metric.samples));
    metric.metric.value = metric.estimate.value;
  }
  return all;
}

std::optional<Interval> with_cost_errors(const SummaryMetric& middle, const SummaryMetric& low,
                                         const SummaryMetric& high) {
  const auto& a = middle.estimate.interval;
  const auto& b = low.estimate.interval;
  const auto& c = high.estimate.interval;
  if (!a || !b || !c) return std::nullopt;
  return Interval{std::min({a->low, b->low, c->low}), std::max({a->high, b->high, c->high})};
}

double RunRecord::wall_s() const {
  return result.wall_s + (cost_errors ? cost_errors->low.wall_s + cost_errors->high.wall_s : 0.0);
}

std::uint64_t RunRecord::events() const {
  return result.events + (cost_errors ? cost_errors->low.events + cost_errors->high.events : 0);
}

RunSummary summary_of(const RunRecord& record) {
  const protocol::Rules& rules = *record.loaded.rules;
  RunSummary summary{summarise(rules, record.result), {}};
  if (!record.cost_errors) return summary;
  const std::vector<SummaryMetric> low = summarise(rules, record.cost_errors->low);
  const std::vector<SummaryMetric> high = summarise(rules, record.cost_errors->high);
  for (std::size_t i = 0; i < summary.metrics.size(); ++i) {
    summary.with_errors.push_back(with_cost_errors(summary.metrics[i], low.at(i), high.at(i)));
  }
  return summary;
}

std::string summary_json(const RunRecord& record) {
  Json summary;
  summary["digest"] = record.result.digest;
  summary["seed"] = record.seed;
  summary["replications"] = record.result.replications.size();
  summary["wall_s"] = record.wall_s();
  summary["events"] = record.events();
  summary["metrics"] = metrics_json(record);
  if (record.result.interrupted) summary["interrupted"] = true;
  return summary.dump(2) + "\n";
}

fs::path default_folder(const RunRecord& record) {
  return fs::path("out") /
         fmt::format("{}-{}", record.loaded.scenario.name, record.result.digest.substr(0, 8));
}

void write_results(const RunRecord& record, const fs::path& folder,
                   const std::optional<ReportPage>& report) {
  ResultFolder out(folder);
  out.write("effective.yaml", record.loaded.effective_yaml);
  out.write("summary.json", summary_json(record));
  write_series(record, out.file("series.csv"));
  write_principals(record, out.file("principals.csv"));
  if (report) {
    out.write("report.json", report->data);
    out.write("report.html", report->html);
  }
  if (record.execution) out.write(kTapeName, record.execution->tape);
  out.write("run.json", run_json(record).dump(2) + "\n");
  out.finish();
}

}  // namespace assay::analysis
