#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/report/attack_theory.hpp"
#include "analysis/report/report_data.hpp"
#include "analysis/results.hpp"

/// What the parts of a report are read from, and the parts that have a file of their own.
namespace assay::analysis::collecting {

using protocol::Group;
using protocol::GroupTotals;
using protocol::Role;
using protocol::Rules;
using Groups = std::vector<std::size_t>;

inline constexpr double kHourUs = 3.6e9;
inline constexpr double kMicro = 1e-6;

[[nodiscard]] inline double as_double(std::int64_t value) { return static_cast<double>(value); }
[[nodiscard]] inline double days(sim::SimDuration span) { return sim::to_seconds(span) / 86'400.0; }

/// A run and its rules, with what several parts ask of them.
struct Source {
  const RunRecord& record;
  const Rules& rules;
  const std::vector<Replication>& replications;
  Groups honest;               ///< providers
  Groups attackers;            ///< hostile providers
  std::size_t first_cell = 0;  ///< that lies wholly after the warm-up
  double cell_d = 1.0;
  double usd_per_token = 1.0;  ///< at the start

  explicit Source(const RunRecord& of);

  /// One number from each replication.
  [[nodiscard]] PerReplication each(const std::function<double(const RunOutcome&)>& take) const;
  /// The same, or nothing where a replication has none to give.
  [[nodiscard]] PerReplication each_finite(
      const std::function<double(const RunOutcome&)>& take) const;
  /// A metric in the replications that have it.
  [[nodiscard]] PerReplication metric(std::string_view name) const;
  /// A counter summed over groups, one a replication.
  [[nodiscard]] PerReplication sum(const Groups& groups, std::int64_t GroupTotals::*counter) const;
  [[nodiscard]] static double total(const RunOutcome& run, const Groups& groups,
                                    std::int64_t GroupTotals::*counter);
  [[nodiscard]] double members(const Groups& groups) const;
  /// The mean over replications and its interval, through the cells after the warm-up. Empty where
  /// some cell has no value in some replication.
  [[nodiscard]] BandSeries series(
      std::string name, const Interval& range,
      const std::function<double(const RunOutcome&, std::size_t)>& take) const;
  [[nodiscard]] const protocol::GroupCell& cell(const RunOutcome& run, std::size_t at,
                                                std::size_t group) const;
};

/// The terms of one cheated task: cost and reward as the honest twins of the group saw them. None
/// without twins, or where they committed or were paid nothing.
[[nodiscard]] std::optional<CheatTermsOfTask> terms_of(const Source& source, std::size_t group);

/// Attacks and their theory, what went through time, and who was caught.
void collect_strategies(const Source& source, ReportData& data);
/// Prices, who was online, and what verification costs in work.
void collect_market(const Source& source, ReportData& data);

}  // namespace assay::analysis::collecting
