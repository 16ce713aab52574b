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

/// A value that a parameter takes.
struct SweepValue {
  std::string text;              ///< as it was written: `5 %`
  std::optional<double> number;  ///< 0.05; none for a word
};

struct SweepAxis {
  std::string key;   ///< `verification.rate`
  std::string unit;  ///< of the numbers: `share`, `h`, `tok`; empty for pure numbers and words
  bool logarithmic = false;
  std::vector<SweepValue> values;
};

/// One metric at every point: points in the order of the crossed axes, the last one fastest.
struct SweptMetric {
  std::string name;
  std::string title;
  std::string unit;
  std::string meaning;
  std::vector<std::vector<double>>
      samples;  ///< by point: one a replication; empty where all failed
};

/// A sweep as its folder keeps it.
struct Sweep {
  StudyFacts facts;
  std::vector<SweepAxis> axes;  ///< one or two
  std::vector<SweptMetric> metrics;
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

/// The answer in one sentence: where every attack is deterred, or how the first metric moves.
[[nodiscard]] std::string headline(const Sweep& sweep);

/// As JSON, one key for each field, and back; throws std::runtime_error for a missing or mistyped
/// key.
[[nodiscard]] std::string to_json(const Sweep& sweep);
[[nodiscard]] Sweep sweep_from_json(std::string_view text);

}  // namespace assay::analysis
