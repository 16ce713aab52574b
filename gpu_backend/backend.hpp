#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "gpu_backend/dispute/party.hpp"
#include "gpu_backend/dispute/training_party.hpp"
#include "gpu_backend/repops/operator.hpp"

namespace assay::backend {

/// On what a back end computes.
struct DeviceInfo {
  std::string backend;  ///< "cpu-repops"
  std::string device;   ///< "AMD EPYC 9B45", "NVIDIA H200"
  std::uint32_t threads = 1;
  std::uint64_t memory_bytes = 0;  ///< of the device
};

/// Time and size of a workload's steps on a device.
struct Measurement {
  std::uint64_t parameters = 0;
  std::uint64_t operators = 0;    ///< of a step
  std::uint64_t state_bytes = 0;  ///< parameters and moments: what a checkpoint holds
  double step_flops = 0.0;
  std::vector<double> step_s;  ///< of each step, in their order; the first one warms up
  double commit_s = 0.0;       ///< hashing the state once
  std::vector<float> losses;   ///< of each step
};

/// A segment of a training, and how somebody does it: all that its outcome depends on.
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

  bool operator==(const SegmentTask&) const = default;
};

struct SegmentResult {
  SegmentClaim claim;
  double seconds = 0.0;  ///< of wall time
};

/// Something that executes training steps. What it computes is a function of the request alone;
/// only times differ from call to call. A name or a number that cannot be is refused by
/// std::invalid_argument, which says what is allowed; what does not fit into memory by
/// std::bad_alloc. One thread at a time.
class StepBackend {
 public:
  virtual ~StepBackend() = default;
  [[nodiscard]] virtual DeviceInfo describe() = 0;
  /// Trains `steps` honest steps (at least 2) and times each of them.
  [[nodiscard]] virtual Measurement measure(const std::string& workload, std::uint32_t steps) = 0;
  [[nodiscard]] virtual SegmentResult run_segment(const SegmentTask& task) = 0;
  /// Who stands by that segment in a dispute.
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

/// The root of the state that a training with these first weights starts from.
[[nodiscard]] Hash start_root(const Workload& workload, std::uint64_t seed);

}  // namespace assay::backend
