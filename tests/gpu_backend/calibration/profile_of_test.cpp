#include "gpu_backend/calibration/profile_of.hpp"

#include "tests/catch.hpp"
#include "tests/protocol/data_files.hpp"

namespace assay::backend {
namespace {

TimedSteps timed(bool bitwise, double matrix_s, double memory_s, const char* cheat = "honest") {
  TimedSteps steps;
  steps.backend = bitwise ? "cpu-repops" : "torch-cpu";
  steps.bitwise = bitwise;
  steps.workload = "mlp-tiny";
  steps.precision = "fp32";
  steps.cheat = cheat;
  steps.measurement.parameters = 1000;
  steps.measurement.state_bytes = 12'000;
  steps.measurement.operators = 20;
  steps.measurement.step_flops = 1e6;
  steps.measurement.matrix_s = matrix_s;
  steps.measurement.memory_s = memory_s;
  steps.measurement.hash_bytes_per_s = 2e9;
  steps.steps = 9;
  steps.median_s = steps.p05_s = steps.p95_s = matrix_s + memory_s;
  steps.low_s = steps.high_s = steps.median_s;
  return steps;
}

protocol::ProfileFile read_back(const Calibration& calibration, const ProfileTerms& terms) {
  const protocol::TempFile file(protocol::profile_text(profile_of(calibration, terms)));
  return protocol::read_profile(file.path(), "");
}

}  // namespace

TEST_CASE("what was measured can be read back, whatever its shares round to", "[gpu_backend]") {
  Calibration calibration;
  calibration.native = {"torch-cpu", "here", 1, 1, "libtorch", {"fp32"}};
  calibration.bitwise = DeviceInfo{"cpu-repops", "here", 1, 1, "operators", {"fp32"}};
  ProfileTerms terms{"a test", "here", false, {"today", "none", "none", "none", "none"},
                     {},       "",     {}};
  ComparedSegments compared{{"mlp-tiny", "fp32", 8}, {"a", "b"}, {0.1, 0.2}, {0.1, 0.9}, {}, {}};
  compared.cheats.push_back({"skip", {1.0, 1.0}});
  compared.cheats.push_back({"stale-checkpoint", {0.6, 0.6}});
  compared.cheats.push_back({"fabricated-gradients", {3.0, 3.0}});
  calibration.comparisons.push_back(compared);
  // No overhead at all: 1 - a - b is zero, or a rounding below it.
  for (int i = 1; i < 50; ++i) {
    calibration.times = {timed(false, 0.01 * i, 0.003 * i * i), timed(true, 0.02 * i, 0.001),
                         timed(false, 1e-9, 0.0, "skip"),
                         timed(false, 0.005 * i, 0.0015 * i * i, "fabricated-gradients")};
    const protocol::ProfileFile read = read_back(calibration, terms);
    REQUIRE(read.steps.size() == 2);
    CHECK(read.steps[0].overhead_share == Approx(0.0).margin(1e-12));
    CHECK(read.order_factor == Approx(2.0));
    CHECK(read.checkpoint_bytes_per_parameter == 12.0);
    const protocol::ProfileFile::Comparison& row = read.comparisons.at(0);
    CHECK(row.honest.held_out->rejected == 1);  // beyond twice 0.199
    // Cost by the clock, but for the one step of a segment; harm by the distance.
    CHECK(row.behaviours.at(0).cost_share == Approx(0.0).margin(1e-6));
    CHECK(row.behaviours.at(0).harm == 1.0);
    CHECK(row.behaviours.at(1).cost_share == 1.0);
    CHECK(row.behaviours.at(1).harm == Approx(0.6));
    CHECK(row.behaviours.at(2).cost_share == Approx(0.5));
    CHECK(row.behaviours.at(2).harm == 1.0);
    CHECK(read.models.at(0).operators ==
          sizes_of_step(workload("mlp-tiny")).operators);  // not the 20 calls of a library
  }
  // Over a base: its price of bitwise arithmetic stays, unless a card was measured.
  terms.base = protocol::read_profile(protocol::data_file("profile_published.json").resolved, "");
  CHECK(read_back(calibration, terms).order_factor == 1.3);
  CHECK(read_back(calibration, terms).hash_bytes_per_s == terms.base->hash_bytes_per_s);
  CHECK(read_back(calibration, terms).referee_flops_per_s != terms.base->referee_flops_per_s);
  terms.gpu = true;
  CHECK(read_back(calibration, terms).order_factor == Approx(2.0));
  // A small model's products, which a device waits for, weigh little beside a large one's.
  Calibration both = calibration;
  for (const bool bitwise : {false, true}) {
    both.times.push_back(timed(bitwise, bitwise ? 1e-5 : 2e-5, 0.001));
    both.times.back().workload = "gpt-tiny";
  }
  CHECK(read_back(both, terms).order_factor == Approx(2.0).epsilon(1e-3));
  CHECK(read_back(calibration, terms).hash_bytes_per_s == 2e9);
  CHECK(read_back(calibration, terms).referee_flops_per_s == terms.base->referee_flops_per_s);
  CHECK(read_back(calibration, terms).models.size() == terms.base->models.size() + 1);
  // A library alone says nothing of the reproducible operators.
  calibration.bitwise.reset();
  calibration.times.erase(calibration.times.begin() + 1);
  CHECK(read_back(calibration, terms).order_factor == 1.3);
  terms.base.reset();
  CHECK(read_back(calibration, terms).order_factor == 1.3);
  CHECK(read_back(calibration, terms).bitwise_origin.kind == "published");
}

TEST_CASE("a cheat whose steps were not timed has no cost", "[gpu_backend]") {
  Calibration calibration;
  calibration.native = {"torch-cpu", "here", 1, 1, "libtorch", {"fp32"}};
  ComparedSegments compared{{"mlp-tiny", "fp32", 8}, {"a", "b"}, {0.1, 0.2}, {0.1, 0.9}, {}, {}};
  compared.cheats.push_back({"skip", {1.0, 1.0}});
  calibration.comparisons.push_back(compared);
  calibration.times = {timed(false, 0.01, 0.003)};
  const ProfileTerms terms{"a test", "here", false, {"today", "none", "none", "none", "none"},
                           {},       "",     {}};
  CHECK_THROWS_WITH(profile_of(calibration, terms),
                    "skip steps of mlp-tiny in fp32 were not timed");
}

TEST_CASE("without any measurement there is no profile", "[gpu_backend]") {
  CHECK_THROWS_AS(profile_of(Calibration{}, ProfileTerms{}), std::invalid_argument);
}

TEST_CASE("a measurement strays as far as its tenths do", "[gpu_backend]") {
  // One slow step in each tenth moves no tenth's median; a slower last tenth does.
  std::vector<double> steps;
  for (int tenth = 0; tenth < 10; ++tenth) {
    for (int i = 0; i < 5; ++i) steps.push_back(i == 2 ? 9.0 : tenth == 9 ? 1.5 : 1.0);
  }
  CHECK(range_of_tenths(steps) == std::pair(1.0, 1.5));
  CHECK(range_of_tenths({2.0, 3.0}) == std::pair(2.0, 3.0));
  CHECK(range_of_tenths({2.0}) == std::pair(2.0, 2.0));
}

TEST_CASE("the first step and a tenth of the others warm up", "[gpu_backend]") {
  CHECK(without_warm_up({9, 1, 2}) == std::vector<double>{1, 2});
  std::vector<double> steps(21, 1.0);
  CHECK(without_warm_up(steps).size() == 18);
  CHECK(without_warm_up({5.0}).size() == 1);
}

}  // namespace assay::backend
