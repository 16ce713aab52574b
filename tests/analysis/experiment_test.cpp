#include "analysis/experiment.hpp"

#include <chrono>

#include "analysis/results.hpp"
#include "protocol/demand/demand.hpp"
#include "protocol/scenario/load.hpp"
#include "sim/check.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::analysis {
namespace {

const std::atomic<bool> kGoOn{false};

void unheard(const Progress&) {}

protocol::LoadedScenario market() {
  const protocol::ScratchFolder folder;
  return protocol::load_scenario(folder.write("small.yaml", protocol::kSmallMarket));
}

Experiment experiment_of(const protocol::LoadedScenario& loaded, int replications) {
  Experiment experiment;
  experiment.rules = loaded.rules;
  experiment.twin = twin_of(loaded);
  experiment.seed = 7;
  experiment.replications = replications;
  return experiment;
}

/// Brings one job, and then breaks an invariant in those replications whose draws say so. In the
/// others it tells the experiment to stop, where there is a flag for that.
class Breaking final : public protocol::Demand {
 public:
  explicit Breaking(std::uint64_t broken, std::atomic<bool>* stop = nullptr)
      : broken_(broken), stop_(stop) {}
  [[nodiscard]] std::unique_ptr<protocol::ArrivalStream> open(
      protocol::Chance chance, std::uint64_t first_ordinal) const override {
    if (stop_ != nullptr && chance.seed != broken_) *stop_ = true;
    return std::make_unique<Stream>(chance.seed == broken_, first_ordinal);
  }

 private:
  class Stream final : public protocol::ArrivalStream {
   public:
    Stream(bool breaks, std::uint64_t ordinal) : breaks_(breaks), ordinal_(ordinal) {}
    [[nodiscard]] std::optional<protocol::Arrival> next() override {
      SIM_CHECK(!breaks_ || ordinal_ < 1);
      if (ordinal_ >= 3) return std::nullopt;
      protocol::Arrival arrival;
      arrival.ordinal = ordinal_++;
      arrival.at = sim::SimTime{std::chrono::hours(5 * (1 + arrival.ordinal))};
      arrival.work = std::chrono::hours(1);
      return arrival;
    }

   private:
    bool breaks_;
    std::uint64_t ordinal_;
  };

  std::uint64_t broken_;
  std::atomic<bool>* stop_;
};

TEST_CASE("an experiment's result does not depend on its threads", "[analysis]") {
  Experiment experiment = experiment_of(market(), 3);
  const ExperimentResult one = run_experiment(experiment, kGoOn, unheard);
  experiment.jobs = 3;
  const ExperimentResult three = run_experiment(experiment, kGoOn, unheard);
  CHECK(one.digest == three.digest);
  CHECK(one.ordinals == std::vector<int>{0, 1, 2});
  CHECK(three.ordinals == one.ordinals);
  CHECK_FALSE(one.interrupted);
  CHECK(one.failures.empty());
  std::uint64_t events = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(one.replications[i].run.digest == three.replications[i].run.digest);
    events += one.replications[i].run.events + one.replications[i].twin->events;
  }
  CHECK(one.events == events);
  // Every replication has draws of its own; a market and its twin share them.
  CHECK(one.replications[0].run.digest != one.replications[1].run.digest);
  CHECK(one.replications[0].run.seed == one.replications[0].twin->seed);
}

TEST_CASE("a replication alone is the one of the experiment", "[analysis]") {
  const protocol::LoadedScenario loaded = market();
  Experiment experiment = experiment_of(loaded, 3);
  const ExperimentResult all = run_experiment(experiment, kGoOn, unheard);
  const auto alone = run_replication(loaded.rules, twin_of(loaded), 7, 2, kGoOn);
  REQUIRE(alone);
  CHECK(alone->run.digest == all.replications[2].run.digest);
  CHECK(alone->twin->digest == all.replications[2].twin->digest);
  experiment.first = 2;
  experiment.replications = 1;
  const ExperimentResult last = run_experiment(experiment, kGoOn, unheard);
  CHECK(last.ordinals == std::vector<int>{2});
  CHECK(last.replications[0].run.digest == alone->run.digest);
  CHECK(replication_seed(7, 2) == alone->run.seed);
  CHECK(replication_seed(7, 2) != replication_seed(8, 2));
}

TEST_CASE("an experiment that is told to stop returns what it has", "[analysis]") {
  const protocol::LoadedScenario loaded = market();
  const std::atomic<bool> stopped{true};
  const ExperimentResult none = run_experiment(experiment_of(loaded, 2), stopped, unheard);
  CHECK(none.interrupted);
  CHECK(none.replications.empty());
  CHECK_FALSE(run_replication(loaded.rules, nullptr, 7, 0, stopped));
}

TEST_CASE("progress ends with all that was asked for", "[analysis]") {
  Progress last;
  const auto result = run_experiment(experiment_of(market(), 2), kGoOn,
                                     [&last](const Progress& progress) { last = progress; });
  CHECK(last.finished == 4);  // two replications and their twins
  CHECK(last.all == 4);
  CHECK(last.done_share == Approx(1.0));
  CHECK(last.events == result.events);
}

TEST_CASE("a broken invariant loses its run, says where, and leaves the others", "[analysis]") {
  const protocol::LoadedScenario loaded = market();
  auto rules = std::make_shared<protocol::Rules>(*loaded.rules);
  rules->demand = std::make_shared<Breaking>(replication_seed(7, 1));
  Experiment experiment;
  experiment.rules = rules;
  experiment.seed = 7;
  experiment.replications = 3;
  const ExperimentResult result = run_experiment(experiment, kGoOn, unheard);
  CHECK(result.ordinals == std::vector<int>{0, 2});
  CHECK_FALSE(result.interrupted);
  REQUIRE(result.failures.size() == 1);
  const Failure& failure = result.failures.front();
  CHECK(failure.replication == 1);
  CHECK_FALSE(failure.twin);
  CHECK(failure.seed == 7);
  CHECK(failure.time_s == 5.0 * 3600.0);  // where the first job arrives and the next is asked for
  CHECK(failure.what.find("ordinal_ < 1") != std::string::npos);
  CHECK_THROWS_AS(run_replication(rules, nullptr, 7, 1, kGoOn), sim::InvariantViolation);
}

TEST_CASE("two failures of one replication do not stand for another that was given up",
          "[analysis]") {
  std::atomic<bool> stop{false};
  auto rules = std::make_shared<protocol::Rules>(*market().rules);
  rules->demand = std::make_shared<Breaking>(replication_seed(7, 0), &stop);
  Experiment experiment;
  experiment.rules = rules;
  experiment.twin = rules;
  experiment.seed = 7;
  experiment.replications = 2;
  const ExperimentResult result = run_experiment(experiment, stop, unheard);
  CHECK(result.failures.size() == 2);  // the market and its twin
  CHECK(result.replications.empty());
  CHECK(result.interrupted);
}

}  // namespace
}  // namespace assay::analysis
