#include "gpu_backend/calibration/distances.hpp"

#include <algorithm>
#include <stdexcept>

#include "gpu_backend/calibration/calibration.hpp"
#include "tests/catch.hpp"
#include "tests/gpu_backend/worker/fake_worker.hpp"

namespace assay::backend {
namespace {

const ComparedCase kCase{"mlp-tiny", "fp32", 2};

WorkerKind kind(const std::string& name, std::vector<std::string> more = {}) {
  WorkerKind kind{name, real_worker().command};
  kind.command.insert(kind.command.end(), more.begin(), more.end());
  return kind;
}

ComparedSegments compared_in(double seconds, std::vector<double>* shares = nullptr) {
  const std::atomic<bool> stop = false;
  ComparisonPlan plan;
  plan.held_out = 10;
  plan.least_held_out = 4;
  plan.seconds = seconds;
  plan.later = 3;
  return compare_segments(kCase, {kind("one"), kind("other")}, plan, real_worker(), stop,
                          [&](double share) {
                            if (shares != nullptr) shares->push_back(share);
                          });
}

}  // namespace

TEST_CASE("a comparison sets a tolerance by every third segment and holds the others out",
          "[gpu_backend]") {
  std::vector<double> shares;
  const ComparedSegments all = compared_in(1e6, &shares);
  CHECK(all.honest == std::vector<double>(5, 0.0));  // the reproducible operators: the same bits
  CHECK(all.honest_held_out == std::vector<double>(10, 0.0));
  CHECK(all.kinds == std::vector<std::string>{"one", "other"});
  CHECK(std::is_sorted(shares.begin(), shares.end()));
  CHECK(shares.size() == 15);
  for (const ComparedSegments::Cheat& cheat : all.cheats) CHECK(cheat.distances.size() == 10);
  CHECK(all.cheats.front().name == "skip");
  CHECK(all.cheats.front().distances == std::vector<double>(10, 1.0));
  // Refused once for all: there is no lower precision.
  REQUIRE(all.left_out.size() == 1);
  CHECK(all.left_out[0].find("low-precision") != std::string::npos);
}

TEST_CASE("a comparison whose time is up ends with the fewest segments", "[gpu_backend]") {
  const ComparedSegments few = compared_in(1e-9);
  CHECK(few.honest.size() == 2);
  CHECK(few.honest_held_out.size() == 4);
  CHECK(few.cheats.front().distances.size() == 4);
}

TEST_CASE("workers with the same bits stand for one, and one alone is held against itself",
          "[gpu_backend]") {
  const std::atomic<bool> stop = false;
  std::vector<std::string> left_out;
  const auto two =
      kinds_apart({kind("one"), kind("two threads", {"--threads", "2"}), kind("three")}, true,
                  kCase, real_worker(), stop, left_out);
  REQUIRE(two.size() == 2);
  CHECK(two[0].name == "one");
  CHECK(two[1].name == "two threads");
  CHECK(left_out ==
        std::vector<std::string>{
            "on mlp-tiny in fp32, for the same bits as another one: two threads | three"});
  const auto alone = kinds_apart({kind("one")}, true, kCase, real_worker(), stop, left_out);
  REQUIRE(alone.size() == 2);
  CHECK(alone[1].name == "one");
  // None, where all refuse.
  CHECK(kinds_apart({kind("one")}, true, {"mlp-tiny", "bf16", 2}, real_worker(), stop, left_out)
            .empty());
  CHECK(left_out.back().find("bf16") != std::string::npos);
  // Nor is what may have bits of its own compared with itself.
  CHECK(kinds_apart({kind("one")}, false, kCase, real_worker(), stop, left_out).empty());
  CHECK(left_out.back() == "distances of mlp-tiny in fp32: one has nothing to be compared with");
}

TEST_CASE("an interrupt ends a comparison", "[gpu_backend]") {
  const std::atomic<bool> stop = true;
  std::vector<std::string> left_out;
  const auto ignore = [](double /*share*/) {};
  CHECK_THROWS_AS(
      compare_segments(kCase, {kind("one"), kind("other")}, {}, real_worker(), stop, ignore),
      Stopped);
  CHECK_THROWS_AS(kinds_apart({kind("one")}, true, kCase, real_worker(), stop, left_out), Stopped);
}

TEST_CASE("a calibration knows about how long it takes", "[gpu_backend]") {
  CalibrationTask task;
  task.workloads = {"gpt-1m", "mlp-1m"};
  task.precisions = {"fp32", "bf16"};
  task.seconds = 5.0;
  CHECK(expected_seconds(task) == 4 * 2 * 5.0);  // each twice: first tries and watched steps
  task.bitwise = kind("exact");
  CHECK(expected_seconds(task) == 6 * 2 * 5.0);
  // Four cheats are timed in each precision, and two cases are compared in each precision.
  task.compared = {{"mlp-1m", "", 8}, {"mlp-1m", "", 32}};
  task.comparison.seconds = 80.0;
  CHECK(expected_seconds(task) == 14 * 2 * 5.0 + 4 * 80.0);
  task.comparisons_at_once = 2;
  CHECK(expected_seconds(task) == 14 * 2 * 5.0 + 2 * 80.0);
}

}  // namespace assay::backend
