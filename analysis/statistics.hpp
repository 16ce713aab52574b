#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

/// Estimates with their uncertainty. Everything here reads results; nothing reaches a simulation,
/// so the C library's functions and Boost.Math are allowed.
namespace assay::analysis {

struct Interval {
  double low = 0.0;
  double high = 0.0;
  [[nodiscard]] double half_width() const { return (high - low) / 2; }
  [[nodiscard]] bool holds(double value) const { return low <= value && value <= high; }
};

/// A value and what it is known to. One observation has no interval, and nothing invents one; none
/// at all has a value that is not a number.
struct Estimate {
  double value = 0.0;
  std::optional<Interval> interval;
};

inline constexpr double kAlpha = 0.05;  ///< 95 % intervals, unless a function is told otherwise

/// Requires at least one observation.
[[nodiscard]] double mean(std::span<const double> sample);
/// Standard error of the mean; requires at least two observations.
[[nodiscard]] double standard_error(std::span<const double> sample);
/// The mean with Student's interval at level 1 - alpha; no interval below two observations.
[[nodiscard]] Estimate mean_estimate(std::span<const double> sample, double alpha = kAlpha);
/// The observations that are numbers: a metric is none in a run that has nothing to say it of.
[[nodiscard]] std::vector<double> defined(std::span<const double> sample);
/// The mean over those; not a number where there are none.
[[nodiscard]] Estimate defined_estimate(std::span<const double> sample, double alpha = kAlpha);
/// So many equal observations are taken for a constant; fewer may have missed what is rare.
inline constexpr std::size_t kConstantFrom = 32;
/// Whether no observation differs from the first by more than the rounding of sums and ratios.
[[nodiscard]] bool is_constant(std::span<const double> sample);
/// Two-sided p of Student's test that the mean is zero. Without any spread it is 1 for a mean of
/// zero and 0 otherwise. Requires two observations.
[[nodiscard]] double t_test_p(std::span<const double> sample);

/// a[i] - b[i]: replication i of one treatment against the same draws under the other.
[[nodiscard]] std::vector<double> paired_difference(std::span<const double> a,
                                                    std::span<const double> b);

/// One hypothesis of a family that Holm tested.
struct HolmStep {
  double level = kAlpha;  ///< the level its interval is drawn at
  bool rejected = false;
};
/// Holm's step-down levels, in the order of `p`: the hypothesis of rank r is tested at
/// alpha / (m - r + 1); after the first that stands, all later ones keep that level. Equal p keep
/// their order. Source: Holm, "A simple sequentially rejective multiple test procedure", 1979.
[[nodiscard]] std::vector<HolmStep> holm(std::span<const double> p, double alpha = kAlpha);

/// A mean whose interval is drawn at the level at which Holm tests it.
struct HolmEstimate {
  Estimate estimate;
  double level = kAlpha;
};
/// The means of several paired gains, each with an interval that lies off zero exactly when Holm
/// rejects "no gain" for it. Samples need two observations for an interval.
[[nodiscard]] std::vector<HolmEstimate> holm_estimates(std::span<const std::vector<double>> samples,
                                                       double alpha = kAlpha);

/// The exact upper confidence bound of a probability after `successes` of `trials`; for none of N
/// it is 1 - alpha^(1/N). One-sided: at level 1 - alpha the probability is not above it.
[[nodiscard]] double binomial_upper(std::int64_t successes, std::int64_t trials,
                                    double alpha = kAlpha);
/// Clopper and Pearson's interval of a probability; never covers less than 1 - alpha.
[[nodiscard]] Interval clopper_pearson(std::int64_t successes, std::int64_t trials,
                                       double alpha = kAlpha);

/// Wilson's interval of a probability: on average it covers 1 - alpha, where Clopper and Pearson's
/// covers more. Source: Wilson, "Probable inference, the law of succession, and statistical
/// inference", JASA 22 (1927).
[[nodiscard]] Estimate proportion(std::int64_t successes, std::int64_t trials,
                                  double alpha = kAlpha);

/// mean(numerators) / mean(denominators) over the same replications with Fieller's interval; none
/// where the mean of the denominators cannot be told from zero at this level.
/// Source: Fieller, "Some problems in interval estimation", JRSS B 16 (1954).
[[nodiscard]] Estimate ratio_of_means(std::span<const double> numerators,
                                      std::span<const double> denominators, double alpha = kAlpha);

/// Where a series that starts in an untypical state has settled.
struct WarmUp {
  std::size_t observations = 0;  ///< to leave out at the start: a multiple of five
  /// False where the best place to cut lies beyond the middle: the series is too short to tell.
  bool settled = false;
};
/// The cut that MSER-5 chooses: of the means of five observations each, those are left out whose
/// absence makes the standard error of the mean of the rest least. For the mean over replications
/// of any quantity on a regular grid of time. Fewer than ten observations never settle.
/// Source: White, "An effective truncation heuristic for bias reduction in simulation output",
/// Simulation 69 (1997); with batches of five: White, Cobb and Spratt, "A comparison of five
/// steady-state truncation heuristics for simulation", WSC 2000; Franklin and White,
/// "Stationarity tests and MSER-5", WSC 2008.
[[nodiscard]] WarmUp mser5(std::span<const double> series);

/// How long something was watched, and whether what was waited for happened then.
struct Observation {
  double time = 0.0;
  bool happened = false;  ///< otherwise censored: it had not happened by `time`
};
/// The share to which it has happened from `time` on.
struct HappenedStep {
  double time = 0.0;
  double share = 0.0;
  Interval interval;
};
/// Kaplan and Meier's estimate as 1 - survival, one step for each time at which something happened;
/// intervals by Greenwood's variance on the log(-log) scale, which keeps them within [0, 1].
[[nodiscard]] std::vector<HappenedStep> kaplan_meier(std::vector<Observation> observations,
                                                     double alpha = kAlpha);
/// The first time at which at least `share` has happened; none where it never is.
[[nodiscard]] std::optional<double> time_until(std::span<const HappenedStep> steps, double share);

/// Rank correlation, equal values sharing their mean rank; none where one side is constant.
/// Requires equal lengths.
[[nodiscard]] std::optional<double> spearman(std::span<const double> a, std::span<const double> b);

/// `sim::sample_quantile` with the distribution-free interval between two order statistics whose
/// coverage is at least 1 - alpha, alpha/2 left out on each side; none where the sample is too
/// small for it.
[[nodiscard]] Estimate quantile_estimate(std::vector<double> sample, double p,
                                         double alpha = kAlpha);

}  // namespace assay::analysis
