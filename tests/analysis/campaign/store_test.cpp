#include "analysis/campaign/store.hpp"

#include <cmath>
#include <fstream>
#include <limits>

#include "protocol/scenario/error.hpp"
#include "tests/contains.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::analysis {
namespace {

using protocol::ScratchFolder;
using Claim = Store::Claim;

constexpr std::uint64_t kSeed = 7;

std::int64_t put(Store& store, const std::string& key, const std::string& label = "") {
  const std::vector<PointRow> rows{{key, label, "", "1.0", {{"rate", "5 %", 0.05, "share"}}, 0}};
  return store.put_points(rows).front();
}

RunId run_of(Store& store, const std::string& point, int replication) {
  return {put(store, point), point, kSeed, replication};
}

RunResult result_of(double price, const std::string& digest) {
  return {{{"price", "Price", "USD/h", "", price}, {"jobs", "Jobs", "", "", 3.0}}, digest, 10, 0.5};
}

/// Claims a run, which must be missing, and finishes it.
void compute(Store& store, const RunId& run, double price, const std::string& digest) {
  REQUIRE(store.claim(run, false) == Claim::Mine);
  store.finish(run, result_of(price, digest));
}

TEST_CASE("a point keeps its number, and takes the label that it was last asked for by",
          "[analysis]") {
  Store store;
  const std::vector<PointRow> two{{"b", "", "", "1.0", {}, 0}, {"a", "", "", "1.0", {}, 1}};
  const std::vector<std::int64_t> numbers = store.put_points(two);
  REQUIRE(numbers.size() == 2);
  CHECK(numbers[0] != numbers[1]);
  CHECK(put(store, "a", "renamed") == numbers[1]);
  CHECK(store.find_point("b") == numbers[0]);
  CHECK_FALSE(store.find_point("c"));
  const RunId run{numbers[1], "a", kSeed, 0};
  REQUIRE(store.claim(run, false) == Claim::Mine);
  store.fail(run, 0.5, "broken", "assay run");
  CHECK(store.failures(numbers[1], kSeed, 1).front().label == "renamed");
}

TEST_CASE("a run is claimed once, and remembered by whoever opens the store next", "[analysis]") {
  const ScratchFolder folder;
  const std::filesystem::path at = folder.path() / "campaign";
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  {
    Store store(at);
    Store other(at);
    const RunId first = run_of(store, "a", 0);
    CHECK(store.claim(first, false) == Claim::Mine);
    CHECK(other.claim(first, false) == Claim::Elsewhere);
    store.finish(first, result_of(0.25, "d0"));
    CHECK(other.claim(first, false) == Claim::Done);
    compute(other, run_of(store, "a", 2), kNone, "d2");
    // What was claimed and given up is missing again.
    const RunId second = run_of(store, "a", 1);
    CHECK(store.claim(second, false) == Claim::Mine);
    store.release();
    CHECK(other.claim(second, false) == Claim::Mine);
  }
  Store store(at);
  const std::int64_t point = *store.find_point("a");
  const Store::Counts counts = store.counts(point, kSeed, 0, 3);
  CHECK(counts.done == 2);
  CHECK(counts.failed == 0);
  CHECK(counts.wall_s == 1.0);
  CHECK(store.counts(point, kSeed, 1, 3).done == 1);
  CHECK(store.counts(point, kSeed + 1, 0, 3).done == 0);
  const SampleTable samples = store.samples(point, kSeed, 3);
  CHECK(samples.replications == std::vector<int>{0, 2});
  REQUIRE(samples.find("price") != nullptr);
  CHECK(samples.find("price")->metric.unit == "USD/h");
  CHECK(samples.find("price")->values[0] == 0.25);
  CHECK(std::isnan(samples.find("price")->values[1]));
  CHECK(samples.find("jobs")->values == std::vector<double>{3.0, 3.0});
  CHECK(samples.find("prize") == nullptr);
  CHECK(store.samples(point, kSeed, 2).replications == std::vector<int>{0});
}

TEST_CASE("a failed run is told, and computed again only where that is asked for", "[analysis]") {
  Store store;
  const RunId run = run_of(store, "a", 4);
  REQUIRE(store.claim(run, false) == Claim::Mine);
  store.fail(run, 0.5, "an account below zero", "assay run --only 4");
  CHECK(store.claim(run, false) == Claim::Failed);
  const std::vector<FailedRun> failures = store.failures(run.point, kSeed, 5);
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].replication == 4);
  CHECK(failures[0].seed == kSeed);
  CHECK(failures[0].error == "an account below zero");
  CHECK(failures[0].command == "assay run --only 4");
  CHECK(store.failures(run.point, kSeed, 4).empty());
  CHECK(store.samples(run.point, kSeed, 5).failed == 1);
  CHECK(store.claim(run, true) == Claim::Mine);
  store.finish(run, result_of(1.0, "d4"));
  CHECK(store.failures(run.point, kSeed, 5).empty());
  CHECK(store.claim(run, true) == Claim::Done);
}

