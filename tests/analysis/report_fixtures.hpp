#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "analysis/report/report.hpp"

// Invented runs that put the page through its paces; no number in them comes from a market.
namespace assay::analysis::fixtures {

/// Deviations that sum to zero, so that a sample's mean is the value asked for.
inline PerReplication around(double centre, double spread, std::int64_t replications = 8) {
  static const std::vector<double> kSteps = {-1.3, 0.4, 1.1, -0.6, 0.9, -1.0, 1.2, -0.7};
  if (replications == 1) return {centre};
  PerReplication sample;
  for (std::int64_t i = 0; i < replications; ++i) {
    sample.push_back(centre + spread * kSteps[static_cast<std::size_t>(i) % kSteps.size()]);
  }
  return sample;
}

inline BandSeries rising(std::string strategy, const std::vector<double>& grid_d, double first,
                         double last, double spread, double bend, bool banded) {
  BandSeries series{std::move(strategy), {}, {}, {}};
  for (const double day : grid_d) {
    const double part = (day - grid_d.front()) / (grid_d.back() - grid_d.front());
    const double mean = first + (last - first) * std::pow(part, bend) +
                        0.15 * spread * std::sin(1.7 * day) + 0.1 * spread * std::sin(0.61 * day);
    series.mean.push_back(mean);
    if (!banded) continue;
    series.low.push_back(mean - spread * (0.3 + 0.7 * part));
    series.high.push_back(mean + spread * (0.3 + 0.7 * part));
  }
  return series;
}

inline Detection detection(std::string strategy, double mean_d, int identities,
                           std::int64_t replications) {
  Detection found{std::move(strategy), {}, {}, {}, mean_d * std::log(2.0)};
  for (int i = 0; i < identities; ++i) {
    const double u = (i + 0.5) / identities;
    const double time = -mean_d * std::log(1 - u) * (1 + 0.12 * std::sin(5.0 * i));
    found.delays_d.push_back({std::min(time, 60.0), time <= 60.0});
  }
  found.median_d = around(mean_d * std::log(2.0), 0.05 * mean_d, replications);
  for (int day = 0; day <= 60; ++day) {
    found.theory.push_back({static_cast<double>(day), 1 - std::exp(-day / mean_d)});
  }
  return found;
}

/// Three attacks, two deterred and one that pays.
inline ReportData mixed(std::int64_t n = 8) {
  const bool banded = n > 1;
  const auto some = [n](double centre, double spread) { return around(centre, spread, n); };
  ReportData data;
  data.question =
      "Does auditing 5 % of tasks keep cheats from paying, in a market of 1,500 providers that "
      "serves "
      "real job arrivals?";
  data.scenario_name = "quickstart";
  data.scenario_path = "scenarios/quickstart.yaml";
  data.providers = 1'500;
  data.jobs = 106'789;
  data.horizon_d = 90;
  data.warm_up_d = 14;
  data.reference_device = "RTX 3090";
  data.setting = {0.05, 85.4};
  data.rate_can_be_set = true;
  data.audited_segments = 3;
  data.segments_per_task = 24;
  data.attacks = {
      {"lazy",
       {"lazy work",
        "A provider who skips all work",
        some(-17.2, 4.1),
        48'120,
        {"V2", 0.045, -18.1}},
       true},
      {"partial",
       {"partial work",
        "A provider who skips a quarter of its work",
        some(-61, 6.2),
        31'007,
        {"V3", 0.019, -63.0}},
       true},
      {"ring",
       {"the ring",
        "Each of the 60 providers of the ring",
        some(9.1, 2.6),
        44'390,
        {"V2, V5", 0.053, 8.8}},
       true},
  };
  data.honest_profit_usd = some(85.4, 2.1);
  data.accepted_bad_share = some(0.0803, 0.0007);
  data.offered_bad_share = some(0.0848, 0.0007);
  data.price_usd_per_hour = some(0.171, 0.002);
  data.won_share = some(0.842, 0.005);
  data.honest_profit_usd_per_gpu_hour = some(0.0604, 0.0008);
  data.honest_cost_usd_per_gpu_hour = some(0.0911, 0.0006);
  data.overhead_share = some(0.0199, 0.0007);
  data.honest_slashes = 0;
  data.honest_audits = 84'296;
  for (int day = 14; day <= 90; ++day) data.grid_d.push_back(day);
  data.profit_usd = {rising("honest", data.grid_d, 0, 88, 1.5, 1, banded),
                     rising("lazy", data.grid_d, 0, 71, 4, 0.9, banded),
                     rising("partial", data.grid_d, 0, 27, 4, 0.7, banded),
                     rising("ring", data.grid_d, 0, 97, 2.5, 1, banded)};
  data.bad_share = {rising("all", data.grid_d, 0.098, 0.072, 0.002, 0.6, banded),
                    rising("lazy", data.grid_d, 0.046, 0.026, 0.001, 0.6, banded),
                    rising("partial", data.grid_d, 0.012, 0.0075, 0.0006, 0.6, banded),
                    rising("ring", data.grid_d, 0.041, 0.039, 0.0008, 1, banded)};
  data.stages = {
      {"honest", some(208'000, 900), some(10'540, 60), some(3.2, 1.1), some(0, 0)},
      {"lazy", some(7'650, 120), some(390, 14), some(390, 14), some(371, 12)},
      {"partial", some(3'900, 80), some(198, 9), some(115, 8), some(115, 8)},
      {"ring", some(7'900, 110), some(394, 15), some(335, 14), some(330, 14)},
  };
  data.detection = {detection("lazy", 9.5, 160, n), detection("ring", 11, 120, n),
                    detection("partial", 17, 150, n)};
  data.price_by_day_usd_per_hour = rising("network", data.grid_d, 0.168, 0.174, 0.05, 1, false);
  data.utilisation_by_day_share = rising("utilisation", data.grid_d, 0.66, 0.69, 0.2, 1, false);
  if (banded) {
    for (auto* series : {&data.price_by_day_usd_per_hour, &data.utilisation_by_day_share}) {
      for (const double value : series->mean) {
        series->low.push_back(0.98 * value);
        series->high.push_back(1.02 * value);
      }
    }
  }
  data.cloud_p10_usd_per_hour = 0.20;
  data.cloud_median_usd_per_hour = 0.29;
  data.cloud_p90_usd_per_hour = 0.35;
  data.price_utilisation_rank_correlation = some(0.91, 0.02);
  data.price_p95_per_p5 = some(1.35, 0.03);
  data.supply = {{"gamers", 920, some(0.28, 0.004), some(0.20, 0.004), some(0.52, 0)},
                 {"offices", 300, some(0.37, 0.006), some(0.245, 0.006), some(0.385, 0)},
                 {"labs", 320, some(0.63, 0.008), some(0.25, 0.008), some(0.12, 0)},
                 {"miners", 960, some(0.68, 0.007), some(0.27, 0.007), some(0.05, 0)}};
  data.overhead = {{"audits", "work done again", some(0.00622, 0.0002)},
                   {"commitments", "hashing and proofs", some(0.0094, 0.0006)},
                   {"disputes", "bisection and referee", some(0.00019, 0.00003)},
                   {"spoilt work", "done again", some(0.0041, 0.0003)}};
  data.metrics = {
      {"jobs_in_time_share", "Jobs finished by deadline", "share", "Of jobs with a deadline.",
       some(0.963, 0.005)},
      {"wait_median_min", "Waiting time, median", "min", "From posting to the start of work.",
       some(4.2, 0.3)},
      {"stake_per_value", "Stake at risk per value at risk", "", "At the end.", some(2.6, 0.1)},
      {"hhi", "Concentration of sales (HHI)", "", "Herfindahl–Hirschman index.",
       some(0.0021, 0.0001)},
      {"energy_mwh", "Energy", "MWh", "At the wall.", some(412, 7)},
  };
  data.costs = {
      {{"step time on the RTX 3090", 0.86, 1.16, {{"lazy work", 1.11}, {"the ring", 0.945}}},
       "1.00 RTX 3090-hour per work unit",
       "transferred",
       "per operator class, from A100 and V100 (published)"},
      {{"step time on other cards", 0.80, 1.24, {{"lazy work", 1.2}, {"the ring", 0.9}}},
       "0.38 to 2.3 RTX 3090-hours per work unit",
       "transferred",
       "per operator class, roofline ratio"},
      {{"board power", 0.92, 1.08, {{"lazy work", 1.15}, {"the ring", 0.925}}},
       "318 W, RTX 3090",
       "published",
       "maker's board power × load factor 0.91"},
      {{"power price", 0.96, 1.05, {{"lazy work", 1.15}, {"the ring", 0.925}}},
       "0.251 USD/kWh",
       "published",
       "hourly prices 2024, 22 regions"},
      {{"wear", 0.65, 1.4, {{"lazy work", 1.41}, {"the ring", 0.79}}},
       "0.030 USD per GPU-hour",
       "analytic",
       "street price over four years of use"},
      {{"hashing", 0.98, 1.02, {}},
       "0.61 s per GiB",
       "measured",
       "one CPU core of the host named in run.json"},
      {{"numerical distance", 0.70, 1.45, {}},
       "2.1e−5 relative, median",
       "published",
       "two-device comparison"},
  };
  for (const auto& [text, standard] : std::vector<std::pair<std::string, std::string>>{
           {"assay: 1", ""},
           {"name: quickstart", ""},
           {"verification:", ""},
           {"  kind: spot-check", ""},
           {"  rate: 5 %", "2 %"},
           {"  note: '</script><b>not markup</b>'", ""}}) {
    data.scenario.push_back({text, standard});
  }
  data.inputs = {{"effective.yaml", std::string(64, '3')},
                 {"scenarios/data/jobs.csv", std::string(64, 'a')}};
  data.seed = 1;
  data.replications = n;
  data.replications_asked = n;
  data.digest = std::string(64, 'c');
  for (std::int64_t i = 0; i < n; ++i) data.replication_digests.push_back(std::string(64, 'd'));
  data.version = "assay 0.1.0 (000000000000, a compiler, Release)";
  data.events = 31'400'000;
  data.wall_s = 8.7;
  data.threads = 2;
  data.commands = {
      {"Repeats this run:", "assay run scenarios/quickstart.yaml --seed 1 --replications 8"},
      {"Tells what happened to one principal and why:", "assay why out/quickstart principal 7"}};
  data.not_modelled = {{"Adaptive cheats", "Strategies keep to their plan even when it loses."},
                       {"Token price", "Constant: a falling price would thin the stake."},
                       {"Chain congestion", "Commitments are included at once and gas is flat."}};
  data.glossary = standard_glossary();
  return data;
}

/// Nothing is audited, and both cheats pay.
inline ReportData unaudited() {
  ReportData data = mixed();
  data.question = "What do cheats earn where nobody looks?";
  data.scenario_name = "unaudited";
  data.setting.rate = 0.0;
  data.rate_can_be_set = false;
  data.audited_segments = 0;
  data.attacks.resize(2);
  for (auto& attack : data.attacks) {
    attack.evidence.gains_usd = around(31, 3);
    attack.evidence.theory.gain_usd = 30.0;
    attack.turns_known = false;
  }
  data.honest_audits = 0;
  data.detection.clear();
  std::erase_if(data.profit_usd,
                [](const BandSeries& series) { return series.strategy == "ring"; });
  std::erase_if(data.bad_share, [](const BandSeries& series) { return series.strategy == "ring"; });
  data.stages.resize(3);
  for (auto& stages : data.stages) {
    stages.audited_tasks = stages.flagged_tasks = stages.slashed_tasks = around(0, 0);
  }
  for (auto& cost : data.costs) cost.band.turns.clear();
  return data;
}

/// One replication of the first: no interval anywhere.
inline ReportData single() {
  ReportData data = mixed(1);
  data.scenario_name = "single";
  return data;
}

/// Six groups whose segments were executed: what they earn nobody can tell, what they did is known.
inline ReportData executed() {
  ReportData data = mixed(4);
  data.scenario_name = "executed";
  data.question = "Who is caught when audits and disputes are executed?";
  data.horizon_d = 2;
  data.warm_up_d = 0;
  data.setting = {0.4, 1.5};
  for (double& day : data.grid_d) day = 2.0 * (day - 13.0) / 77.0;
  data.attacks = {
      {"lazy", {"lazy work", "A provider who skips all work", around(-0.2, 0.6, 4), 40, {}}, true}};
  data.stages = {{"honest", around(60, 4, 4), around(24, 2, 4), around(2, 1, 4), around(0, 0, 4)}};
  data.profit_usd.resize(1);
  data.bad_share.resize(1);
  data.detection.clear();
  for (const char* name : {"lazy", "made-up", "forgetful", "bad-memory", "fewer-micro-batches"}) {
    data.stages.push_back(
        {name, around(20, 2, 4), around(8, 1, 4), around(8, 1, 4), around(7, 1, 4)});
    data.profit_usd.push_back(rising(name, data.grid_d, 0, 1, 0.5, 1, true));
    data.bad_share.push_back(rising(name, data.grid_d, 0.02, 0.01, 0.004, 1, true));
    data.detection.push_back(detection(name, 0.4, 15, 4));
  }
  for (auto& cost : data.costs) cost.band.turns.clear();
  Executed executed{"live", "cpu-repops", "AMD EPYC", "gpt-1m", 4, 230, 51, 26, 12.0, {}};
  const auto dispute = [&executed](const char* behaviour, const char* loser, const char* op) {
    executed.disputes.push_back({"00f3a9c2e8b71d64", 3, behaviour, loser, "recomputed", 2, 171, op,
                                 9, 1'480'240, 12.6, 0.21});
  };
  dispute("skip", "provider", "embedding_backward");
  dispute("fabricated", "provider", "layer_norm_parameters_backward");
  dispute("honest", "challenger", "matmul_transposed_left");
  data.executed = executed;
  return data;
}

/// Honest providers alone, who lose money in a network dearer than the cloud, in a run cut short.
inline ReportData nobody() {
  ReportData data = mixed();
  data.scenario_name = "nobody";
  data.question = "Does anybody earn anything?";
  data.attacks.clear();
  data.honest_profit_usd = around(-4.2, 0.6);
  data.honest_profit_usd_per_gpu_hour = around(-0.003, 0.0004);
  data.price_usd_per_hour = around(0.31, 0.004);
  data.accepted_bad_share = data.offered_bad_share = around(0, 0);
  data.detection.clear();
  data.profit_usd = {rising("honest", data.grid_d, 0, -4.2, 0.5, 1, true)};
  data.bad_share.clear();
  data.stages.resize(1);
  for (auto& cost : data.costs) cost.band.turns.clear();
  data.replications_asked = 32;
  return data;
}

}  // namespace assay::analysis::fixtures
