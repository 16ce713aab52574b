#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gpu_backend/backend.hpp"
#include "gpu_backend/calibration/energy.hpp"

// What a device's training steps cost, and how far honest and other results lie apart: measured by
// worker processes, so that nothing of theirs runs in this one.
namespace assay::backend {

/// A way to run a worker that trains with the same meaning and, maybe, other bits: as other
/// hardware would.
struct WorkerKind {
  std::string name;                  ///< "torch-cpu, OPENBLAS_CORETYPE=Haswell"
  std::vector<std::string> command;  ///< the program and its arguments
};

/// What is to be measured.
struct CalibrationTask {
  WorkerKind native;                  ///< plain training
  bool native_is_bitwise = false;     ///< it carries out the reproducible operators itself
  std::optional<WorkerKind> bitwise;  ///< in the reproducible operators, where that is another one
  std::vector<WorkerKind> others;     ///< whose honest results `native` is compared with
  std::vector<std::string> workloads;
  std::vector<std::string> precisions;  ///< of plain training, each that the back end offers
  /// Of which distances are recorded, after segments of so many steps.
  std::vector<std::string> compared;
  std::vector<std::uint64_t> intervals;
  double seconds = 10.0;  ///< of steps for a measurement, about
  std::uint32_t most_steps = 400;
  std::uint32_t calibration_seeds = 36;  ///< segments that set a tolerance
  std::uint32_t held_out_seeds = 72;     ///< segments that say how good it is
  std::uint64_t later = 16;              ///< half of the segments begin with this step, not with 0
  double patience_s = 900.0;             ///< with one request
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
  double p05_s = 0.0;
  double p95_s = 0.0;
  double drift = 0.0;  ///< the last quarter's median over the first quarter's, less one
  std::optional<double> watts;
};

/// Distances of segments, as shares of the movement in them.
struct ComparedSegments {
  struct Cheat {
    std::string name;
    std::vector<double> distances;  ///< of held-out seeds
  };
  std::string workload;
  std::string precision;
  std::uint64_t interval = 1;
  std::vector<std::string> kinds;       ///< of workers, each with bits of its own if any has
  std::vector<double> honest;           ///< of the calibration's seeds
  std::vector<double> honest_held_out;  ///< of the others
  std::vector<Cheat> cheats;
};

struct Calibration {
  DeviceInfo native;
  std::optional<DeviceInfo> bitwise;
  bool native_is_bitwise = false;
  std::vector<std::string> left_out;  ///< what a back end refused, and why
  std::vector<TimedSteps> times;
  std::vector<ComparedSegments> comparisons;
};

struct CalibrationProgress {
  std::size_t done = 0;
  std::size_t all = 0;
  std::string doing;
};

/// Measures all of it, one request at a time. `meter` may be null. Nothing where `stop` became
/// true. Throws WorkerError, and std::runtime_error where bitwise workers disagree.
[[nodiscard]] std::optional<Calibration> calibrate(
    const CalibrationTask& task, EnergyMeter* meter, const std::atomic<bool>& stop,
    const std::function<void(const CalibrationProgress&)>& report);

/// A step's times without those that warm up: the first one, and a tenth of the others.
[[nodiscard]] std::vector<double> without_warm_up(const std::vector<double>& step_s);

}  // namespace assay::backend
