#include <fmt/format.h>

#include <atomic>
#include <cmath>

#include "analysis/experiment.hpp"
#include "analysis/results.hpp"
#include "protocol/model.hpp"
#include "protocol/scenario/rules_from.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/small_market.hpp"

// Prices in a whole market: of work, and of the token that stakes are in.
namespace assay {
namespace {

/// 10,000 machines whose cost of an hour is uniform on 0 to 1 USD, so few jobs that hardly one is
/// busy, and five of them asked for each.
constexpr std::string_view kProcurement = R"(assay: 1
name: procurement
question: What does a reverse auction among five pay?
horizon: 90 d
catalogue: )" ASSAY_SOURCE_DIR R"(/scenarios/data/gpus.csv
reference_device: RTX 3090
demand: {kind: poisson, rate: 40, work: 1 h, distribution: fixed}
workloads:
  - name: language
    model: gpt2-124m
    memory: 8 GiB
    input: 0 B
    limit: {low: 100 %, high: 100 %}
network: none
cloud: {price: 1.01 USD/h}
market: {kind: second-price, invited: 5}
execution: {kind: profile, file: )" ASSAY_SOURCE_DIR R"(/scenarios/data/profile_published.json}
verification: none
token: {kind: fixed, supply: 1000000000000 tok}
actors:
  - {name: hosts, role: provider, count: 10000, hardware: RTX 3090, power_price: 0 USD/kWh, wear_up_to: 1 USD/h, bidding: truthful, balance: 0 tok}
  - {name: users, role: requester, count: 10}
)";

/// Mean price of an hour, and its standard error over replications.
std::pair<double, double> mean_price(const std::vector<std::string>& sets) {
  const protocol::ScratchFolder folder;
  const protocol::LoadedScenario loaded =
      protocol::load_scenario(folder.write("procurement.yaml", kProcurement), sets);
  analysis::Experiment experiment;
  experiment.rules = loaded.rules;
  experiment.seed = 1;
  experiment.replications = 12;
  experiment.jobs = 2;
  const std::atomic<bool> stop{false};
  const analysis::ExperimentResult result =
      analysis::run_experiment(experiment, stop, [](const analysis::Progress&) {});
  REQUIRE(result.failures.empty());
  std::vector<double> prices;
  for (const analysis::Replication& replication : result.replications) {
    const protocol::MarketTotals& market = replication.run.market;
    prices.push_back(static_cast<double>(market.awarded_uusd) * 3600.0 /
                     static_cast<double>(market.awarded_work_us));
  }
  return {analysis::mean(prices), analysis::standard_error(prices)};
}

struct Side {
  double gain = 0.0;  ///< of a cheated lease, USD
  double error = 0.0;
  double theory = 0.0;
};

/// The scenario at this stake, and what V2 says of it when tokens count at the last day's price.
Side crash(double stake) {
  const std::vector<std::string> sets{fmt::format("actors.lazy.stake_per_slot={:.6f} tok", stake)};
  const protocol::LoadedScenario loaded =
      protocol::load_scenario(ASSAY_SOURCE_DIR "/scenarios/attacks/price-crash.yaml", sets);
  const protocol::Rules& rules = *loaded.rules;
  double last = 1.0;
  std::vector<double> prices;
  for (std::uint64_t day = 1; day <= 30; ++day) {
    last = protocol::usd_per_token(rules.token->next({}, day, {}));
    prices.push_back(last);
  }
  double ratio = 0.0;  // of the last price to that of the lease's day
  for (const double price : prices) ratio += last / price / 30.0;

  analysis::Experiment experiment;
  experiment.rules = loaded.rules;
  experiment.twin = protocol::honest_twin(rules);
  experiment.seed = 1;
  experiment.replications = 8;
  experiment.jobs = 2;
  const std::atomic<bool> stop{false};
  const analysis::ExperimentResult result =
      analysis::run_experiment(experiment, stop, [](const analysis::Progress&) {});
  REQUIRE(result.failures.empty());
  const std::size_t lazy = analysis::attacking_groups(rules).front();
  const std::vector<double> gains = analysis::paired_gains_usd(rules, result, lazy);
  double leases = 0.0;
  for (const analysis::Replication& replication : result.replications) {
    leases += static_cast<double>(replication.run.groups[lazy].leases_bad);
  }
  const double of_a_member = leases / rules.groups[lazy].count / static_cast<double>(gains.size());
  return {analysis::mean(gains) / of_a_member, analysis::standard_error(gains) / of_a_member,
          0.10 - 0.0625 * (0.12 * ratio + stake * last)};
}

}  // namespace

