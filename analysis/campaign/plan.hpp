#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/campaign/axis.hpp"
#include "analysis/campaign/runner.hpp"

/// What a campaign runs: points over axes, and how often each.
namespace assay::analysis {

/// Points drawn over all axes at once, in place of crossing them.
struct Sampling {
  enum class Kind : std::uint8_t { LatinHypercube, Sobol };
  Kind kind = Kind::LatinHypercube;
  int points = 64;
};
/// Reads `lhs:64` or `sobol:256`; nothing where it is neither.
[[nodiscard]] std::optional<Sampling> parse_sampling(std::string_view text);

/// Replications go on until the 95 % interval of a metric is narrow enough, at every point.
struct Precision {
  double half_width = 0.05;  ///< of the interval, as a part of the mean
  std::string metric;
  int most = 1000;  ///< replications of a point, reached or not
};

/// A plan as the command line or a study file states it.
struct PlanSpec {
  std::filesystem::path scenario;
  std::vector<protocol::Overlay> sets;
  std::vector<AxisSpec> axes;
  std::vector<std::vector<std::string>> zipped;  ///< keys of axes that go together
  std::optional<Sampling> sampling;
  std::optional<int> replications;  ///< none: as the scenario says
  std::optional<Precision> precision;
};

/// Whether a key of a scenario takes whole numbers only.
[[nodiscard]] bool takes_whole_numbers(const std::string& key);

/// The points of a plan, worked out one by one when they are needed.
class Plan {
 public:
  static constexpr std::size_t kMostPoints = 100'000;

  /// Throws ConfigError for what is wrong with the axes themselves; `check` finds the rest.
  explicit Plan(PlanSpec spec);

  [[nodiscard]] const PlanSpec& spec() const { return spec_; }
  [[nodiscard]] const std::vector<Axis>& axes() const { return axes_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Which value of each axis a point has. The last axis changes first.
  [[nodiscard]] std::vector<std::size_t> place(std::size_t point) const;
  [[nodiscard]] std::vector<Coordinate> coordinates(std::size_t point) const;
  [[nodiscard]] std::string label(std::size_t point) const;
  /// Loads the scenario of a point. Throws ConfigError.
  [[nodiscard]] PointSpec load(std::size_t point) const;
  /// The scenario with `path.to.key=value` in place of the axes. Throws ConfigError.
  [[nodiscard]] protocol::LoadedScenario load_with(const std::string& set) const;

  /// Loads every point on so many threads, so that the last one's mistakes are known before the
  /// first one runs, and returns their keys. Throws ConfigError with each mistake once.
  [[nodiscard]] std::vector<std::string> check(int jobs) const;
  /// Notes every point in the store of a campaign. `keys`: as `check` returned them.
  [[nodiscard]] std::vector<PlannedPoint> enter(Campaign& campaign,
                                                const std::vector<std::string>& keys,
                                                std::uint64_t seed, int replications) const;

 private:
  void sample();
  void cross();

  PlanSpec spec_;
  std::vector<Axis> axes_;
  std::vector<std::size_t> group_;        ///< by axis: axes of one group move together
  std::vector<std::size_t> group_sizes_;  ///< values of each group
  std::size_t size_ = 1;
};

}  // namespace assay::analysis
