#include "analysis/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>

#include "sim/check.hpp"
#include "sim/math.hpp"

namespace assay::analysis {
namespace {

namespace math = boost::math;

/// The two-sided quantile of Student's distribution for n observations.
double t_factor(std::size_t n, double alpha) {
  const math::students_t law(static_cast<double>(n - 1));
  return math::quantile(math::complement(law, alpha / 2));
}

/// The two-sided quantile of the normal distribution.
double normal_factor(double alpha) {
  return math::quantile(math::complement(math::normal(), alpha / 2));
}

/// Covariance of two means over the same replications.
double mean_covariance(std::span<const double> a, std::span<const double> b) {
  const double centre_a = mean(a);
  const double centre_b = mean(b);
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - centre_a) * (b[i] - centre_b);
  const auto n = static_cast<double>(a.size());
  return sum / (n - 1) / n;
}

/// Indices of `values`, smallest value first; equal values keep their order.
std::vector<std::size_t> order_of(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  return order;
}

/// Ranks from 1; equal values share the mean of theirs.
std::vector<double> mean_ranks(std::span<const double> values) {
  const auto order = order_of(values);
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) ++last;
    for (std::size_t i = first; i <= last; ++i) {
      ranks[order[i]] = static_cast<double>(first + last) / 2 + 1;
    }
    first = last + 1;
  }
  return ranks;
}

}  // namespace

double mean(std::span<const double> sample) {
  SIM_CHECK(!sample.empty());
  return std::accumulate(sample.begin(), sample.end(), 0.0) / static_cast<double>(sample.size());
}

double standard_error(std::span<const double> sample) {
  SIM_CHECK(sample.size() >= 2);
  return std::sqrt(mean_covariance(sample, sample));
}

Estimate mean_estimate(std::span<const double> sample, double alpha) {
  Estimate estimate{mean(sample), std::nullopt};
  if (sample.size() < 2) return estimate;
  const double half = t_factor(sample.size(), alpha) * standard_error(sample);
  estimate.interval = Interval{estimate.value - half, estimate.value + half};
  return estimate;
}

std::vector<double> defined(std::span<const double> sample) {
  std::vector<double> numbers;
  std::copy_if(sample.begin(), sample.end(), std::back_inserter(numbers),
               [](double value) { return !std::isnan(value); });
  return numbers;
}

Estimate defined_estimate(std::span<const double> sample, double alpha) {
  const std::vector<double> numbers = defined(sample);
  if (numbers.empty()) return {std::numeric_limits<double>::quiet_NaN(), std::nullopt};
  return mean_estimate(numbers, alpha);
}

bool is_constant(std::span<const double> sample) {
  constexpr double kRounding = 1e-12;
  return std::all_of(sample.begin(), sample.end(), [&sample](double value) {
    const double size = std::max(std::abs(value), std::abs(sample.front()));
    return std::abs(value - sample.front()) <= kRounding * size;
  });
}

double t_test_p(std::span<const double> sample) {
  const double error = standard_error(sample);
  const double centre = mean(sample);
  if (error == 0.0) return centre == 0.0 ? 1.0 : 0.0;
  const math::students_t law(static_cast<double>(sample.size() - 1));
  return 2 * math::cdf(math::complement(law, std::abs(centre / error)));
}

std::vector<double> paired_difference(std::span<const double> a, std::span<const double> b) {
  SIM_CHECK(a.size() == b.size());
  std::vector<double> difference(a.size());
  std::transform(a.begin(), a.end(), b.begin(), difference.begin(), std::minus<>());
  return difference;
}

std::vector<HolmStep> holm(std::span<const double> p, double alpha) {
  std::vector<HolmStep> steps(p.size());
  double level = alpha;
  bool rejecting = true;
  std::size_t left = p.size();
  for (const std::size_t i : order_of(p)) {
    if (rejecting) {
      level = alpha / static_cast<double>(left);
      rejecting = p[i] < level;
    }
    steps[i] = HolmStep{level, rejecting};
    --left;
  }
  return steps;
}

std::vector<HolmEstimate> holm_estimates(std::span<const std::vector<double>> samples,
                                         double alpha) {
  std::vector<double> p;
  for (const auto& sample : samples) p.push_back(sample.size() < 2 ? 1.0 : t_test_p(sample));
  const auto steps = holm(p, alpha);
  std::vector<HolmEstimate> estimates(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    estimates[i] = HolmEstimate{mean_estimate(samples[i], steps[i].level), steps[i].level};
  }
  return estimates;
}

double binomial_upper(std::int64_t successes, std::int64_t trials, double alpha) {
  SIM_CHECK(0 <= successes && successes <= trials && trials > 0);
  if (successes == trials) return 1.0;
  const math::beta_distribution<> law(static_cast<double>(successes + 1),
                                      static_cast<double>(trials - successes));
  return math::quantile(math::complement(law, alpha));
}

Interval clopper_pearson(std::int64_t successes, std::int64_t trials, double alpha) {
  const double high = binomial_upper(successes, trials, alpha / 2);
  const double low = 1.0 - binomial_upper(trials - successes, trials, alpha / 2);
  return Interval{low, high};
}

Estimate proportion(std::int64_t successes, std::int64_t trials, double alpha) {
  SIM_CHECK(0 <= successes && successes <= trials && trials > 0);
  const double z = normal_factor(alpha);
  const auto n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return {p, Interval{std::max(0.0, centre - half), std::min(1.0, centre + half)}};
}

