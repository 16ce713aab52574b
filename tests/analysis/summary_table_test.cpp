#include "analysis/summary_table.hpp"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "analysis/campaign/run_plan.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::analysis {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

protocol::LoadedScenario small_market(const std::vector<std::string>& sets) {
  const protocol::ScratchFolder folder;
  return protocol::load_scenario(folder.write("small.yaml", protocol::kSmallMarket), sets);
}

SummaryMetric row(const std::string& name, std::vector<double> samples) {
  return {{name, "", "", "", 0.0}, std::move(samples), {}};
}

/// Whether the table has a metric with these samples.
bool told(const protocol::LoadedScenario& loaded, const std::string& name,
          std::vector<double> samples) {
  return !table_rows(*loaded.rules, {{row(name, std::move(samples))}, {}}).empty();
}

TEST_CASE("the table has what has a value in some replication", "[analysis]") {
  const auto loaded = small_market({});
  CHECK(told(loaded, "price_usd_per_gpu_hour", {kNone, 0.3}));
  CHECK_FALSE(told(loaded, "price_usd_per_gpu_hour", {kNone, kNone}));
  const RunSummary three{
      {row("jobs", {2.0}), row("price_usd_per_gpu_hour", {kNone}), row("slashes", {0.0})}, {}};
  CHECK(table_rows(*loaded.rules, three) == std::vector<std::size_t>{0, 2});
}

TEST_CASE("a zero is left out where the scenario lacks what it counts, and nowhere else",
          "[analysis]") {
  struct Case {
    const char* metric;
    std::vector<std::string> without;  ///< the mechanism
    std::vector<std::string> with;
  };
  const std::string honest = "actors.lazy.strategy=honest";
  for (const Case& one : std::vector<Case>{
           {"audited_share", {"verification=none"}, {}},
           {"made_up_disputes",
            {"verification=none", "actors.verifiers.strategy=rubber-stamp"},
            {"actors.verifiers.strategy=rubber-stamp"}},
           {"disputes", {"verification={kind: replication, replicas: 3}"}, {}},
           {"honest_slashes", {"verification=none"}, {"verification=replication"}},
           {"honest_slashes", {"verification=none"}, {}},
           {"accepted_bad_share", {honest}, {}},
           {"made_up_disputes", {}, {"actors.verifiers.strategy=rubber-stamp"}},
           {"prizes_tokens", {}, {"verification={kind: planted-faults, jackpot: 5 tok}"}},
       }) {
    CAPTURE(one.metric, one.without, one.with);
    const auto without = small_market(one.without);
    const auto with = small_market(one.with);
    CHECK_FALSE(told(without, one.metric, {0.0, kNone, 0.0}));
    CHECK(told(without, one.metric, {0.0, kNone, 0.1}));
    CHECK(told(with, one.metric, {0.0, kNone, 0.0}));
  }
}

TEST_CASE("what did not come up is left out unless an error band brings it up", "[analysis]") {
  const auto loaded = small_market({});
  for (const char* name : {"exits", "quits", "elsewhere_usd", "withdrawals", "audits_unheld",
                           "calls_missing", "refused_no_tokens", "bonds_missing"}) {
    CAPTURE(name);
    CHECK_FALSE(told(loaded, name, {0.0, 0.0}));
    CHECK(told(loaded, name, {0.0, 1.0}));
  }
  const auto rows = [&](Interval errors) {
    return table_rows(*loaded.rules, {{row("exits", {0.0, 0.0})}, {errors}}).size();
  };
  CHECK(rows({0.0, 0.0}) == 0);
  CHECK(rows({0.0, 2.0}) == 1);
}

TEST_CASE("a market in which nothing has happened yet has a short table", "[analysis]") {
  // At time zero every metric is zero or has no value: this names the rows as they are called.
  const auto names = [](const std::vector<std::string>& sets) {
    const auto loaded = small_market(sets);
    RunSummary summary;
    for (const Metric& metric : metrics_of(loaded)) {
      summary.metrics.push_back(row(metric.name, {metric.value}));
    }
    std::vector<std::string> all;
    for (const std::size_t i : table_rows(*loaded.rules, summary)) {
      all.push_back(summary.metrics[i].metric.name);
    }
    return all;
  };
  CHECK(names({"twins=false", "verification=none", "actors.lazy.strategy=honest"}) ==
        std::vector<std::string>{"jobs", "tasks_done", "honest_profit_usd", "moved_tb",
                                 "unfinished_jobs"});
}

}  // namespace
}  // namespace assay::analysis
