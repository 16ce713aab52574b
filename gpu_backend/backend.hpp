#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gpu_backend/dispute/party.hpp"
#include "gpu_backend/dispute/training_party.hpp"
#include "gpu_backend/precision.hpp"
#include "gpu_backend/repops/operator.hpp"

namespace assay::backend {

/// On what a back end computes.
struct DeviceInfo {
  std::string backend;  ///< "cpu-repops"
  std::string device;   ///< "AMD EPYC 9B45", "NVIDIA H200"
  std::uint32_t threads = 1;
  std::uint64_t memory_bytes = 0;         ///< of the device
  std::string software = {};              ///< "libtorch 1.13.0, OpenBLAS 0.3.21 (SkylakeX)"
  std::vector<std::string> precisions{};  ///< that it takes, by name
};

/// What is measured: honest steps or those of a cheat, in a segment of its own.
struct MeasureTask {
  std::string workload;  ///< by name
  std::string precision = "fp32";
  std::uint32_t steps = 2;  ///< 2 to 10,000: the first one warms up
  std::string cheat = "honest";
  double fraction = 1.0;  ///< of the steps, for the cheats that spare some
};

/// Time and size of a workload's steps on a device. Medians leave out the first step.
struct Measurement {
  std::uint64_t parameters = 0;
  std::uint64_t operators = 0;    ///< that a step calls
  std::uint64_t state_bytes = 0;  ///< parameters and moments: what a checkpoint holds
  double step_flops = 0.0;        ///< of an honest step, by the formulas of `flops`
  double largest_operator_flops = 0.0;
  std::vector<double> step_s;  ///< of each step, in their order; the first one warms up
  std::vector<float> losses;   ///< of each step
  /// When the first step ended and the last one, by the monotonic clock that all processes of a
  /// machine share: whose power was counted meanwhile, knows what the steps drew.
  double from_s = 0.0;
  double to_s = 0.0;
  double matrix_s = 0.0;    ///< of the median step: products of matrices, attention's among them
  double memory_s = 0.0;    ///< and its other operators: element-wise, norms, sums, updates
  double overhead_s = 0.0;  ///< and the rest of its time, in which no operator ran
  std::uint64_t peak_bytes = 0;   ///< the most that all tensors of a step took at once
  double commit_s = 0.0;          ///< the state's root, from tensors on the device
  double hash_bytes_per_s = 0.0;  ///< the digests of the state's tensors, where it hashes them
  /// Between the processor's memory and the device's; 0 where the device is the processor, which
  /// copies nothing.
  double copy_to_bytes_per_s = 0.0;
  double copy_from_bytes_per_s = 0.0;
};

/// A segment of a training, and how somebody does it: all that its outcome depends on, but for the
/// state that a segment starts from if that is not the training's first one.
struct SegmentTask {
  std::string workload;    ///< by name
  std::uint64_t seed = 0;  ///< of the first weights and of the data
  std::uint64_t steps = 1;
  std::uint64_t interval = 1;  ///< of commitments, in steps; divides `steps`
  std::string cheat = "honest";
  double fraction = 1.0;         ///< of the steps, for the cheats that spare some
  std::uint64_t cheat_seed = 0;  ///< of everything that the cheat draws
  std::optional<std::uint64_t> cheat_step;
  std::optional<std::uint64_t> cheat_op;
  std::string precision = "fp32";
  std::uint64_t first_step = 0;  ///< steps that are done before it

  bool operator==(const SegmentTask&) const = default;
};

struct SegmentResult {
  SegmentClaim claim;
  double seconds = 0.0;         ///< of wall time
  std::vector<State> states{};  ///< after each interval, if they were asked for
};

/// Something that executes training steps. What it computes is a function of the request alone;
/// only times differ from call to call. A name or a number that cannot be is refused by
/// std::invalid_argument, which says what is allowed; what does not fit into memory by
/// std::bad_alloc. One thread at a time.
class StepBackend {
 public:
  virtual ~StepBackend() = default;
  [[nodiscard]] virtual DeviceInfo describe() = 0;
  /// Trains the steps and times each of them.
  [[nodiscard]] virtual Measurement measure(const MeasureTask& task) = 0;
  /// `start`: the tensors of the state that the segment starts from; none: the training's first
  /// state, for a segment that begins with step 0. `want_states`: the result has `states`.
  [[nodiscard]] virtual SegmentResult run_segment(const SegmentTask& task,
                                                  std::span<const Input> start,
                                                  bool want_states) = 0;
  /// Who stands by that segment, which begins with step 0, in a dispute. Back ends whose bits are
  /// their own alone refuse this and the next one.
  [[nodiscard]] virtual std::unique_ptr<Party> party(const SegmentTask& task) = 0;
  /// The outputs of one operator.
  [[nodiscard]] virtual std::vector<Tensor> recompute(const Operator& op,
                                                      std::span<const Input> inputs) = 0;
};

/// The back end of the reproducible operators, whatever carries them out. `device.threads` and the
/// rest are the runner's.
[[nodiscard]] std::unique_ptr<StepBackend> repops_backend(DeviceInfo device,
                                                          std::unique_ptr<OperatorRunner> runner);

/// The parts of a task as training knows them. They throw std::invalid_argument, with the nearest
/// name, for what cannot be.
[[nodiscard]] Segment segment_of(const SegmentTask& task);
[[nodiscard]] Cheat cheat_of(const SegmentTask& task);
/// The segment that a measurement trains.
[[nodiscard]] SegmentTask measured_segment(const MeasureTask& task);
/// The state that a task starts from, `start` being as for `StepBackend::run_segment`.
[[nodiscard]] State start_state(const SegmentTask& task, std::span<const Input> start);

/// The root of the state that a training with these first weights starts from.
[[nodiscard]] Hash start_root(const Workload& workload, std::uint64_t seed);

[[nodiscard]] inline double seconds_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}
/// Seconds of the monotonic clock, now.
[[nodiscard]] inline double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// What of a measurement follows from the workload: sizes and work.
[[nodiscard]] Measurement sizes_of_step(const Workload& workload);

/// Seconds of one step and of its operators, while somebody watched them, which takes time itself.
struct WatchedStep {
  double step_s = 0.0;
  double matrix_s = 0.0;
  double memory_s = 0.0;
};
/// So many of a measurement's steps are trained once more to be watched: the shares of a step's
/// time hardly differ.
inline constexpr std::uint32_t kWatchedSteps = 12;
/// Splits the median step by the shares that the classes had of the watched ones. Requires two
/// steps or more of either sort.
void set_classes(Measurement& measurement, const std::vector<WatchedStep>& watched);
/// Fills in what `commit` takes, which makes the state's root from where its tensors lie, and what
/// hashing `state` by `runner` takes.
void set_hashing(Measurement& measurement, const State& state, OperatorRunner& runner,
                 const std::function<void()>& commit);

}  // namespace assay::backend
