#include "gpu_backend/calibration/calibration.hpp"

#include <chrono>

#include "tests/catch.hpp"
#include "tests/gpu_backend/worker/fake_worker.hpp"

namespace assay::backend {
namespace {

/// A device that always draws 100 W, at a clock that follows nothing.
class SteadyMeter final : public EnergyMeter {
 public:
  std::optional<MeterReading> read() override {
    return MeterReading{100.0 * monotonic_seconds(), 1500u, 0x4};
  }
  [[nodiscard]] std::string source() const override { return "a steady meter"; }
};

}  // namespace

TEST_CASE("power is measured while steps run, and clocks with it", "[gpu_backend]") {
  CalibrationTask task;
  task.native = {"cpu-repops", real_worker().command};
  task.native_is_bitwise = true;
  task.workloads = {"gpt-tiny"};
  task.precisions = {"fp32", "bf16"};
  // In four rounds of a second each: five times the ten readings that power needs, so that it has
  // them also where the tried steps were slow ones. A tiny MLP's steps are too short for that: a
  // worker takes 10,000 at most.
  task.seconds = 4.0;
  task.most_steps = 40'000;
  SteadyMeter meter;
  const std::atomic<bool> stop = false;
  const auto done = calibrate(task, &meter, stop, [](const CalibrationProgress&) {});
  REQUIRE(done);
  REQUIRE(done->times.size() == 1);
  const TimedSteps& timed = done->times.front();
  const Measurement& measured = timed.measurement;
  double all = 0.0;
  for (std::size_t i = 1; i < measured.step_s.size(); ++i) all += measured.step_s[i];
  CHECK(measured.to_s - measured.from_s >= all);  // and what was done between the steps
  REQUIRE(timed.watts);
  CHECK(*timed.watts == Approx(100.0).epsilon(1e-3));
  CHECK(done->clocks.text() ==
        "SM clock 1500 MHz (median, from 1500 to 1500), clock held down by: the power cap");
  CHECK(done->left_out == std::vector<std::string>{"cpu-repops in bf16: it does not offer it"});
}

}  // namespace assay::backend
