#pragma once

#include <cmath>

#include "analysis/compare.hpp"
#include "analysis/sweep.hpp"

// Studies as a finished command would leave them; the numbers are invented.
namespace assay::analysis::fixtures {

inline StudyFacts study_facts_of(const char* name) {
  StudyFacts facts;
  facts.question = "Does it pay to skip all work and hope not to be audited?";
  facts.name = name;
  facts.version = "assay 0.1.0 (0123456789ab, GNU 12.2.0, Release)";
  facts.seed = 1;
  facts.replications = 6;
  facts.runs = 96;
  facts.reused = 12;
  facts.wall_s = 12.3;
  facts.threads = 2;
  facts.commands = {{"Repeats it:", "assay sweep scenarios/attacks/lazy.yaml"}};
  facts.inputs = {{"/scenarios/attacks/lazy.yaml", "0123456789abcdef"}};
  facts.costs = {{{"step times, published", 0.9, 1.2, {}}, "1 pair", "published", "a paper"}};
  facts.scenario = {{"assay: 1", ""}, {"name: lazy", ""}};
  facts.not_modelled = {{"Gangs", "A job on several GPUs is that many independent tasks."}};
  facts.glossary = {{"interval", "The range that covers the true mean in 95 of 100 reports."}};
  return facts;
}

/// Six replications around a value, spread by `noise`.
inline std::vector<double> around(double value, double noise) {
  std::vector<double> sample;
  for (const double z : {-1.2, -0.7, -0.1, 0.2, 0.6, 1.2}) sample.push_back(value + noise * z);
  return sample;
}

inline SweepAxis rate_axis() {
  return {"verification.rate",
          "share",
          true,
          {{"1 %", 0.01}, {"2 %", 0.02}, {"4 %", 0.04}, {"8 %", 0.08}, {"16 %", 0.16}}};
}

/// One axis; lazy and partial work pay at low rates and are deterred at high ones.
inline Sweep sweep_of_rates() {
  Sweep sweep{study_facts_of("lazy"), {rate_axis()}, {}};
  SweptMetric lazy{"gain_lazy_usd", "Gain of lazy", "USD", "Profit minus its twin's.", {}};
  SweptMetric partial{"gain_partial_usd", "Gain of partial", "USD", "Profit minus its twin's.", {}};
  SweptMetric overhead{"verification_overhead",
                       "Verification overhead",
                       "share",
                       "Work done again, of the accepted work.",
                       {}};
  for (const SweepValue& value : sweep.axes.front().values) {
    lazy.samples.push_back(around(30.0 - 600.0 * *value.number, 2.0));
    partial.samples.push_back(around(12.0 - 500.0 * *value.number, 2.0));
    overhead.samples.push_back(around(0.16 * *value.number, 0.0004));
  }
  sweep.metrics = {lazy, partial, overhead};
  return sweep;
}

/// Two axes; the gain falls along both.
inline Sweep sweep_of_rates_and_shares() {
  Sweep sweep = sweep_of_rates();
  sweep.axes.push_back(
      {"slashing.share", "share", false, {{"10 %", 0.1}, {"50 %", 0.5}, {"100 %", 1.0}}});
  SweptMetric lazy = sweep.metrics.front();
  lazy.samples.clear();
  for (const SweepValue& rate : sweep.axes[0].values) {
    for (const SweepValue& share : sweep.axes[1].values) {
      lazy.samples.push_back(around(20.0 - 600.0 * *rate.number * *share.number, 2.0));
    }
  }
  sweep.metrics = {lazy};
  return sweep;
}

inline Comparison comparison_of_rates() {
  const auto metric = [](const char* name, const char* title, const char* unit,
                         std::vector<double> samples) {
    return SummaryMetric{{name, title, unit, "A meaning.", 0.0}, std::move(samples), {}};
  };
  Comparison comparison;
  comparison.facts = study_facts_of("lazy");
  comparison.name_a = "lazy (A)";
  comparison.name_b = "lazy (B)";
  comparison.changed = {"  rate: 7 %"};
  comparison.changed_from = {"  rate: 6.25 %"};
  comparison.metrics = compare_metrics(
      std::vector<SummaryMetric>{
          metric("verification_overhead", "Verification overhead", "share", around(0.01, 0.001)),
          metric("honest_profit_usd", "Profit of an honest provider", "USD", around(1.5, 0.1)),
          metric("gain_lazy_usd", "Gain of lazy", "USD", around(-2.0, 0.5)),
          metric("exits", "Exits", "", {0, 0, 0, 0, 0, 0})},
      std::vector<SummaryMetric>{
          metric("verification_overhead", "Verification overhead", "share", around(0.012, 0.0011)),
          metric("honest_profit_usd", "Profit of an honest provider", "USD", around(1.51, 0.2)),
          metric("gain_lazy_usd", "Gain of lazy", "USD", around(-3.0, 0.4)),
          metric("exits", "Exits", "", {0, 0, 0, 0, 0, 0})});
  return comparison;
}

}  // namespace assay::analysis::fixtures
