#include <fmt/format.h>

#include <cmath>
#include <functional>
#include <vector>

#include "analysis/statistics.hpp"
#include "sim/distributions.hpp"
#include "tests/catch.hpp"

// Every interval of analysis/statistics.hpp on a process whose answer is known: how often does it
// hold that answer? `analysis_tests "[coverage]"` prints the table.
namespace assay::analysis {
namespace {

constexpr int kTrials = 2'000;
/// Of 2,000 trials at 95 %, 93 % to 97 % is four standard errors either side.
constexpr double kLeast = 0.93;
constexpr double kMost = 0.97;

enum class Kind {
  Nominal,      ///< covers 95 %
  Conservative  ///< exact for discrete observations: covers at least 95 %, often more
};

struct Row {
  const char* estimator;
  const char* process;
  Kind kind = Kind::Nominal;
  /// Whether the interval of one trial holds the known answer.
  std::function<bool(sim::Draws&)> covers;
};

std::vector<double> sample(std::size_t n, const std::function<double()>& draw) {
  std::vector<double> values(n);
  for (double& value : values) value = draw();
  return values;
}

bool holds(const Estimate& estimate, double answer) {
  return estimate.interval && estimate.interval->holds(answer);
}

std::int64_t successes(sim::Draws& draws, int trials, double p) {
  std::int64_t count = 0;
  for (int i = 0; i < trials; ++i) count += draws.uniform() < p ? 1 : 0;
  return count;
}

/// Ten replications of x' = 0.8 x + Z that start at 20, where its long-run mean is 0; each ends
/// with the mean of what the cut leaves.
bool covers_steady_mean(sim::Draws& draws, bool cut) {
  constexpr std::size_t kReplications = 10;
  constexpr std::size_t kLength = 400;
  std::vector<std::vector<double>> runs(kReplications, std::vector<double>(kLength));
  std::vector<double> average(kLength, 0.0);
  for (auto& run : runs) {
    double x = 20.0;
    for (std::size_t t = 0; t < kLength; ++t) {
      x = 0.8 * x + sim::normal(draws);
      run[t] = x;
      average[t] += x / kReplications;
    }
  }
  const std::size_t first = cut ? mser5(average).observations : 0;
  std::vector<double> means;
  for (const auto& run : runs) means.push_back(mean(std::span(run).subspan(first)));
  return holds(mean_estimate(means), 0.0);
}

/// Exponential times of mean 1, watched until an independent exponential time of mean 2.
bool covers_survival(sim::Draws& draws) {
  std::vector<Observation> observations;
  for (int i = 0; i < 100; ++i) {
    const double happens = sim::exponential(draws, 1.0);
    const double watched = sim::exponential(draws, 2.0);
    observations.push_back({std::min(happens, watched), happens <= watched});
  }
  const auto steps = kaplan_meier(observations);
  const HappenedStep* last = nullptr;
  for (const auto& step : steps) {
    if (step.time <= 1.0) last = &step;
  }
  return last != nullptr && last->interval.holds(1.0 - std::exp(-1.0));
}

std::vector<Row> rows() {
  std::vector<Row> all;
  all.push_back({"mean, Student's t", "8 normal", Kind::Nominal, [](sim::Draws& draws) {
                   const auto x = sample(8, [&] { return 3.0 + 2.0 * sim::normal(draws); });
                   return holds(mean_estimate(x), 3.0);
                 }});
  all.push_back({"mean, Student's t", "100 exponential", Kind::Nominal, [](sim::Draws& draws) {
                   const auto x = sample(100, [&] { return sim::exponential(draws, 2.0); });
                   return holds(mean_estimate(x), 2.0);
                 }});
  all.push_back({"paired difference", "12 pairs, common part lognormal", Kind::Nominal,
                 [](sim::Draws& draws) {
                   std::vector<double> a;
                   std::vector<double> b;
                   for (int i = 0; i < 12; ++i) {
                     const double common = sim::lognormal(draws, 0.0, 1.0);
                     a.push_back(common + 0.5 + 0.3 * sim::normal(draws));
                     b.push_back(common + 0.3 * sim::normal(draws));
                   }
                   return holds(mean_estimate(paired_difference(a, b)), 0.5);
                 }});
  all.push_back({"several means, Holm: all at once", "4 of 10 normal, no effect", Kind::Nominal,
                 [](sim::Draws& draws) {
                   std::vector<std::vector<double>> family;
                   for (int i = 0; i < 4; ++i) {
                     family.push_back(sample(10, [&] { return sim::normal(draws); }));
                   }
                   for (const auto& member : holm_estimates(family)) {
                     if (!holds(member.estimate, 0.0)) return false;
                   }
                   return true;
                 }});
  all.push_back({"ratio of means, Fieller", "12 pairs, correlated normal", Kind::Nominal,
                 [](sim::Draws& draws) {
                   std::vector<double> a;
                   std::vector<double> b;
                   for (int i = 0; i < 12; ++i) {
                     const double common = sim::normal(draws);
                     a.push_back(6.0 + common + sim::normal(draws));
                     b.push_back(4.0 + common);
                   }
                   return holds(ratio_of_means(a, b), 1.5);
                 }});
  all.push_back({"proportion, Wilson", "p = 0.1, 300 trials", Kind::Nominal, [](sim::Draws& draws) {
                   return holds(proportion(successes(draws, 300, 0.1), 300), 0.1);
                 }});
  all.push_back({"proportion, Clopper-Pearson", "p = 0.1, 300 trials", Kind::Conservative,
                 [](sim::Draws& draws) {
                   return clopper_pearson(successes(draws, 300, 0.1), 300).holds(0.1);
                 }});
  all.push_back(
      {"proportion, upper bound", "p = 0.02, 300 trials", Kind::Conservative,
       [](sim::Draws& draws) { return 0.02 <= binomial_upper(successes(draws, 300, 0.02), 300); }});
  all.push_back({"median", "50 exponential", Kind::Conservative, [](sim::Draws& draws) {
                   const auto x = sample(50, [&] { return sim::exponential(draws, 1.0); });
                   return holds(quantile_estimate(x, 0.5), std::log(2.0));
                 }});
  all.push_back({"95 % quantile", "200 exponential", Kind::Conservative, [](sim::Draws& draws) {
                   const auto x = sample(200, [&] { return sim::exponential(draws, 1.0); });
                   return holds(quantile_estimate(x, 0.95), std::log(20.0));
                 }});
  all.push_back({"share happened, Kaplan-Meier", "100 exponential, a third censored", Kind::Nominal,
                 covers_survival});
  all.push_back({"steady mean, MSER-5 and t", "10 runs of AR(1), biased start", Kind::Nominal,
                 [](sim::Draws& draws) { return covers_steady_mean(draws, true); }});
  return all;
}

double coverage(const Row& row) {
  int held = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    sim::Draws draws(20'261, 1, static_cast<std::uint64_t>(trial));
    if (row.covers(draws)) ++held;
  }
  return static_cast<double>(held) / kTrials;
}

}  // namespace

TEST_CASE("95 % intervals hold the known answer in 95 % of trials", "[analysis][coverage]") {
  fmt::print("{:<34} {:<34} {:>8}\n", "estimator", "process", "covers");
  for (const Row& row : rows()) {
    const double covered = coverage(row);
    fmt::print("{:<34} {:<34} {:>7.2f}%{}\n", row.estimator, row.process, covered * 100,
               row.kind == Kind::Conservative ? "  at least 95 % by construction" : "");
    CAPTURE(row.estimator, row.process, covered);
    if (row.kind == Kind::Nominal) {
      CHECK(covered >= kLeast);
      CHECK(covered <= kMost);
    } else {
      // Two standard errors of 2,000 trials below 95 %.
      CHECK(covered >= 0.95 - 2 * std::sqrt(0.95 * 0.05 / kTrials));
    }
  }
}

TEST_CASE("without its warm-up removed a biased start is not covered", "[analysis][coverage]") {
  const Row row{"", "", Kind::Nominal,
                [](sim::Draws& draws) { return covers_steady_mean(draws, false); }};
  CHECK(coverage(row) < 0.8);
}

}  // namespace assay::analysis
