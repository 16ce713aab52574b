#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gpu_backend/backend.hpp"
#include "gpu_backend/calibration/distances.hpp"
#include "gpu_backend/calibration/energy.hpp"

// What a device's training steps cost, and how far honest and other results lie apart: measured by
// worker processes, so that nothing of theirs runs in this one.
namespace assay::backend {

/// What is to be measured.
struct CalibrationTask {
  WorkerKind native;                  ///< plain training
  bool native_is_bitwise = false;     ///< it carries out the reproducible operators itself
  std::optional<WorkerKind> bitwise;  ///< in the reproducible operators, where that is another one
  std::vector<WorkerKind> others;     ///< whose honest results `native` is compared with
  std::vector<std::string> workloads;
  std::vector<std::string> precisions;  ///< of plain training, each that the back end offers
  std::vector<ComparedCase> compared;   ///< of which distances are recorded
  double seconds = 5.0;                 ///< of steps for a measurement, about
  std::uint32_t most_steps = 400;
  ComparisonPlan comparison;
  unsigned comparisons_at_once = 1;
  double patience_s = 900.0;  ///< with one request
};

/// Steps of one workload that were timed.
struct TimedSteps {
  std::string backend;
  bool bitwise = false;
  std::string workload;
  std::string precision;
  std::string cheat;
  Measurement measurement;
  std::size_t steps = 0;  ///< without those that warmed up
  double median_s = 0.0;
  double p05_s = 0.0;  ///< of single steps
  double p95_s = 0.0;
  double low_s = 0.0;  ///< the least and the largest median of the measurement's tenths
  double high_s = 0.0;
  double drift = 0.0;           ///< the last quarter's median over the first quarter's, less one
  std::optional<double> watts;  ///< mean power over the steps, without the first one
  WorkingClocks clocks;         ///< meanwhile
};

struct Calibration {
  DeviceInfo native;
  std::optional<DeviceInfo> bitwise;
  bool native_is_bitwise = false;
  std::vector<std::string> left_out;  ///< what a back end refused, and why
  std::vector<TimedSteps> times;
  WorkingClocks clocks;  ///< over all of them
  std::vector<ComparedSegments> comparisons;
};

struct CalibrationProgress {
  double share = 0.0;  ///< of all that is to be done
  std::string doing;
};

/// About how long that takes, where no step is longer than a third of `seconds`, in seconds.
[[nodiscard]] double expected_seconds(const CalibrationTask& task);

/// Measures all of it: times one request at a time, then distances. `meter` may be null. Nothing
/// where `stop` became true. Throws WorkerError, and std::runtime_error where bitwise workers
/// disagree.
[[nodiscard]] std::optional<Calibration> calibrate(
    const CalibrationTask& task, EnergyMeter* meter, const std::atomic<bool>& stop,
    const std::function<void(const CalibrationProgress&)>& report);

/// The least and the largest median of ten parts, one after the other, or of as many as there are
/// steps: between which a mean over many steps strays. Requires a step.
[[nodiscard]] std::pair<double, double> range_of_tenths(const std::vector<double>& steps);

/// A step's times without those that warm up: the first one, and a tenth of the others.
[[nodiscard]] std::vector<double> without_warm_up(const std::vector<double>& step_s);

}  // namespace assay::backend
