#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/statistics.hpp"
#include "analysis/study.hpp"
#include "analysis/verdict.hpp"

/// Metrics over the values of one or two parameters.
namespace assay::analysis {

/// A parameter and the values that it takes, in order.
struct SweepAxis {
  std::string key;                            ///< `verification.rate`
  std::string unit;                           ///< `share`, `h`; empty for pure numbers and words
  std::string scale;                          ///< `linear`, `log` or `words`
  std::vector<std::string> texts;             ///< as they were written: `5 %`
  std::vector<std::optional<double>> values;  ///< the same as numbers of the unit; none for words
};

/// What a metric is called and means.
struct MetricWords {
  std::string name;
  std::string title;
  std::string unit;
  std::string meaning;
};

/// One metric at every point: points in the order of the crossed axes, the last one fastest.
struct SweptMetric : MetricWords {
  std::vector<std::vector<double>>
      samples;  ///< by point: one for each replication that has the metric; empty where none has
};

/// Where the closed forms put the value of the only axis at which an attack stops to pay.
struct SweepTheory {
  std::string metric;    ///< the gain: `gain_lazy_usd`
  std::string group;     ///< that attacks: `lazy`
  std::string formulas;  ///< `V2`
  double value = 0.0;    ///< in the axis's unit
};

/// What a sweep's answer and its page are made from, as its folder keeps it: the samples of the
/// metrics that were asked for, over one or two axes. The estimates of all metrics over any number
/// of axes are a PointTable.
struct Sweep {
  StudyFacts facts;
  std::vector<SweepAxis> axes;  ///< one or two
  std::vector<SweptMetric> metrics;
  std::vector<SweepTheory> theory;  ///< of the gains that have a formula which the axis turns
};

/// The points of a sweep: the product of its axes' lengths.
[[nodiscard]] std::size_t points(const Sweep& sweep);
/// `verification.rate = 5 %, slashing.share = 10 %`
[[nodiscard]] std::string point_text(const Sweep& sweep, std::size_t point);

/// Whether a metric is what an attacker gains.
[[nodiscard]] bool is_gain(const SweptMetric& metric);
/// The estimates of a metric, by point; a gain's intervals are those at which Holm tests all gains
/// at all points together.
[[nodiscard]] std::vector<Estimate> estimates(const Sweep& sweep, const SweptMetric& metric);
/// Of a gain, by point: deterred, pays, undecided, or no verdict where replications are too few.
[[nodiscard]] std::vector<Verdict> verdicts(const Sweep& sweep, const SweptMetric& gain);
/// By point: whether every gain in the sweep is deterred. Empty without gains.
[[nodiscard]] std::vector<bool> all_deterred(const Sweep& sweep);

/// The answer in one sentence: where the attacks shown are deterred, and where that cannot be told;
/// or how the first metric moves.
[[nodiscard]] std::string headline(const Sweep& sweep);
/// `lazy 5.0 % (V2) and partial 2.4 % (V3)`: theory's break-evens; empty without any.
[[nodiscard]] std::string theory_text(const Sweep& sweep);

/// As JSON, one key for each field, and back; throws std::runtime_error for a missing or mistyped
/// key.
[[nodiscard]] std::string to_json(const Sweep& sweep);
[[nodiscard]] Sweep sweep_from_json(std::string_view text);

}  // namespace assay::analysis
