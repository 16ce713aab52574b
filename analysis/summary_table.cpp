#include "analysis/summary_table.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

namespace assay::analysis {
namespace {

using protocol::Role;
using protocol::Rules;
using Names = std::set<std::string_view>;

bool hostile(const Rules& rules, Role role) {
  return std::any_of(rules.groups.begin(), rules.groups.end(), [role](const auto& group) {
    return group.role == role && group.strategy->hostile();
  });
}

/// The metrics at which a zero says nothing under these rules.
Names idle_at_zero(const Rules& rules) {
  // Which strategies leave, and when, only they know; the rest is what went wrong.
  Names names{"exits",         "quits",         "elsewhere_usd",     "withdrawals",
              "audits_unheld", "calls_missing", "refused_no_tokens", "bonds_missing"};
  const protocol::Verification& verification = *rules.verification;
  const bool audits = verification.most_reexecutions() > 0;
  if (!audits) {
    names.merge(Names{"audited_share", "disputes", "dispute_overhead", "verification_overhead",
                      "audit_cost_share", "overturned", "made_up_disputes"});
    if (verification.voting() == nullptr) {
      names.merge(Names{"slashes", "honest_slashes", "slashed_tokens", "uncovered_tokens",
                        "burned_tokens", "treasury_tokens"});
    }
  }
  if (!hostile(rules, Role::Verifier)) {
    names.merge(Names{"unseen_verdicts_share", "made_up_disputes"});
  }
  if (!hostile(rules, Role::Provider)) {
    names.merge(Names{"accepted_bad_value_share", "accepted_bad_share", "accepted_harm_share",
                      "offered_bad_share"});
  }
  if (verification.jackpot().jackpot == protocol::Tokens{}) names.insert("prizes_tokens");
  return names;
}

}  // namespace

std::vector<std::size_t> table_rows(const Rules& rules, const RunSummary& summary) {
  const Names idle = idle_at_zero(rules);
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < summary.metrics.size(); ++i) {
    const SummaryMetric& metric = summary.metrics[i];
    const bool zero_counts = idle.count(metric.metric.name) == 0;
    bool told =
        std::any_of(metric.samples.begin(), metric.samples.end(), [zero_counts](double sample) {
          return zero_counts ? !std::isnan(sample) : !std::isnan(sample) && sample != 0.0;
        });
    if (!summary.with_errors.empty() && summary.with_errors[i]) {
      told |= summary.with_errors[i]->low != 0.0 || summary.with_errors[i]->high != 0.0;
    }
    if (told) rows.push_back(i);
  }
  return rows;
}

}  // namespace assay::analysis
