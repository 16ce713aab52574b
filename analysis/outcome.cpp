#include "analysis/outcome.hpp"

#include <algorithm>
#include <limits>

namespace assay::analysis {
namespace {

using protocol::Group;
using protocol::GroupTotals;
using protocol::MarketTotals;
using protocol::Role;
using protocol::Rules;

constexpr double kHourUs = 3.6e9;

constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

/// A share of nothing is no share: nobody was audited, nobody was paid.
double ratio(double part, double whole) { return whole == 0.0 ? kUndefined : part / whole; }
double hours(const sim::QuantileSketch& ns, double p) {
  return ns.count() == 0 ? kUndefined : static_cast<double>(ns.quantile(p)) * 1e-9 / 3600.0;
}
double as_double(std::int64_t value) { return static_cast<double>(value); }

/// Sums a counter over all groups.
template <class Take>
double sum(const RunOutcome& run, Take take) {
  double total = 0.0;
  for (const GroupTotals& group : run.groups) total += as_double(take(group));
  return total;
}

bool is_honest_provider(const Group& group) {
  return group.role == Role::Provider && !group.strategy->hostile();
}

/// Whether the principals of the group have their profit counted here: an owner of several groups
/// has it in the first of them.
bool has_own_profit(const Rules& rules, std::size_t g) {
  const std::string& owner = rules.groups[g].principal;
  return owner.empty() ||
         std::none_of(rules.groups.begin(), rules.groups.begin() + static_cast<std::ptrdiff_t>(g),
                      [&](const Group& earlier) { return earlier.principal == owner; });
}

std::vector<DetectionOutcome> detections(const protocol::World& world, sim::SimTime end) {
  std::vector<DetectionOutcome> all;
  for (const protocol::IdentityRow& row : world.identities) {
    if (row.first_bad == sim::kNever || row.first_bad < world.metrics.measured_from) continue;
    // A conviction before its first bad work was a wrong one.
    const bool caught = row.expelled != sim::kNever && row.expelled >= row.first_bad;
    const sim::SimDuration delay = (caught ? row.expelled : end) - row.first_bad;
    all.push_back({row.group, sim::to_seconds(delay) / 86'400.0, caught});
  }
  return all;
}

}  // namespace

RunOutcome outcome(const protocol::Model& model) {
  const protocol::World& world = model.world();
  const Rules& rules = model.rules();
  RunOutcome run;
  run.digest = model.digest();
  run.seed = world.chance.seed;
  run.events = model.events();
  run.books_balance = model.balanced();
  run.measured_s = sim::to_seconds(model.now() - world.metrics.measured_from);
  run.unfinished_jobs = static_cast<std::int64_t>(world.jobs.size());
  run.skipped_rows = static_cast<std::int64_t>(rules.demand->skipped());
  run.provider_slots = world.provider_slots;
  run.market = world.metrics.market;
  run.groups = world.metrics.groups;
  run.cells = world.metrics.cells;
  run.group_cells = world.metrics.group_cells;
  run.detection_ns = world.metrics.detection_ns;
  run.waiting_ns = world.metrics.waiting_ns;
  run.dispute_ns = world.metrics.dispute_ns;

  run.group_profit_usd.assign(rules.groups.size(), 0.0);
  run.group_start_usd.assign(rules.groups.size(), 0.0);
  const std::vector<protocol::Usd> wealth = model.wealth();
  for (std::size_t p = 0; p < wealth.size(); ++p) {
    const protocol::PrincipalRow& row = world.principals[p];
    const protocol::Usd profit = wealth[p] - row.wealth_at_start;
    run.principals.push_back({row.group, row.identities, profit});
    run.group_profit_usd[index(row.group)] += profit.as_double();
    run.group_start_usd[index(row.group)] += row.wealth_at_start.as_double();
  }
  run.detections = detections(world, model.now());
  for (std::size_t r = 0; r < world.offers.size(); ++r) {
    const auto& rates = rules.outside[world.offers[r]].rate;
    double mean = 0.0;
    for (std::size_t w = 0; w < rates.size(); ++w) {
      mean += rates[w].as_double() * rules.setting.workloads[w].share.as_double();
    }
    run.cloud_usd_per_hour.push_back(mean);
  }
  return run;
}

std::vector<std::size_t> attacking_groups(const Rules& rules) {
  std::vector<std::size_t> attackers;
  for (std::size_t g = 0; g < rules.groups.size(); ++g) {
    const Group& group = rules.groups[g];
    if (!group.strategy->hostile() || group.twin_too) continue;
    if (group.role == Role::Provider || has_own_profit(rules, g)) attackers.push_back(g);
  }
  return attackers;
}

double profit_per_member_usd(const Rules& rules, const RunOutcome& run, std::size_t group) {
  return ratio(run.group_profit_usd[group], rules.groups[group].count);
}

double honest_profit_usd(const Rules& rules, const RunOutcome& run) {
  double profit = 0.0;
  double members = 0.0;
  for (std::size_t g = 0; g < rules.groups.size(); ++g) {
    if (!is_honest_provider(rules.groups[g])) continue;
    profit += run.group_profit_usd[g];
    members += rules.groups[g].count;
  }
  return ratio(profit, members);
}

double honest_margin(const Rules& rules, const RunOutcome& run) {
  double profit = 0.0;
  double costs = 0.0;
  for (std::size_t g = 0; g < rules.groups.size(); ++g) {
    if (!is_honest_provider(rules.groups[g])) continue;
    profit += run.group_profit_usd[g];
    costs += as_double(run.groups[g].energy_uusd + run.groups[g].wear_uusd) * 1e-6;
  }
  return ratio(profit, costs);
}

std::vector<Metric> metrics(const Rules& rules, const RunOutcome& run) {
  const MarketTotals& m = run.market;
  const double network_us = as_double(m.work_network_us);
  const double accepted = sum(run, [](const GroupTotals& g) { return g.leases_accepted; });
  const double committed = sum(run, [](const GroupTotals& g) { return g.leases_committed; });
  const double earned = sum(run, [](const GroupTotals& g) { return g.earned_utok; });
  const double audited = sum(run, [](const GroupTotals& g) { return g.leases_audited; });
  const double bad_audited = sum(run, [](const GroupTotals& g) { return g.bad_audited; });
  const double price =
      ratio(as_double(m.awarded_uusd) * 1e-6, as_double(m.awarded_work_us) / kHourUs);
  const double busy = sum(run, [](const GroupTotals& g) { return g.busy_slot_us; });

  std::vector<Metric> all;
  const auto add = [&](std::string name, std::string title, std::string unit, std::string meaning,
                       double value) {
    all.push_back({std::move(name), std::move(title), std::move(unit), std::move(meaning), value});
  };
  add("jobs", "Jobs posted", "", "Jobs that arrived while the run was measured.",
      as_double(m.jobs));
  add("jobs_done_share", "Jobs done on the network", "share",
      "Jobs whose every task the network finished, of the jobs posted since measuring began.",
      ratio(as_double(m.jobs_done), as_double(m.jobs)));
  add("jobs_late_share", "Jobs late", "share",
      "Jobs that passed their deadline, of those posted since measuring began.",
      ratio(as_double(m.jobs_late), as_double(m.jobs)));
  add("tasks_done", "Tasks done", "", "Tasks whose whole work was accepted.",
      as_double(m.tasks_done));
  add("network_share", "Work won by the network", "share",
      "Accepted work, of the work that found an end on the network or in the cloud.",
      ratio(network_us, network_us + as_double(m.work_cloud_us)));
  add("price_usd_per_gpu_hour", "Price", "USD/h",
      "Mean price at award of an hour of work on the reference device.", price);
  add("price_of_cloud_share", "Price against the cloud", "share",
      "What requesters paid for accepted work, without audits and taxes, of what their own cloud "
      "would have charged for it.",
      ratio(as_double(m.paid_uusd), as_double(m.cloud_worth_uusd)));
  const double requesters_paid = as_double(m.paid_uusd + m.audit_fees_uusd + m.tax_uusd);
  const double useful_us = network_us - as_double(m.work_useless_us);
  add("requester_cost_usd_per_gpu_hour", "Whole cost to requesters", "USD/h",
      "Payments for work, with all its replicas, audits and taxes, per hour of accepted reference "
      "work that was done.",
      ratio(requesters_paid * 1e-6, useful_us / kHourUs));
  add("requester_cost_of_cloud_share", "Whole cost against the cloud", "share",
      "The same payments, of what the requesters' own cloud would have charged for the accepted "
      "work, done or not.",
      ratio(requesters_paid, as_double(m.cloud_worth_uusd)));
  add("utilisation", "Utilisation", "share", "Slot time sold, of all slot time, away or not.",
      ratio(busy, as_double(run.provider_slots) * run.measured_s * 1e6));
  add("waiting_median_h", "Wait for a provider, median", "h",
      "From looking for a provider to finding one.", hours(run.waiting_ns, 0.5));
  add("waiting_p95_h", "Wait for a provider, 95 %", "h",
      "The same for the slowest twentieth of searches.", hours(run.waiting_ns, 0.95));
  add("accepted_bad_value_share", "Accepted bad work, by value", "share",
      "Payments for leases with work that was not done, of all payments for work.",
      ratio(sum(run, [](const GroupTotals& g) { return g.bad_earned_utok; }), earned));
  add("accepted_bad_share", "Accepted bad leases", "share",
      "Accepted leases with work that was not done, of all accepted.",
      ratio(sum(run, [](const GroupTotals& g) { return g.bad_accepted; }), accepted));
  add("accepted_harm_share", "Harm of accepted bad work", "share",
      "Honest work lost to accepted bad work, of all accepted work: a segment that was not done "
      "costs as many segments as its cheat's harm says.",
      ratio(1e3 * as_double(m.work_harmed_ms), network_us));
  add("offered_bad_share", "Bad leases handed in", "share",
      "Committed leases with work that was not done, of all committed.",
      ratio(sum(run, [](const GroupTotals& g) { return g.leases_bad; }), committed));
  add("audited_share", "Leases audited", "share",
      "Audits of providers' claims that ended, of all commitments.", ratio(audited, committed));
  add("caught_in_audit_share", "Bad leases flagged when audited", "share",
      "Rejected by a verifier, of the audited leases with work that was not done.",
      ratio(sum(run, [](const GroupTotals& g) { return g.bad_flagged; }), bad_audited));
  add("detection_median_h", "Delay of a conviction, median", "h",
      "From a commitment to the conviction for it.", hours(run.detection_ns, 0.5));
  add("slashes", "Convictions", "", "Leases whose provider was slashed.",
      sum(run, [](const GroupTotals& g) { return g.slashed; }));
  add("honest_slashes", "Honest work convicted", "",
      "Convictions of leases whose work was all done.",
      sum(run, [](const GroupTotals& g) { return g.honest_slashed; }));
  add("slashed_tokens", "Slashed", "tok",
      "Tokens taken from stakes by convictions and for wrong approvals, without fault fees.",
      sum(run, [](const GroupTotals& g) { return g.slashed_utok; }) * 1e-6);
  add("uncovered_tokens", "Penalties not covered", "tok",
      "What stakes did not cover of the penalties due.",
      sum(run, [](const GroupTotals& g) { return g.uncovered_utok; }) * 1e-6);
  add("burned_tokens", "Burned", "tok", "Tokens burned by slashes and fault fees.",
      as_double(m.burned_utok) * 1e-6);
  add("treasury_tokens", "To the treasury", "tok",
      "Tokens that slashes, fault fees and penalties for false approvals left to the treasury; "
      "bonds lost to it are not among them.",
      as_double(m.treasury_utok) * 1e-6);
  add("disputes", "Disputes", "", "Disputes that ended.", as_double(m.disputes));
  add("dispute_rounds", "Rounds of a dispute", "", "Mean rounds of two messages each.",
      ratio(as_double(m.dispute_rounds), as_double(m.disputes)));
  add("verification_overhead", "Verification overhead", "share",
      "Work done again in audits, disputes and further replicas, of the accepted work.",
      ratio(as_double(m.audited_work_us + m.rerun_work_us), network_us));
  add("dispute_overhead", "Overhead of disputes", "share",
      "Work done again in disputes alone, of the accepted work.",
      ratio(as_double(m.rerun_work_us), network_us));
  add("commitment_overhead", "Overhead of commitments", "share",
      "Provider time spent on hashing and commitments, of all its time.",
      ratio(as_double(m.commitment_us), as_double(m.provider_us)));
  add("audit_cost_share", "Paid for audits", "share", "Audit fees, of the payments for work.",
      ratio(as_double(m.audit_fees_uusd), as_double(m.paid_uusd)));
  add("lost_work_share", "Work lost", "share",
      "Work done after the last checkpoint when a lease ended early, of the accepted work.",
      ratio(as_double(m.lost_work_us), network_us));
  add("handed_back_share", "Leases handed back", "share",
      "Leases that ended because the machine went away, of all that ended.",
      ratio(sum(run, [](const GroupTotals& g) { return g.handed_back - g.quits; }),
            sum(run, [](const GroupTotals& g) { return g.leases_ended; })));
  add("honest_profit_usd", "Profit of an honest provider", "USD",
      "Purse and tokens, end minus start of the measured time, per honest provider.",
      honest_profit_usd(rules, run));
  add("honest_margin_share", "Margin of honest providers", "share",
      "Their profit, of what energy and wear cost them.", honest_margin(rules, run));
  add("cost_usd_per_gpu_hour", "Own cost of the work", "USD/h",
      "Energy and wear that actors paid, per hour of accepted reference work.",
      ratio(sum(run, [](const GroupTotals& g) { return g.energy_uusd + g.wear_uusd; }) * 1e-6,
            network_us / kHourUs));
  add("unseen_verdicts_share", "Reports without a look", "share",
      "Verifiers' reports whose owner has not re-executed anything, of all reports.",
      ratio(sum(run, [](const GroupTotals& g) { return g.unseen_verdicts; }),
            sum(run, [](const GroupTotals& g) { return g.verdicts; })));
  add("overturned", "Approvals overturned", "", "Approvals of claims that were convicted later.",
      sum(run, [](const GroupTotals& g) { return g.overturned; }));
  add("made_up_disputes", "Disputes without a finding", "",
      "Disputes over a rejection that no re-execution is behind.",
      sum(run, [](const GroupTotals& g) { return g.made_up; }));
  add("replicas_per_result", "Answers a result", "",
      "Answers that a result was found from, where replicas are compared.",
      ratio(as_double(m.replicas), as_double(m.ballots)));
  add("wrong_result_share", "Wrong results by vote", "share",
      "Results on which replicas agreed and that honest work does not give, of all found by votes.",
      ratio(as_double(m.wrong_ballots), as_double(m.ballots)));
  add("prizes_tokens", "Jackpots", "tok", "Paid to verifiers for planted faults.",
      sum(run, [](const GroupTotals& g) { return g.prizes_utok; }) * 1e-6);
  add("moved_tb", "Data moved", "TB", "Inputs and checkpoints sent over the network.",
      as_double(m.moved_bytes) * 1e-12);
  add("exits", "Exits", "",
      "Identities that were stopped, after a conviction or by their owner, and whose principal did "
      "not come back.",
      sum(run, [](const GroupTotals& g) { return g.exits; }));
  const auto refused = [&m](protocol::Refusal refusal) {
    return as_double(m.refusals[static_cast<std::size_t>(refusal)]);
  };
  add("refused_no_tokens", "Refused for want of tokens", "",
      "Jobs, leases, audits and taxes that found no tokens left to buy.",
      refused(protocol::Refusal::EscrowShort));
  // What a market cannot have is no row of its report.
  if (rules.verification->most_reexecutions() > 0) {
    add("audits_unheld", "Audits not held", "",
        "Audits that were drawn and for which no verifier could be called or paid.",
        as_double(m.audits_unheld));
    add("calls_missing", "Verifiers missing", "",
        "Verifiers that audits asked for and did not get.", as_double(m.calls_missing));
    add("bonds_missing", "Challenges without a bond", "",
        "Rejections whose verifier could not lock the bond.",
        refused(protocol::Refusal::BondShort));
  }
  const protocol::JackpotTerms jackpot = rules.verification->jackpot();
  if (jackpot.jackpot > protocol::Tokens{} || jackpot.missed > protocol::Share{}) {
    add("planted_audits", "Audits of planted faults", "", "Such audits that ended.",
        as_double(m.planted));
    add("missed_faults", "Planted faults approved", "", "Reports that approved a planted fault.",
        sum(run, [](const GroupTotals& g) { return g.missed_faults; }));
  }
  if (rules.verification->voting() != nullptr) {
    add("failed_vote_share", "Votes without a result", "share",
        "Votes that found no result and left the work to the cloud, of all votes.",
        ratio(as_double(m.failed_ballots), as_double(m.failed_ballots + m.ballots)));
  }
  if (rules.slashing->fault(protocol::Tokens::whole(1)).amount > protocol::Tokens{}) {
    add("fault_fees_tokens", "Fault fees", "tok", "Paid from stakes for tasks handed back.",
        sum(run, [](const GroupTotals& g) { return g.fault_fees_utok; }) * 1e-6);
  }
  const bool hostile = std::any_of(rules.groups.begin(), rules.groups.end(), [](const Group& g) {
    return g.role == Role::Provider && g.strategy->hostile();
  });
  if (hostile) {
    add("quits", "Leases quit", "", "Leases whose provider left in the middle.",
        sum(run, [](const GroupTotals& g) { return g.quits; }));
    add("elsewhere_usd", "Earned elsewhere", "USD", "By machines whose provider had left a lease.",
        sum(run, [](const GroupTotals& g) { return g.elsewhere_uusd; }) * 1e-6);
    add("withdrawals", "Stakes withdrawn", "", "By their owners, not after a conviction.",
        sum(run, [](const GroupTotals& g) { return g.withdrawals; }));
  }
  add("unfinished_jobs", "Unfinished jobs", "", "Jobs still open at the horizon.",
      as_double(run.unfinished_jobs));
  return all;
}

}  // namespace assay::analysis
