#include "gpu_backend/torch/backend.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "gpu_backend/dispute/trace.hpp"
#include "gpu_backend/torch/clock.hpp"
#include "gpu_backend/torch/conduct.hpp"
#include "gpu_backend/torch/runtime.hpp"

namespace assay::backend {
namespace {

using Clock = std::chrono::steady_clock;

class TorchBackend final : public StepBackend {
 public:
  TorchBackend(TorchDevice device, int threads) : device_(device) {
    set_up_torch(device, threads);
    info_ = describe_torch(device, threads);
  }

  DeviceInfo describe() override { return info_; }

  /// The segment is trained to time its steps; then the first of them again, watched, to see what
  /// they are made of, because watching costs time.
  Measurement measure(const MeasureTask& task) override {
    const SegmentTask segment = measured_segment(task);
    Measurement measured = sizes_of_step(workload(task.workload));
    {
      Doing doing(*this, segment, {});
      while (measured.step_s.size() < task.steps) {
        const auto begun = Clock::now();
        measured.losses.push_back(doing.conduct.advance());
        finish_work(device_);
        measured.step_s.push_back(seconds_since(begun));
        measured.to_s = monotonic_seconds();
        if (measured.step_s.size() == 1) measured.from_s = measured.to_s;
      }
      // The copy from the device is a part of committing.
      set_hashing(measured, doing.trainer.state(), *cpu_runner(1),
                  [&] { static_cast<void>(root_of(doing.trainer.state())); });
    }
    measured.operators = 0;
    TorchClock clock(device_);
    Doing doing(*this, segment, {});
    finish_work(device_);
    static_cast<void>(clock.take());
    std::vector<WatchedStep> watched(std::min(task.steps, kWatchedSteps));
    for (WatchedStep& step : watched) {
      const auto begun = Clock::now();
      static_cast<void>(doing.conduct.advance());
      finish_work(device_);
      step.step_s = seconds_since(begun);
      const TorchWork work = clock.take();
      step.matrix_s = work.matrix_s;
      step.memory_s = work.memory_s;
      measured.operators = std::max(measured.operators, work.operators);
    }
    measured.peak_bytes = clock.peak_bytes();
    set_classes(measured, watched);
    const CopyRates rates = measure_copies(device_);
    measured.copy_to_bytes_per_s = rates.to_device;
    measured.copy_from_bytes_per_s = rates.from_device;
    return measured;
  }

  SegmentResult run_segment(const SegmentTask& task, std::span<const Input> start,
                            bool want_states) override {
    const auto begun = Clock::now();
    Doing doing(*this, task, start);
    const Segment segment = segment_of(task);
    SegmentResult result;
    SegmentClaim& claim = result.claim;
    while (doing.trainer.step() < segment.end()) {
      claim.losses.push_back(doing.conduct.advance());
      if (claim.losses.size() % segment.interval != 0) continue;
      State state = doing.trainer.state();
      claim.checkpoints.push_back(root_of(state));
      if (want_states) result.states.push_back(std::move(state));
    }
    claim.root = checkpoints_root(segment, claim.checkpoints);
    result.seconds = seconds_since(begun);
    return result;
  }

  std::unique_ptr<Party> party(const SegmentTask& /*task*/) override { refuse(); }
  std::vector<Tensor> recompute(const Operator& /*op*/,
                                std::span<const Input> /*inputs*/) override {
    refuse();
  }

 private:
  struct Doing {
    TorchTrainer trainer;
    TorchConduct conduct;
    Doing(const TorchBackend& backend, const SegmentTask& task, std::span<const Input> start)
        : trainer(workload(task.workload), task.seed, backend.device_),
          conduct(
              trainer, segment_of(task), cheat_of(task),
              offered_precision(backend.info_.backend, backend.info_.precisions, task.precision),
              start_state(task, start)) {}
  };

  [[noreturn]] void refuse() const {
    throw std::invalid_argument(info_.backend +
                                " has bits of its own and takes no side in disputes, expected "
                                "cpu-repops or cuda-repops");
  }

  TorchDevice device_;
  DeviceInfo info_;
};

}  // namespace

std::unique_ptr<StepBackend> torch_backend(TorchDevice device, int threads) {
  return std::make_unique<TorchBackend>(device, threads);
}

}  // namespace assay::backend
