#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/results.hpp"
#include "analysis/study.hpp"

/// Two protocols side by side, under the same draws.
namespace assay::analysis {

/// Which way a metric is better for the people a protocol is made for; some have no better side.
enum class Better { Higher, Lower, Neither };
[[nodiscard]] std::string_view name_of(Better better);
[[nodiscard]] Better better_side(std::string_view metric);

/// What can be said of a difference B - A.
enum class Difference {
  None,       ///< every replication of both has the same value
  Higher,     ///< B is higher: the whole interval lies above zero
  Lower,      ///< B is lower
  Undecided,  ///< the interval holds zero
  NoSpread,   ///< the same amount in every replication, of which there are too few to rely on that
  NoVerdict   ///< fewer than kLeastReplications have the metric on both sides
};
[[nodiscard]] std::string_view name_of(Difference difference);

/// One metric under both.
struct ComparedMetric {
  std::string name;
  std::string title;
  std::string unit;
  std::string meaning;
  std::vector<double> a;  ///< one for each replication in which both sides have the metric
  std::vector<double> b;
  std::int64_t left_out = 0;  ///< the other replications
  Estimate mean_a;            ///< over all replications of A that have it
  Estimate mean_b;
  Estimate difference;    ///< B - A, paired, its interval at the level at which Holm tests it
  bool tested = false;    ///< whether that interval was widened together with others
  double level = kAlpha;  ///< its level
  std::optional<Interval> unpaired;  ///< the same had the draws of A and B been independent
  double p = 1.0;                    ///< two-sided, of no difference
  /// Var(A) + Var(B) over the variance of the difference: how many times the replications an
  /// unpaired comparison would have needed. None where that is not a number.
  std::optional<double> variance_ratio;
  Difference verdict = Difference::NoVerdict;
  Better better = Better::Neither;
};

/// A comparison as its folder keeps it.
struct Comparison {
  StudyFacts facts;
  std::string name_a;
  std::string name_b;
  std::string digest_a;
  std::string digest_b;
  std::vector<std::string> changed;       ///< lines of B's effective scenario that A does not have
  std::vector<std::string> changed_from;  ///< lines of A's that B does not have
  std::vector<ComparedMetric> metrics;    ///< that both have, in A's order
  std::vector<std::string> only_a;        ///< metrics that only one of the two has
  std::vector<std::string> only_b;
};

/// Compares metrics that both sides have, replication by replication; both need equally many.
/// Intervals are widened together over all metrics that differ, have a spread and replications
/// enough (Holm). A difference without a spread is no evidence of its own size: it gets a verdict
/// from kConstantFrom replications on.
[[nodiscard]] std::vector<ComparedMetric> compare_metrics(std::span<const SummaryMetric> a,
                                                          std::span<const SummaryMetric> b);
/// The answer in one sentence: in what B is better, in what worse, and where they cannot be told
/// apart.
[[nodiscard]] std::string headline(const Comparison& comparison);

/// As JSON, one key for each field, and back; throws std::runtime_error for a missing or mistyped
/// key.
[[nodiscard]] std::string to_json(const Comparison& comparison);
[[nodiscard]] Comparison comparison_from_json(std::string_view text);

}  // namespace assay::analysis
