#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/statistics.hpp"
#include "protocol/model.hpp"

namespace assay::analysis {

/// One number that every run reports.
struct Metric {
  std::string name;     ///< as `summary.json` has it; ends in its unit where it has one
  std::string title;    ///< as people read it
  std::string unit;     ///< `share`, `USD`, `h`; empty for a pure number
  std::string meaning;  ///< one sentence
  /// Not a number where the run has nothing to say it of: a share of leases where there are none.
  double value = 0.0;
};

/// What one principal ended with.
struct PrincipalOutcome {
  protocol::GroupId group{};     ///< the first of its groups
  std::uint32_t identities = 0;  ///< that it had in all
  protocol::Usd profit;          ///< purse and tokens, now minus when measuring began
};

/// How long an identity cheated before it was caught.
struct DetectionOutcome {
  protocol::GroupId group{};
  double delay_d = 0.0;  ///< from its first bad commitment
  bool caught = false;   ///< false: not until the end of the run
};

/// Everything kept of one finished run; the world itself is gone.
struct RunOutcome {
  std::string digest;
  std::uint64_t seed = 0;
  std::uint64_t events = 0;
  bool books_balance = false;
  double measured_s = 0.0;  ///< from the end of the warm-up to the horizon
  std::int64_t unfinished_jobs = 0;
  std::int64_t skipped_rows = 0;  ///< of a trace, because the scenario says so
  std::int64_t provider_slots = 0;
  protocol::MarketTotals market;
  std::vector<protocol::GroupTotals> groups;  ///< by group
  std::vector<double> group_profit_usd;       ///< by group: of the principals whose first it is
  std::vector<double> group_start_usd;        ///< by group: their wealth when measuring began
  std::vector<protocol::Cell> cells;
  std::vector<protocol::GroupCell> group_cells;  ///< [cell * groups + group]
  std::vector<PrincipalOutcome> principals;
  std::vector<DetectionOutcome> detections;
  std::vector<double> cloud_usd_per_hour;  ///< that requesters know, of the reference device
  sim::QuantileSketch detection_ns;
  sim::QuantileSketch waiting_ns;
  sim::QuantileSketch dispute_ns;
};

/// Reads a model that has finished.
[[nodiscard]] RunOutcome outcome(const protocol::Model& model);

/// The metrics of one run, always the same names in the same order for the same rules.
[[nodiscard]] std::vector<Metric> metrics(const protocol::Rules& rules, const RunOutcome& run);

/// Profit per member of a group: of its principals, in USD over the time measured.
[[nodiscard]] double profit_per_member_usd(const protocol::Rules& rules, const RunOutcome& run,
                                           std::size_t group);
/// The groups that attack, in the order of the scenario: hostile providers, and hostile verifiers
/// whose owner's profit is not counted with an earlier group of his; without those who are hostile
/// in the honest twin too.
[[nodiscard]] std::vector<std::size_t> attacking_groups(const protocol::Rules& rules);
/// The honest providers' profit per provider, in USD over the time measured; not a number where
/// there is none.
[[nodiscard]] double honest_profit_usd(const protocol::Rules& rules, const RunOutcome& run);
/// Their profit, of what energy and wear cost them; not a number where nothing did.
[[nodiscard]] double honest_margin(const protocol::Rules& rules, const RunOutcome& run);

}  // namespace assay::analysis
