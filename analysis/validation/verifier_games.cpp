// What verifiers earn by looking, in a whole market: sampling whole results, jackpots for planted
// faults.
#include <fmt/format.h>

#include <cmath>

#include "analysis/build_info.hpp"
#include "analysis/closed_forms.hpp"
#include "analysis/statistics.hpp"
#include "analysis/validation/cheating_game.hpp"
#include "protocol/scenario/load.hpp"
#include "protocol/scenario/rules_from.hpp"

namespace assay::analysis {
namespace {

using protocol::GroupTotals;

std::int64_t whole(const Values& values, const char* name) { return std::llround(values.at(name)); }

protocol::LoadedScenario load(const std::string& attack, std::vector<std::string> sets) {
  sets.push_back("token.kind=fixed");
  sets.push_back("token.supply=1000000000000 tok");
  return protocol::load_scenario(data_folder() / fmt::format("scenarios/attacks/{}.yaml", attack),
                                 sets);
}

std::size_t group_of(const protocol::Rules& rules, const std::string& name) {
  std::size_t g = 0;
  while (rules.groups[g].name != name) ++g;
  return g;
}

/// Wear an hour at which so many segments of the scenario's one-hour task cost `cost` dollars; all
/// of it where `segments` is zero.
double wear_for(double cost, const protocol::Rules& rules, std::uint32_t segments) {
  const sim::SimDuration hour = std::chrono::hours(1);
  const protocol::Work work{protocol::WorkloadId{0}, hour, rules.execution->segments(hour)};
  const protocol::DeviceId device = rules.setting.reference;
  const sim::SimDuration time = segments == 0
                                    ? rules.execution->cost(work, device).length
                                    : rules.execution->reexecution(work, segments, device).length;
  return cost / (sim::to_seconds(time) / 3600.0);
}

double per_replication(const ExperimentResult& result, std::size_t i, bool twin,
                       const std::function<double(const RunOutcome&)>& take) {
  const Replication& replication = result.replications[i];
  return take(twin ? *replication.twin : replication.run);
}

// ---- V4: proof of sampling --------------------------------------------------------------------

/// Gain per cheated lease of the owner of providers and of a share r of 1,000 validators, at
/// sampling probability `rate`. `with_pay`: the validators' pay is no part of what the honest owner
/// earns, and only its own claims are there to validate.
Measured sampling_gain(const Values& v, double rate, bool with_pay, std::uint64_t seed, int scale) {
  constexpr int kValidators = 1'000;
  const int colluding = static_cast<int>(std::lround(v.at("r") * kValidators));
  const double stake = v.at("S");
  std::vector<std::string> sets{
      "horizon=61 d",
      "demand.rate=8",
      fmt::format("market.price={} USD/h", decimal_text(v.at("R"), 6)),
      fmt::format("cloud.price={} USD/h", decimal_text(10.0 * v.at("R") + 1.0, 6)),
      fmt::format("verification.rate={}", decimal_text(rate, 9)),
      // So many that hardly one takes a second task while its first is validated: one stake stands
      // behind one task.
      "actors.honest.count=1500",
      "actors.ring.count=1500",
      fmt::format("actors.verifiers.count={}", kValidators - colluding),
      fmt::format("actors.ring-verifiers.count={}", std::max(1, colluding)),
  };
  if (colluding == 0) sets.push_back("actors.ring-verifiers.strategy=honest");
  const double wear = wear_for(v.at("C"), *load("colluding-validators", {}).rules, 0);
  for (const char* group : {"honest", "ring"}) {
    sets.push_back(fmt::format("actors.{}.wear={} USD/h", group, decimal_text(wear, 6)));
    sets.push_back(fmt::format("actors.{}.stake_per_slot={} tok", group, decimal_text(stake, 6)));
    sets.push_back(
        fmt::format("actors.{}.balance={} tok", group, decimal_text(400.0 * stake + 400.0, 6)));
  }
  // Who has to pay more than the work earns does not work.
  if (with_pay) sets.push_back(fmt::format("actors.honest.wear={} USD/h", 100.0 * v.at("R")));
  const protocol::LoadedScenario loaded = load("colluding-validators", sets);
  const protocol::Rules& rules = *loaded.rules;
  const ExperimentResult result =
      replicate(loaded.rules, protocol::honest_twin(rules), seed, scale);

  const std::size_t ring = group_of(rules, "ring");
  const std::size_t validators = group_of(rules, "ring-verifiers");
  const auto profit = [&](const RunOutcome& run) { return run.group_profit_usd[ring]; };
  const auto leases = [&](const RunOutcome& run) {
    return static_cast<double>(run.groups[ring].leases_committed);
  };
  const auto pay = [&](const RunOutcome& run) {
    return static_cast<double>(run.groups[validators].fees_utok) * 1e-6;
  };
  std::vector<double> gains;
  for (std::size_t i = 0; i < result.replications.size(); ++i) {
    double honest = per_replication(result, i, true, profit);
    if (with_pay) honest -= per_replication(result, i, true, pay);
    gains.push_back(per_replication(result, i, false, profit) /
                        per_replication(result, i, false, leases) -
                    honest / per_replication(result, i, true, leases));
  }
  return {mean(gains), standard_error(gains), static_cast<int>(gains.size())};
}

Measured sampling_break_even(const Values& v, double near, bool with_pay, std::uint64_t seed,
                             int scale) {
  const double low = 0.8 * near;
  const double high = 1.25 * near;
  return zero_between({low, sampling_gain(v, low, with_pay, seed, scale)},
                      {high, sampling_gain(v, high, with_pay, sim::mix(seed, 1), scale)});
}

// ---- V9, V10: jackpots ------------------------------------------------------------------------

/// What one of 20 verifiers gains for each call by approving unseen, while the others look: `cost`
/// is what looking costs, and `verifiers` are called to each claim.
Measured rubber_stamp_gain(double cost, double phi, double jackpot, std::int64_t verifiers,
                           std::uint64_t seed, int scale) {
  const double wear = wear_for(cost, *load("jackpot", {}).rules, 3);
  const protocol::LoadedScenario loaded = load(
      "jackpot", {"horizon=11 d", "demand.rate=80", "verification.rate=1",
                  "actors.honest.count=1000", fmt::format("verification.verifiers={}", verifiers),
                  fmt::format("verification.planted={}", decimal_text(phi, 9)),
                  fmt::format("verification.jackpot={} tok", decimal_text(jackpot, 6)),
                  // A third of it is never less than a jackpot.
                  "verification.pool=1000000000 tok", "verification.tax=0",
                  "actors.verifiers.count=19", "actors.rubber-stamp.count=1",
                  fmt::format("actors.verifiers.wear={} USD/h", decimal_text(wear, 6)),
                  fmt::format("actors.rubber-stamp.wear={} USD/h", decimal_text(wear, 6))});
  const protocol::Rules& rules = *loaded.rules;
  const ExperimentResult result =
      replicate(loaded.rules, protocol::honest_twin(rules), seed, scale);
  const std::size_t stamp = group_of(rules, "rubber-stamp");
  std::vector<double> gains;
  for (const Replication& replication : result.replications) {
    const auto per_call = [&](const RunOutcome& run) {
      return run.group_profit_usd[stamp] / static_cast<double>(run.groups[stamp].verdicts);
    };
    gains.push_back(per_call(replication.run) - per_call(*replication.twin));
  }
  return {mean(gains), standard_error(gains), static_cast<int>(gains.size())};
}

/// The largest number of finders for whom looking still pays; exact, where no prize is near its
/// cost.
Measured finders_measured(const Values& v, std::uint64_t seed, int scale) {
  std::int64_t finders = 1;
  for (; finders <= 10; ++finders) {
    const Measured gain =
        rubber_stamp_gain(v.at("c"), v.at("phi"), v.at("J"), finders,
                          sim::mix(seed, static_cast<std::uint64_t>(finders)), scale);
    if (gain.value > 0.0) break;
  }
  return {static_cast<double>(finders - 1), 0.0, 20 * scale};
}

/// What one verifier under n names gets for a planted fault that it and m others find.
Measured prize_of_names(const Values& v, std::uint64_t seed, int scale) {
  const std::int64_t names = whole(v, "n");
  const std::int64_t others = whole(v, "m");
  const protocol::LoadedScenario loaded = load(
      "sybil-verifiers",
      {"horizon=3 d",
       fmt::format("verification={{kind: planted-faults, rate: 100 %, planted: 100 %, verifiers: "
                   "{}, jackpot: {} tok, pool: 1000000000 tok}}",
                   names + others, decimal_text(v.at("J"), 6)),
       fmt::format("actors.sybil-verifiers.strategy.names={}", names),
       fmt::format("actors.verifiers.count={}", others)});
  const std::size_t sybil = group_of(*loaded.rules, "sybil-verifiers");
  const ExperimentResult result = replicate(loaded.rules, nullptr, seed, scale);
  double prizes = 0.0;
  double faults = 0.0;
  for (const Replication& replication : result.replications) {
    prizes += static_cast<double>(replication.run.groups[sybil].prizes_utok) * 1e-6;
    faults += static_cast<double>(replication.run.market.planted);
  }
  return {prizes / faults, 0.0, static_cast<int>(result.replications.size())};
}

std::string refuse_sampling(const Values& v) {
  if (v.at("C") > v.at("R")) return "nobody works for less than it costs: C may not exceed R";
  return 1.25 * sampling_threshold_with_pay(v.at("C"), v.at("R"), v.at("S"), v.at("r")) <= 1.0
             ? std::string()
             : std::string("the threshold is above 0.8: no probability lies well beyond it");
}

const std::vector<Parameter> kSampling{{"C", 1e-3, 1e3, false, "cost of the work, USD"},
                                       {"R", 1e-3, 1e3, false, "what it pays, USD"},
                                       {"S", 1e-3, 1e4, false, "stake behind it, USD"},
                                       {"r", 0.0, 0.5, false, "colluding share of validators"}};

}  // namespace

std::vector<Validation> verifier_validations() {
  return {
      {"V4",
       "Sampling probability that deters colluding validators",
       kSampling,
       {{{"C", 1}, {"R", 1.2}, {"S", 5}, {"r", 0.1}},
        {{"C", 1}, {"R", 1.2}, {"S", 10}, {"r", 0.3}}},
       refuse_sampling,
       [](const Values& v) {
         return sampling_threshold(v.at("C"), v.at("R"), v.at("S"), v.at("r"));
       },
       [](const Values& v, std::uint64_t seed, int scale) {
         return sampling_break_even(
             v, sampling_threshold(v.at("C"), v.at("R"), v.at("S"), v.at("r")), false, seed, scale);
       }},
      {"V4.WithPay",
       "The same where the colluding validators' pay is a gain",
       kSampling,
       {{{"C", 1}, {"R", 1.2}, {"S", 5}, {"r", 0.3}}},
       refuse_sampling,
       [](const Values& v) {
         return sampling_threshold_with_pay(v.at("C"), v.at("R"), v.at("S"), v.at("r"));
       },
       [](const Values& v, std::uint64_t seed, int scale) {
         return sampling_break_even(
             v, sampling_threshold_with_pay(v.at("C"), v.at("R"), v.at("S"), v.at("r")), true, seed,
             scale);
       }},
      {"V9",
       "Jackpot at which looking for planted faults pays",
       {{"c", 1e-3, 1e3, false, "cost of looking, USD"},
        {"phi", 1e-3, 1.0, false, "share of the audits that is planted"}},
       {{{"c", 1}, {"phi", 0.1}}, {{"c", 0.5}, {"phi", 0.3}}},
       nullptr,
       [](const Values& v) { return least_jackpot(v.at("c"), v.at("phi")); },
       [](const Values& v, std::uint64_t seed, int scale) {
         const double near = least_jackpot(v.at("c"), v.at("phi"));
         const auto gain = [&](double jackpot, std::uint64_t key) {
           return rubber_stamp_gain(v.at("c"), v.at("phi"), jackpot, 1, key, scale);
         };
         return zero_between({0.8 * near, gain(0.8 * near, seed)},
                             {1.25 * near, gain(1.25 * near, sim::mix(seed, 1))});
       }},
      {"V9.Finders",
       "Verifiers who find looking worth it, sharing the jackpot",
       {{"phi", 0.05, 1.0, false, "share of the audits that is planted"},
        {"J", 1e-2, 1e4, false, "jackpot, USD"},
        {"c", 1e-3, 1e3, false, "cost of looking, USD"}},
       {{{"phi", 0.5}, {"J", 24}, {"c", 1}}},
       [](const Values& v) {
         const double doublings = std::log2(v.at("phi") * v.at("J") / v.at("c"));
         if (doublings < 0.0) return std::string("phi J is below c: nobody looks");
         if (doublings >= 9.0) return std::string("more than ten would look");
         return std::abs(doublings - std::round(doublings)) < 0.1
                    ? std::string("phi J is nearly a power of two of c: one finder is indifferent")
                    : std::string();
       },
       [](const Values& v) {
         return static_cast<double>(finders_worth_it(v.at("phi"), v.at("J"), v.at("c")));
       },
       finders_measured},
      {"V10",
       "Jackpot that n names of one verifier get among m others",
       {{"J", 1, 1e6, true, "jackpot, USD"},
        {"n", 1, 6, true, "names of one verifier"},
        {"m", 1, 6, true, "other verifiers"}},
       {{{"J", 100}, {"n", 1}, {"m", 1}},
        {{"J", 100}, {"n", 2}, {"m", 1}},
        {{"J", 100}, {"n", 3}, {"m", 1}},
        {{"J", 100}, {"n", 4}, {"m", 1}}},
       [](const Values& v) {
         return v.at("n") + v.at("m") <= 7
                    ? std::string()
                    : std::string("a prize of more than seven finders is no whole micro-token");
       },
       [](const Values& v) { return jackpot_of_names(v.at("J"), whole(v, "n"), whole(v, "m")); },
       prize_of_names},
  };
}

}  // namespace assay::analysis
