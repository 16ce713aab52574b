#include "analysis/range.hpp"

#include <algorithm>
#include <array>

namespace assay::analysis {
namespace {

/// The shares whose parts are counted with their wholes. Overheads are of other work, and may be
/// more; an audit may end after a warm-up in which its commitment was made.
constexpr std::array<std::string_view, 13> kParts = {
    "jobs_done_share",   "jobs_late_share",       "network_share",
    "utilisation",       "accepted_bad_share",    "accepted_bad_value_share",
    "offered_bad_share", "caught_in_audit_share", "commitment_overhead",
    "handed_back_share", "unseen_verdicts_share", "wrong_result_share",
    "failed_vote_share"};

}  // namespace

Estimate within(const Interval& range, Estimate estimate) {
  if (!estimate.interval) return estimate;
  estimate.interval->low = std::max(estimate.interval->low, range.low);
  estimate.interval->high = std::min(estimate.interval->high, range.high);
  return estimate;
}

Interval range_of(std::string_view metric, std::string_view unit) {
  if (unit == "USD" || metric == "honest_margin_share") return kAnywhere;
  if (std::find(kParts.begin(), kParts.end(), metric) != kParts.end()) return kPartOfWhole;
  return kNotNegative;
}

}  // namespace assay::analysis