TEST_CASE("another store's runs are taken over once, under this store's numbers", "[analysis]") {
  const ScratchFolder folder;
  const std::filesystem::path other = folder.path() / "other";
  Store store;
  {
    Store there(other);
    compute(there, run_of(there, "b", 0), 2.0,
            "b0");  // there it is the first point, here the second
    compute(there, run_of(there, "a", 0), 1.0, "a0");
    compute(there, run_of(there, "a", 1), 1.5, "a1");
    const RunId third = run_of(there, "a", 2);
    REQUIRE(there.claim(third, false) == Claim::Mine);
    there.fail(third, 0.5, "broken", "");
    REQUIRE(there.claim(run_of(there, "a", 3), false) == Claim::Mine);  // never finished
  }
  compute(store, run_of(store, "a", 0), 1.0, "a0");
  const RunId failed_here = run_of(store, "a", 1);
  REQUIRE(store.claim(failed_here, false) == Claim::Mine);
  store.fail(failed_here, 0.5, "broken", "");
  // New are the run of b and the failed one of a; the one that had failed here is done.
  CHECK(store.absorb(other) == 2);
  const std::int64_t a = *store.find_point("a");
  const std::int64_t b = *store.find_point("b");
  CHECK(store.samples(a, kSeed, 9).find("price")->values == std::vector<double>{1.0, 1.5});
  CHECK(store.samples(a, kSeed, 9).failed == 1);
  CHECK(store.samples(b, kSeed, 9).find("price")->values == std::vector<double>{2.0});
  CHECK(store.absorb(other) == 0);
}

TEST_CASE("stores that contradict each other are not put together", "[analysis]") {
  const ScratchFolder folder;
  const std::filesystem::path other = folder.path() / "other";
  {
    Store there(other);
    compute(there, run_of(there, "a", 0), 1.0, "another digest");
    compute(there, run_of(there, "a", 1), 1.0, "a1");
  }
  Store store;
  compute(store, run_of(store, "a", 0), 1.0, "a0");
  CHECK_THROWS_WITH(store.absorb(other), contains("1 runs have another digest"));
  CHECK(store.counts(*store.find_point("a"), kSeed, 0, 2).done == 1);
  // The store is as usable as before.
  CHECK(store.claim(run_of(store, "a", 1), false) == Claim::Mine);
}

TEST_CASE("a folder that holds something else is no store", "[analysis]") {
  const ScratchFolder folder;
  folder.write("notes.txt", "mine");
  CHECK_THROWS_WITH(Store(folder.path()), contains("holds something else than a campaign"));
  CHECK_THROWS_WITH(Store(folder.path() / "notes.txt"), contains("is a file"));
  CHECK_THROWS_AS(Store::file_in(folder.path()), protocol::ConfigError);
  const std::filesystem::path fresh = folder.path() / "deep" / "campaign";
  const Store made(fresh);
  CHECK(Store::file_in(fresh) == fresh / Store::kFile);
}

}  // namespace
}  // namespace assay::analysis