Estimate ratio_of_means(std::span<const double> numerators, std::span<const double> denominators,
                        double alpha) {
  SIM_CHECK(numerators.size() == denominators.size());
  const double a = mean(numerators);
  const double b = mean(denominators);
  Estimate ratio{a / b, std::nullopt};
  if (numerators.size() < 2) return ratio;
  // The ratios r for which the mean of a - r b is not told from zero: a quadratic in r.
  const double t = t_factor(numerators.size(), alpha);
  const double aa = a * a - t * t * mean_covariance(numerators, numerators);
  const double ab = a * b - t * t * mean_covariance(numerators, denominators);
  const double bb = b * b - t * t * mean_covariance(denominators, denominators);
  if (bb <= 0.0) return ratio;
  const double root = std::sqrt(std::max(0.0, ab * ab - aa * bb));
  ratio.interval = Interval{(ab - root) / bb, (ab + root) / bb};
  return ratio;
}

WarmUp mser5(std::span<const double> series) {
  constexpr std::size_t kBatch = 5;
  const std::size_t batches = series.size() / kBatch;
  if (batches < 2) return {};
  // From the end to the front, so that each sum takes in one batch more; what is left over at the
  // end of the series is the latest and stays out, as no batch holds it.
  double sum = 0.0;
  double squares = 0.0;
  double least = std::numeric_limits<double>::infinity();
  std::size_t cut = 0;
  // Sums about the last batch: a level far above the spread would swallow the digits of the rest.
  const double level = mean(series.subspan((batches - 1) * kBatch, kBatch));
  for (std::size_t first = batches; first-- > 0;) {
    const double value = mean(series.subspan(first * kBatch, kBatch)) - level;
    sum += value;
    squares += value * value;
    const auto left = static_cast<double>(batches - first);
    // The last few batches can agree by chance and say nothing about the rest.
    if (batches - first < kBatch && batches > kBatch) continue;
    const double error = std::max(0.0, squares - sum * sum / left) / (left * left);
    if (error <= least) {
      least = error;
      cut = first;
    }
  }
  return {cut * kBatch, 2 * cut <= batches};
}

std::vector<HappenedStep> kaplan_meier(std::vector<Observation> observations, double alpha) {
  std::sort(observations.begin(), observations.end(),
            [](const Observation& a, const Observation& b) { return a.time < b.time; });
  const double z = normal_factor(alpha);
  std::vector<HappenedStep> steps;
  double survival = 1.0;
  double greenwood = 0.0;
  for (std::size_t i = 0; i < observations.size();) {
    const auto at_risk = static_cast<double>(observations.size() - i);
    const double time = observations[i].time;
    double events = 0.0;
    for (; i < observations.size() && observations[i].time == time; ++i) {
      if (observations[i].happened) events += 1.0;
    }
    if (events == 0.0) continue;
    survival *= 1.0 - events / at_risk;
    HappenedStep step{time, 1.0 - survival, {1.0 - survival, 1.0 - survival}};
    if (survival > 0.0) {
      greenwood += events / (at_risk * (at_risk - events));
      const double spread = std::exp(z * std::sqrt(greenwood) / std::abs(std::log(survival)));
      step.interval = {1.0 - std::pow(survival, 1.0 / spread), 1.0 - std::pow(survival, spread)};
    } else if (!steps.empty()) {
      // Nobody is left: the scale has no value here, and the last interval still bounds below.
      step.interval = {steps.back().interval.low, 1.0};
    } else {
      step.interval = {0.0, 1.0};
    }
    steps.push_back(step);
  }
  return steps;
}

std::optional<double> time_until(std::span<const HappenedStep> steps, double share) {
  const auto reached = std::find_if(steps.begin(), steps.end(), [share](const HappenedStep& step) {
    return step.share >= share - 1e-12;  // 1 - S, so that half of an even number counts as half
  });
  if (reached == steps.end()) return std::nullopt;
  return reached->time;
}

std::optional<double> spearman(std::span<const double> a, std::span<const double> b) {
  SIM_CHECK(a.size() == b.size());
  if (a.size() < 2) return std::nullopt;
  const auto ranks_a = mean_ranks(a);
  const auto ranks_b = mean_ranks(b);
  const double spread =
      std::sqrt(mean_covariance(ranks_a, ranks_a) * mean_covariance(ranks_b, ranks_b));
  if (spread == 0.0) return std::nullopt;
  return mean_covariance(ranks_a, ranks_b) / spread;
}

Estimate quantile_estimate(std::vector<double> sample, double p, double alpha) {
  Estimate estimate{sim::sample_quantile(sample, p), std::nullopt};
  std::sort(sample.begin(), sample.end());
  const std::size_t n = sample.size();
  const math::binomial law(static_cast<double>(n), p);
  // The quantile lies below the order statistic of rank r with probability P(B < r), above the one
  // of rank s with P(B >= s). Ranks count from 1; rank 0 and n + 1 do not exist.
  std::size_t low = 0;
  while (low < n && math::cdf(law, static_cast<double>(low)) <= alpha / 2) ++low;
  std::size_t high = n + 1;
  while (high > 1 &&
         math::cdf(math::complement(law, static_cast<double>(high) - 2.0)) <= alpha / 2) {
    --high;
  }
  if (low >= 1 && high <= n) estimate.interval = Interval{sample[low - 1], sample[high - 1]};
  return estimate;
}

}  // namespace assay::analysis
