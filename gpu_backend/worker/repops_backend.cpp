#include <algorithm>
#include <chrono>
#include <deque>
#include <stdexcept>
#include <utility>

#include "gpu_backend/backend.hpp"
#include "gpu_backend/dispute/trace.hpp"

namespace assay::backend {
namespace {

using Clock = std::chrono::steady_clock;

/// Carries operators out and notes when.
class WatchedRunner final : public OperatorRunner {
 public:
  explicit WatchedRunner(OperatorRunner& runner) : runner_(runner) {}
  void run(const Operator& op, std::span<const Input> inputs,
           std::span<const Output> outputs) override {
    runner_.run(op, inputs, outputs);
  }
  void apply(const Operator& op, InputValues inputs, OutputValues outputs) override {
    Span span{is_product(op.kind), runner_.now(), nullptr};
    runner_.apply(op, inputs, outputs);
    span.ended = runner_.now();
    spans_.push_back(std::move(span));
  }
  /// Fills in what operators took since the last call, by class.
  void take(WatchedStep& times) {
    for (const Span& span : spans_) {
      (span.product ? times.matrix_s : times.memory_s) += span.ended->since(*span.begun);
    }
    spans_.clear();
  }

 private:
  struct Span {
    bool product = false;
    std::unique_ptr<Moment> begun;
    std::unique_ptr<Moment> ended;
  };
  OperatorRunner& runner_;
  std::vector<Span> spans_;
};

/// A trainer and a conduct of its own, which a party or a segment needs.
struct Doing {
  Trainer trainer;
  Conduct conduct;
  Doing(const SegmentTask& task, std::span<const Input> start, OperatorRunner& runner)
      : trainer(workload(task.workload), task.seed, runner),
        conduct(trainer, segment_of(task), cheat_of(task), start_state(task, start)) {}
};

class OwningParty final : public Party {
 public:
  OwningParty(const SegmentTask& task, OperatorRunner& runner, std::optional<SegmentClaim> claim)
      : doing_(task, {}, runner), party_(doing_.conduct, std::move(claim)) {}
  std::optional<Reply> answer(const Request& request) override { return party_.answer(request); }

 private:
  Doing doing_;
  TrainingParty party_;
};

class RepopsBackend final : public StepBackend {
 public:
  RepopsBackend(DeviceInfo device, std::unique_ptr<OperatorRunner> runner)
      : device_(std::move(device)), runner_(std::move(runner)) {
    device_.precisions = {std::string(name_of(Precision::Fp32))};
  }

  DeviceInfo describe() override { return device_; }

  /// The segment is trained to time its steps; then the first of them again, watched, to see what
  /// they are made of, because watching a device costs time.
  Measurement measure(const MeasureTask& task) override {
    const SegmentTask segment = measured_segment(task);
    require_precision(segment);
    Measurement measured = sizes_of_step(workload(task.workload));
    {
      Doing doing(segment, {}, *runner_);
      State state = doing.conduct.start();
      while (measured.step_s.size() < task.steps) {
        const auto begun = runner_->now();
        StepResult result = doing.conduct.advance(std::move(state));
        measured.step_s.push_back(runner_->now()->since(*begun));
        measured.to_s = monotonic_seconds();
        if (measured.step_s.size() == 1) measured.from_s = measured.to_s;
        measured.losses.push_back(result.loss);
        measured.peak_bytes =
            std::max<std::uint64_t>(measured.peak_bytes, result.peak_numbers * sizeof(float));
        state = std::move(result.state);
      }
      set_hashing(measured, state, *runner_, [&] { static_cast<void>(root_of(state, *runner_)); });
    }
    WatchedRunner watched(*runner_);
    Doing doing(segment, {}, watched);
    State state = doing.conduct.start();
    std::vector<WatchedStep> steps(std::min(task.steps, kWatchedSteps));
    for (WatchedStep& step : steps) {
      const auto begun = runner_->now();
      state = doing.conduct.advance(std::move(state)).state;
      step.step_s = runner_->now()->since(*begun);
      watched.take(step);
    }
    set_classes(measured, steps);
    const CopyRates rates = runner_->copy_rates();
    measured.copy_to_bytes_per_s = rates.to_device;
    measured.copy_from_bytes_per_s = rates.from_device;
    return measured;
  }

  SegmentResult run_segment(const SegmentTask& task, std::span<const Input> start,
                            bool want_states) override {
    const auto begun = Clock::now();
    require_precision(task);
    Doing doing(task, start, *runner_);
    SegmentResult result;
    result.claim = train_segment(doing.conduct, want_states ? &result.states : nullptr);
    result.seconds = seconds_since(begun);
    if (start.empty()) remember(task, result.claim);
    return result;
  }

  std::unique_ptr<Party> party(const SegmentTask& task) override {
    require_precision(task);
    return std::make_unique<OwningParty>(task, *runner_, claimed(task));
  }

  std::vector<Tensor> recompute(const Operator& op, std::span<const Input> inputs) override {
    std::vector<Tensor> outputs;
    for (const std::size_t size : output_sizes(op)) outputs.emplace_back(size);
    const std::vector<Output> spans(outputs.begin(), outputs.end());
    runner_->run(op, inputs, spans);
    return outputs;
  }

 private:
  void require_precision(const SegmentTask& task) const {
    static_cast<void>(offered_precision(device_.backend, device_.precisions, task.precision));
  }
  /// A disputed segment has been trained before, often by this worker: who stands by it need not
  /// train it once more to know what it claims. Of short segments, whose claims take little memory.
  void remember(const SegmentTask& task, const SegmentClaim& claim) {
    constexpr std::size_t kClaims = 64;
    constexpr std::uint64_t kMostSteps = 1'024;
    if (task.steps > kMostSteps) return;
    if (claims_.size() == kClaims) claims_.pop_front();
    claims_.emplace_back(task, claim);
  }
  [[nodiscard]] std::optional<SegmentClaim> claimed(const SegmentTask& task) const {
    for (const auto& [known, claim] : claims_) {
      if (known == task) return claim;
    }
    return std::nullopt;
  }

  DeviceInfo device_;
  std::unique_ptr<OperatorRunner> runner_;
  std::deque<std::pair<SegmentTask, SegmentClaim>> claims_;  ///< the latest last
};

}  // namespace

std::unique_ptr<StepBackend> repops_backend(DeviceInfo device,
                                            std::unique_ptr<OperatorRunner> runner) {
  return std::make_unique<RepopsBackend>(std::move(device), std::move(runner));
}

}  // namespace assay::backend
