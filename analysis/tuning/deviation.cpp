#include "analysis/tuning/deviation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "analysis/campaign/run_plan.hpp"
#include "analysis/results.hpp"
#include "protocol/scenario/nearest.hpp"

namespace assay::analysis {
namespace {

using protocol::GroupTotals;
using protocol::Role;

/// Settings that were asked about lately; a market can hold a long trace.
constexpr std::size_t kMarketsKept = 16;

/// Any attack by providers: the pair of all of them is the market without attacks.
const Attack kProviders{"lazy", {}};

double as_double(std::int64_t value) { return static_cast<double>(value); }

std::string joined(const std::vector<std::string>& sets) {
  return fmt::format("{}", fmt::join(sets, "\n"));
}

std::string key_of(const Attack& attack) {
  std::string key = attack.strategy;
  for (const auto& parameter : attack.parameters) {
    key += fmt::format(" {}={}", parameter.key, parameter.text);
  }
  return key;
}

/// What deviators and everybody else ended with. The names begin with `deviators_` and
/// `others_`, which no metric of a market does.
std::vector<Metric> deviation_metrics(const protocol::Rules& rules, const RunOutcome& run) {
  const std::vector<std::size_t> groups = deviating_groups(rules);
  const auto deviates = [&](std::size_t group) {
    return std::find(groups.begin(), groups.end(), group) != groups.end();
  };
  double profit = 0.0;
  double members = 0.0;
  GroupTotals sum;
  const Role role = groups.empty() ? Role::Provider : rules.groups[groups.front()].role;
  for (const std::size_t group : groups) {
    const GroupTotals& of = run.groups[group];
    profit += run.group_profit_usd[group];
    // A ring earns through its providers; its verifiers are its tools.
    if (rules.groups[group].role == role) members += rules.groups[group].count;
    sum.leases_bad += of.leases_bad;
    sum.leases_committed += of.leases_committed;
    sum.leases_accepted += of.leases_accepted;
    sum.earned_utok += of.earned_utok;
    sum.energy_uusd += of.energy_uusd;
    sum.wear_uusd += of.wear_uusd;
  }
  double others = 0.0;
  double others_total = 0.0;
  double others_members = 0.0;
  for (std::size_t g = 0; g < rules.groups.size(); ++g) {
    if (deviates(g) || rules.groups[g].role == Role::Requester) continue;
    others_total += run.group_profit_usd[g];
    if (rules.groups[g].role != Role::Provider) continue;
    others += run.group_profit_usd[g];
    others_members += rules.groups[g].count;
  }
  double cheated = 0.0;
  double caught = 0.0;
  double cheating_d = 0.0;
  for (const DetectionOutcome& seen : run.detections) {
    if (!deviates(index(seen.group))) continue;
    cheated += 1.0;
    caught += seen.caught ? 1.0 : 0.0;
    cheating_d += seen.delay_d;
  }
  const auto per = [](double part, double whole) { return whole == 0.0 ? 0.0 : part / whole; };
  const double usd_per_token = protocol::usd_per_token(rules.token->start_price());
  std::vector<Metric> all;
  const auto add = [&](const char* name, double value) {
    all.push_back({name, name, "", "", value});
  };
  add("deviators_profit_usd", per(profit, members));
  add("deviators_total_usd", profit);
  add("deviators_bad_leases", per(as_double(sum.leases_bad), members));
  add("deviators_cheated", cheated);
  add("deviators_caught", caught);
  add("deviators_cheating_d", cheating_d);
  add("deviators_costs_usd", as_double(sum.energy_uusd + sum.wear_uusd) * 1e-6);
  add("deviators_committed", as_double(sum.leases_committed));
  add("deviators_earned_usd", as_double(sum.earned_utok) * 1e-6 * usd_per_token);
  add("deviators_accepted", as_double(sum.leases_accepted));
  add("others_profit_usd", per(others, others_members));
  add("others_total_usd", others_total);
  return all;
}

const std::vector<double>& column(const SampleTable& table, std::string_view name) {
  const SampleColumn* const found = table.find(name);
  SIM_CHECK(found != nullptr);
  return found->values;
}

double sum_of(const std::vector<double>& values) {
  return mean(values) * static_cast<double>(values.size());
}

}  // namespace

std::optional<RunResult> run_deviation(const PointSpec& point, std::uint64_t seed, int replication,
                                       const std::atomic<bool>& stop) {
  const protocol::Rules& rules = *point.loaded.rules;
  const auto done = run_replication(point.loaded.rules, nullptr, seed, replication, stop);
  if (!done) return std::nullopt;
  RunResult result;
  result.metrics = metrics(rules, done->run);
  for (Metric& metric : deviation_metrics(rules, done->run)) {
    result.metrics.push_back(std::move(metric));
  }
  result.events = done->run.events;
  result.digest = done->run.digest;
  return result;
}

MarketUnderStudy::MarketUnderStudy(Campaign& campaign, std::filesystem::path scenario, Sets sets,
                                   Deviation deviation)
    : campaign_(&campaign),
      scenario_(std::move(scenario)),
      sets_(std::move(sets)),
      deviation_(std::move(deviation)) {}

MarketUnderStudy MarketUnderStudy::reseeded(std::uint64_t seed) const {
  Sets sets = sets_;
  sets.push_back(fmt::format("seed={}", seed & 0x7FFF'FFFF'FFFFu));
  return MarketUnderStudy(*campaign_, scenario_, std::move(sets), deviation_);
}

const protocol::LoadedScenario& MarketUnderStudy::at(const Sets& sets) {
  const std::string key = joined(sets);
  auto found = markets_.find(key);
  if (found == markets_.end()) {
    if (markets_.size() >= kMarketsKept) markets_.clear();
    Sets all = sets_;
    all.insert(all.end(), sets.begin(), sets.end());
    auto loaded = std::make_shared<const protocol::LoadedScenario>(
        protocol::load_scenario(scenario_, std::span<const std::string>(all)));
    found = markets_.emplace(key, std::move(loaded)).first;
  }
  return *found->second;
}

protocol::LoadedScenario MarketUnderStudy::attacked(const Sets& sets, const Attack& attack) {
  return attacked_market(at(sets).scenario, attack, deviation_);
}

const SampleTable& MarketUnderStudy::samples(const Sets& sets, const Attack& attack, Side side,
                                             int n) {
  // Strategies that need the same people share one honest pair; their names do not matter to it.
  const auto& traits = protocol::traits_of<protocol::Strategy>(attack.strategy);
  const std::string who = side == Side::Attacked ? key_of(attack)
                                                 : fmt::format("honest {}{}{}", traits.provides,
                                                               traits.verifies, traits.one_owner);
  SampleTable& table = tables_[joined(sets) + "\n" + who];
  if (static_cast<int>(table.replications.size()) >= n) return table;
  const protocol::Scenario& scenario = at(sets).scenario;
  const PointSpec point{who,
                        side == Side::Attacked ? attacked_market(scenario, attack, deviation_)
                                               : honest_pair(scenario, attack, deviation_),
                        {},
                        "",
                        0};
  runs_ += n - static_cast<int>(table.replications.size());
  table = campaign_->samples(point, n);
  if (table.failed > 0 || static_cast<int>(table.replications.size()) < n) {
    Store& store = campaign_->store();
    const auto id = store.find_point(campaign_->key_of(point.loaded));
    const auto seed = static_cast<std::uint64_t>(point.loaded.scenario.seed);
    const auto failures = id ? store.failures(*id, seed, n) : std::vector<FailedRun>{};
    throw std::runtime_error(
        fmt::format("{} of {} runs of {} failed{}", table.failed, n, who,
                    failures.empty() ? std::string() : ": " + failures.front().error));
  }
  return table;
}

PairedAttack MarketUnderStudy::attack(const Sets& sets, const Attack& attack, int n) {
  const SampleTable& run = samples(sets, attack, Side::Attacked, n);
  const SampleTable& pair = samples(sets, attack, Side::Pair, n);
  const auto first = [n](const std::vector<double>& values) {
    return std::vector<double>(values.begin(), values.begin() + n);
  };
  const auto difference = [&](std::string_view name) {
    return paired_difference(first(column(run, name)), first(column(pair, name)));
  };
  PairedAttack paired;
  paired.gain_usd = difference("deviators_profit_usd");
  paired.others_usd = difference("others_profit_usd");
  paired.gain_total_usd = difference("deviators_total_usd");
  paired.others_total_usd = difference("others_total_usd");
  paired.honest_usd = first(column(pair, "deviators_profit_usd"));
  paired.bad_leases = first(column(run, "deviators_bad_leases"));
  paired.cheated = first(column(run, "deviators_cheated"));
  paired.caught = first(column(run, "deviators_caught"));
  paired.cheating_d = first(column(run, "deviators_cheating_d"));
  const double committed = sum_of(column(pair, "deviators_committed"));
  const double accepted = sum_of(column(pair, "deviators_accepted"));
  if (committed > 0.0 && accepted > 0.0) {
    paired.task = TaskMoney{sum_of(column(pair, "deviators_costs_usd")) / committed,
                            sum_of(column(pair, "deviators_earned_usd")) / accepted};
  }
  return paired;
}

bool PairedAttack::acted() const {
  const auto is_some = [](double value) { return value != 0.0; };
  return std::any_of(bad_leases.begin(), bad_leases.end(), is_some) ||
         std::any_of(gain_usd.begin(), gain_usd.end(), is_some);
}

std::vector<Metric> MarketUnderStudy::honest_metrics(const Sets& sets) {
  return metrics_of(honest_pair(at(sets).scenario, kProviders, deviation_));
}

std::vector<double> MarketUnderStudy::honest_metric(const Sets& sets, const std::string& name,
                                                    int n) {
  const auto& values = column(samples(sets, kProviders, Side::Pair, n), name);
  return {values.begin(), values.begin() + n};
}

std::vector<std::string> playable_attacks(MarketUnderStudy& market,
                                          const MarketUnderStudy::Sets& sets,
                                          std::vector<AttackLeftOut>& left_out) {
  std::vector<std::string> strategies;
  for (const std::string& strategy : catalogued_attacks()) {
    try {
      (void)market.attacked(sets, {strategy, {}});
      strategies.push_back(strategy);
    } catch (const protocol::ConfigError& error) {
      std::vector<std::string> reasons;  // one for each group that deviates, often the same
      for (const protocol::Complaint& complaint : error.complaints()) {
        if (std::find(reasons.begin(), reasons.end(), complaint.text) == reasons.end()) {
          reasons.push_back(complaint.text);
        }
      }
      left_out.push_back({strategy,
                          std::string(protocol::traits_of<protocol::Strategy>(strategy).noun),
                          fmt::format("{}", fmt::join(reasons, "; "))});
    }
  }
  if (strategies.empty())
    (void)market.attacked(sets, {catalogued_attacks().front(), {}});  // throws
  return strategies;
}

std::vector<std::string> left_out_texts(std::span<const AttackLeftOut> left_out) {
  std::vector<std::string> texts;
  for (const AttackLeftOut& one : left_out) {
    texts.push_back(fmt::format("{}: {}", one.noun, one.reason));
  }
  return texts;
}

Metric find_metric(std::span<const Metric> known, std::string_view asked, std::string_view option,
                   std::string_view also) {
  std::vector<std::string> names;
  if (!also.empty()) names.emplace_back(also);
  for (const Metric& metric : known) {
    if (metric.name == asked) return metric;
    names.push_back(metric.name);
  }
  // What is left out is a unit, not a word: `honest_profit`, and not `honest`.
  for (const Metric& metric : known) {
    for (const std::string_view unit :
         {"_share", "_usd", "_h", "_tb", "_tokens", "_usd_per_gpu_hour"}) {
      if (metric.name.size() <= unit.size()) continue;
      const std::size_t end = metric.name.size() - unit.size();
      if (metric.name.compare(end, unit.size(), unit) != 0) continue;
      if (metric.name.substr(0, end) == asked) return metric;
      names.push_back(metric.name.substr(0, end));
    }
  }
  throw protocol::ConfigError(protocol::Complaint{
      "", 0, 0,
      fmt::format("{}: found no metric called {}, expected {}one of summary.json{}", option,
                  protocol::shown(asked), also.empty() ? "" : fmt::format("{} or ", also),
                  protocol::did_you_mean(asked, names))});
}

}  // namespace assay::analysis
