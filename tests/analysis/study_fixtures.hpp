#pragma once

#include <cmath>

#include "analysis/compare.hpp"
#include "analysis/sweep.hpp"
#include "analysis/tuning/resistance.hpp"
#include "analysis/tuning/tune.hpp"

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
          "log",
          {"1 %", "2 %", "4 %", "8 %", "16 %"},
          {0.01, 0.02, 0.04, 0.08, 0.16}};
}

/// One axis; lazy and partial work pay at low rates and are deterred at high ones.
inline Sweep sweep_of_rates() {
  Sweep sweep{study_facts_of("lazy"), {rate_axis()}, {}, {}};
  SweptMetric lazy{{"gain_lazy_usd", "Gain of lazy", "USD", "Profit minus its twin's."}, {}};
  SweptMetric partial{{"gain_partial_usd", "Gain of partial", "USD", "Profit minus its twin's."},
                      {}};
  SweptMetric overhead{{"verification_overhead", "Verification overhead", "share",
                        "Work done again, of the accepted work."},
                       {}};
  for (const auto& value : sweep.axes.front().values) {
    lazy.samples.push_back(around(30.0 - 600.0 * *value, 2.0));
    partial.samples.push_back(around(12.0 - 500.0 * *value, 2.0));
    overhead.samples.push_back(around(0.16 * *value, 0.0004));
  }
  sweep.metrics = {lazy, partial, overhead};
  sweep.theory = {{"gain_lazy_usd", "lazy", "V2", 0.05},
                  {"gain_partial_usd", "partial", "V3", 0.024}};
  return sweep;
}

/// Two axes; the gain falls along both.
inline Sweep sweep_of_rates_and_shares() {
  Sweep sweep = sweep_of_rates();
  sweep.axes.push_back(
      {"slashing.share", "share", "linear", {"10 %", "50 %", "100 %"}, {0.1, 0.5, 1.0}});
  sweep.theory.clear();
  SweptMetric lazy = sweep.metrics.front();
  lazy.samples.clear();
  for (const auto& rate : sweep.axes[0].values) {
    for (const auto& share : sweep.axes[1].values) {
      lazy.samples.push_back(around(20.0 - 600.0 * *rate * *share, 2.0));
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

/// Attacks of every verdict: one far out on the losing side, one whose parameters make its name
/// long, one that nobody was seen to commit.
inline ResistanceTable table_of_attacks() {
  ResistanceTable table;
  table.facts = study_facts_of("lazy");
  table.audit_rate = 0.04;
  table.share = 0.05;
  const auto row = [&table](const char* strategy, const char* noun, const char* parameters,
                            Verdict verdict, Estimate gain) {
    ResistanceRow one;
    one.strategy = strategy;
    one.noun = noun;
    one.parameters = parameters;
    one.verdict = verdict;
    one.gain_usd = gain;
    one.gains_usd = around(gain.value, 1.0);
    one.honest_usd = 2.5;
    one.others_usd = {-0.4, Interval{-0.7, -0.1}};
    one.sentence = std::string("What the run says of ") + noun + ".";
    one.theory = "No closed form is known for it.";
    table.rows.push_back(one);
  };
  row("lazy", "lazy work", "", Verdict::Pays, {31.4, Interval{28.9, 33.9}});
  row("low-precision", "low-precision work", "share 35 %", Verdict::Pays,
      {12.2, Interval{9.8, 14.6}});
  row("rubber-stamp", "rubber-stamping", "", Verdict::Undecided, {0.3, Interval{-1.1, 1.7}});
  row("ring", "the ring", "share 5 %", Verdict::Deterred, {-6.1, Interval{-7.2, -5.0}});
  row("exit-scam", "the exit scam", "", Verdict::Deterred, {-812.0, Interval{-1'002.0, -622.0}});
  ResistanceRow& lazy = table.rows.front();
  lazy.theory = "Theory (V2) puts the break-even at 5.0 %; the 4 % set is below it.";
  lazy.caught_share = Estimate{0.61, Interval{0.55, 0.67}};
  lazy.delay_d = Estimate{3.2, Interval{2.8, 3.6}};
  lazy.deterrents = {{"audit rate", "V2", 0.05, {}}, {"stake", "V2", 2.38, {}}};
  table.rows.back().griefing_factor = Estimate{0.11, Interval{0.08, 0.14}};
  return table;
}

/// A rate that was found: one constraint close to its limit, one nowhere near it, one without any
/// spread.
inline Tuning tuned_rate() {
  Tuning tuning;
  tuning.facts = study_facts_of("lazy");
  tuning.verdict = TuneVerdict::Found;
  tuning.headline =
      "verification.rate = 5.2 % is the cheapest that keeps attack_gain < 0, honest_margin > 0 and "
      "false_slashes < 1: verification overhead 0.83 % [0.81, 0.85], with 95 % confidence.";
  tuning.minimise = "verification_overhead";
  tuning.title = "Verification overhead";
  tuning.unit = "share";
  tuning.cost = Estimate{0.0083, Interval{0.0081, 0.0085}};
  tuning.parameters = {{"verification.rate", "%", 0.0, 20.0, 5.2, "5.2 %"}};
  const auto constraint = [](const char* text, const char* metric, const char* unit, double limit) {
    ConstraintEvidence one;
    one.text = text;
    one.metric = metric;
    one.unit = unit;
    one.below = one.text.find('<') != std::string::npos;
    one.limit = limit;
    one.answer = "holds";
    one.replications = 4;
    one.search = "holds everywhere";
    return one;
  };
  ConstraintEvidence gain = constraint("attack_gain < 0", "attack_gain", "USD", 0.0);
  gain.estimate = {-0.21, Interval{-0.37, -0.05}};
  gain.replications = 64;
  gain.worst = "lazy work";
  gain.distance_se = 2.9;
  gain.search = "precise";
  gain.fails = 5.0;
  gain.holds = 5.2;
  gain.steps = {{10.0, "holds", 4, {-5.1, Interval{-6.4, -3.8}}, "lazy work"},
                {5.0, "fails", 128, {0.1, Interval{0.02, 0.18}}, "lazy work"},
                {5.2, "holds", 64, {-0.21, Interval{-0.37, -0.05}}, "lazy work"}};
  ConstraintEvidence margin = constraint("honest_margin > 0", "honest_margin_share", "share", 0.0);
  margin.estimate = {0.164, Interval{0.160, 0.168}};
  margin.distance_se = 82.0;
  ConstraintEvidence slashes = constraint("false_slashes < 1", "false_slashes", "", 1.0);
  slashes.estimate = {0.0, Interval{0.0, 0.0}};
  slashes.distance_se = 100.0;
  tuning.constraints = {gain, margin, slashes};
  tuning.breaks_first =
      "attack_gain < 0 breaks first: it is known to fail at 5 %, 3.8 % below the answer.";
  tuning.attacks = {{"lazy", "lazy work", ""}, {"partial", "partial work", "share 100 %"}};
  tuning.theory = {"V2", 5.0,
                   "Theory (V2) puts the break-even at 5 %, inside the bracket that was found, 5 % "
                   "to 5.2 %."};
  for (const double rate : {0.0, 4.0, 5.2, 8.0, 12.0, 16.0, 20.0}) {
    const double cost = 0.0016 * rate;
    tuning.costs.push_back({rate, {cost, Interval{0.97 * cost, 1.03 * cost}}});
  }
  tuning.scenario = "assay: 1\n";
  return tuning;
}

}  // namespace assay::analysis::fixtures