TEST_CASE("both auctions pay 2 / (n + 1) in a whole market of uniform costs",
          "[validation][slow]") {
  // V18 for n = 5: a third. The task takes a hundredth of a percent longer than its hour, for
  // commitments. Busy machines are the cheap ones: 40 of 10,000, which raises the price by 5 x 40 /
  // 10,000 of a rank at most, 0.0007; four standard errors are some 0.002.
  const auto [second, second_error] = mean_price({});
  CHECK(std::abs(second - 1.0 / 3.0) < 4.0 * second_error + 0.001);
  CHECK(second_error < 0.002);
  const auto [first, first_error] =
      mean_price({"market={kind: first-price, invited: 5}",
                  "actors.hosts.bidding={kind: shading, highest: 1 USD/h}"});
  CHECK(std::abs(first - 1.0 / 3.0) < 4.0 * first_error + 0.001);
  CHECK(first_error < 0.002);
}

TEST_CASE("a second name wins more of a lottery by head and nothing by stake",
          "[validation][slow]") {
  // Twenty hosts are the whole pool. The owner of ten of them has staked as much as one of the ten
  // others.
  const auto share = [](const std::string& tickets) {
    const protocol::ScratchFolder folder;
    const protocol::LoadedScenario loaded = protocol::load_scenario(
        folder.write("procurement.yaml", kProcurement),
        std::vector<std::string>{
            "horizon=90 d", "demand.rate=2", "demand.work=1 min",
            "market={kind: lottery, price: 1 USD/h, invited: 20, tickets: " + tickets + "}",
            "actors=[{name: honest, role: provider, count: 10, hardware: RTX 3090, power_price: 0 "
            "USD/kWh, stake_per_slot: 100 tok, balance: 100 tok}, {name: sybils, role: provider, "
            "count: 10, hardware: RTX 3090, power_price: 0 USD/kWh, stake_per_slot: 10 tok, "
            "balance: 100 tok, principal: one}, {name: users, role: requester, count: 10}]"});
    protocol::Model model(loaded.rules, 1);
    model.finish();
    const auto& groups = model.world().metrics.groups;
    const double all = static_cast<double>(groups[0].leases_committed + groups[1].leases_committed);
    CHECK(all > 4'000);
    return static_cast<double>(groups[1].leases_committed) / all;
  };
  // 4,320 lotteries: the standard error is at most 0.0076.
  CHECK(std::abs(share("head") - 0.5) < 0.03);
  CHECK(std::abs(share("stake") - 1.0 / 11.0) < 0.02);
}

TEST_CASE("a stake in tokens deters at the price of the end", "[validation][slow]") {
  // 1.88 tokens deter at a constant price: lazy.yaml loses 0.025 a lease at the same audit rate.
  const Side shipped = crash(1.88);
  CHECK(shipped.theory == Approx(0.0556).margin(5e-4));
  CHECK(shipped.gain > 4.0 * shipped.error);
  // 4.5 standard errors of eight replications: t with 7 degrees of freedom is beyond with a chance
  // of 0.3 %.
  CHECK(std::abs(shipped.gain - shipped.theory) < 4.5 * shipped.error);
  const Side below = crash(0.8 * 4.4526);
  CHECK(below.gain > 0.0);
  CHECK(std::abs(below.gain - below.theory) < 4.5 * below.error);
  const Side above = crash(1.25 * 4.4526);
  CHECK(above.gain < 0.0);
  CHECK(std::abs(above.gain - above.theory) < 4.5 * above.error);
}

}  // namespace assay
