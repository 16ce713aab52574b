// Results found by comparing replicas.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "analysis/build_info.hpp"
#include "analysis/closed_forms.hpp"
#include "analysis/statistics.hpp"
#include "analysis/validation/cheating_game.hpp"
#include "protocol/scenario/load.hpp"
#include "protocol/verification/replication.hpp"

namespace assay::analysis {
namespace {

std::int64_t whole(const Values& values, const char* name) { return std::llround(values.at(name)); }

ExperimentResult vote(std::vector<std::string> sets, std::uint64_t seed, int scale) {
  sets.push_back("token.kind=fixed");
  sets.push_back("token.supply=1000000000000 tok");
  const protocol::LoadedScenario loaded =
      protocol::load_scenario(data_folder() / "scenarios/attacks/majority.yaml", sets);
  return replicate(loaded.rules, nullptr, seed, scale);
}

/// The share of results that a ring with a share f of 3,000 providers dictates to a majority of
/// 2m - 1.
Measured wrong_results(const Values& v, std::uint64_t seed, int scale) {
  constexpr int kProviders = 3'000;
  const int ring = static_cast<int>(std::lround(v.at("f") * kProviders));
  const std::int64_t quorum = whole(v, "m");
  const std::int64_t votes = 2 * quorum - 1;
  const ExperimentResult result = vote(
      {"horizon=11 d", "twins=false", fmt::format("verification.replicas={}", votes),
       fmt::format("verification.quorum={}", quorum), fmt::format("verification.most={}", votes),
       fmt::format("actors.honest.count={}", kProviders - ring),
       fmt::format("actors.ring.count={}", ring)},
      seed, scale);
  std::vector<double> wrong;
  for (const Replication& replication : result.replications) {
    wrong.push_back(static_cast<double>(replication.run.market.wrong_ballots) /
                    static_cast<double>(replication.run.market.ballots));
  }
  return {mean(wrong), standard_error(wrong), static_cast<int>(wrong.size())};
}

/// The providers that tasks of one with v valid results in a row get, from the scheme's own counts.
Measured providers_used(const Values& v, std::uint64_t seed, int scale) {
  constexpr int kBatches = 20;
  protocol::Replication::Params params;
  params.adaptive = true;
  params.replicas = 2;
  params.quorum = 2;
  params.most = 2;
  const protocol::Replication scheme(params);
  const auto memory = scheme.memory();
  const std::array<protocol::Vote, 2> pair{protocol::Vote{protocol::IdentityId{0}, 1},
                                           protocol::Vote{protocol::IdentityId{1}, 1}};
  for (std::int64_t i = 0; i < whole(v, "v"); ++i) scheme.learn(*memory, pair, 1);
  std::vector<double> batches;
  for (std::uint64_t batch = 0; batch < kBatches; ++batch) {
    const int tasks = 5'000 * scale;
    int used = 0;
    for (int task = 0; task < tasks; ++task) {
      const protocol::Count count =
          scheme.count(*memory, protocol::Chance{seed},
                       sim::mix(batch, static_cast<std::uint64_t>(task)), {pair.data(), 1});
      used += 1 + static_cast<int>(count.more);
    }
    batches.push_back(static_cast<double>(used) / static_cast<double>(tasks));
  }
  return {mean(batches), standard_error(batches), kBatches};
}

/// Answers that a result takes in a market of 3,000 new workers, none of whom does enough in it to
/// gain weight.
Measured answers_needed(const Values& v, std::uint64_t seed, int scale) {
  const ExperimentResult result =
      vote({"horizon=5 d", "twins=false", "demand.rate=8",
            fmt::format("verification={{kind: weighted-voting, trust: {}, most: 32}}",
                        whole(v, "trust")),
            "actors.honest.count=3000", "actors.ring.strategy=honest", "actors.ring.count=1"},
           seed, scale);
  double answers = 0.0;
  double results = 0.0;
  for (const Replication& replication : result.replications) {
    answers += static_cast<double>(replication.run.market.replicas);
    results += static_cast<double>(replication.run.market.ballots);
  }
  return {answers / results, 0.0, static_cast<int>(result.replications.size())};
}

}  // namespace

std::vector<Validation> voting_validations() {
  return {
      {"V13",
       "Results that saboteurs who agree dictate to a majority of 2m-1",
       {{"f", 0.01, 0.5, false, "share of the providers who sabotage"},
        {"m", 1, 8, true, "votes that are a majority"}},
       {{{"f", 0.2}, {"m", 2}}, {{"f", 0.2}, {"m", 3}}},
       nullptr,
       [](const Values& v) { return majority_error(v.at("f"), whole(v, "m")); },
       wrong_results},
      {"V24",
       "Providers a task of one with v valid results in a row",
       {{"v", 0, 100'000, true, "valid results in a row"}},
       {{{"v", 9}}, {{"v", 10}}, {{"v", 100}}},
       nullptr,
       [](const Values& v) { return adaptive_redundancy(whole(v, "v")); },
       providers_used},
      {"V25",
       "Answers of new workers that a trust takes",
       {{"trust", 2, 1'000, true, "trust that a result needs"}},
       {{{"trust", 2}}, {{"trust", 4}}, {{"trust", 8}}},
       nullptr,
       [](const Values& v) { return static_cast<double>(new_workers_for(v.at("trust"))); },
       answers_needed},
  };
}

}  // namespace assay::analysis
