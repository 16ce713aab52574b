#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "gpu_backend/backend.hpp"
#include "gpu_backend/commitment/digests.hpp"

namespace assay::backend {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

Hash root_of(const State& state) {
  std::vector<Hash> digests;
  for (const Tensor& tensor : state.tensors) digests.push_back(tensor_digest(tensor));
  return state_root(state.step, std::move(digests));
}

/// A trainer and a conduct of its own, which a party or a segment needs.
struct Doing {
  Trainer trainer;
  Conduct conduct;
  Doing(const SegmentTask& task, OperatorRunner& runner)
      : trainer(workload(task.workload), task.seed, runner),
        conduct(trainer, segment_of(task), cheat_of(task),
                initial_state(trainer.workload(), task.seed)) {}
};

class OwningParty final : public Party {
 public:
  OwningParty(const SegmentTask& task, OperatorRunner& runner)
      : doing_(task, runner), party_(doing_.conduct) {}
  std::optional<Reply> answer(const Request& request) override { return party_.answer(request); }

 private:
  Doing doing_;
  TrainingParty party_;
};

class RepopsBackend final : public StepBackend {
 public:
  RepopsBackend(DeviceInfo device, std::unique_ptr<OperatorRunner> runner)
      : device_(std::move(device)), runner_(std::move(runner)) {}

  DeviceInfo describe() override { return device_; }

  Measurement measure(const std::string& name, std::uint32_t steps) override {
    if (steps < 2 || steps > 10'000) {
      throw std::invalid_argument("found " + std::to_string(steps) +
                                  " steps to measure, expected 2 to 10000");
    }
    Trainer trainer(workload(name), 1, *runner_);
    Measurement measured;
    measured.parameters = parameter_count(trainer.workload());
    measured.operators = trainer.graph().operators.size();
    for (const GraphOperator& node : trainer.graph().operators) {
      measured.step_flops += flops(node.op);
    }
    State state = initial_state(trainer.workload(), trainer.seed());
    for (const Tensor& tensor : state.tensors) {
      measured.state_bytes += tensor.size() * sizeof(float);
    }
    for (std::uint32_t i = 0; i < steps; ++i) {
      const auto begun = Clock::now();
      StepResult result = trainer.step(std::move(state));
      measured.step_s.push_back(seconds_since(begun));
      measured.losses.push_back(result.loss);
      state = std::move(result.state);
    }
    const auto begun = Clock::now();
    static_cast<void>(root_of(state));
    measured.commit_s = seconds_since(begun);
    return measured;
  }

  SegmentResult run_segment(const SegmentTask& task) override {
    const auto begun = Clock::now();
    Doing doing(task, *runner_);
    SegmentResult result;
    result.claim = train_segment(doing.conduct);
    result.seconds = seconds_since(begun);
    return result;
  }

  std::unique_ptr<Party> party(const SegmentTask& task) override {
    return std::make_unique<OwningParty>(task, *runner_);
  }

  std::vector<Tensor> recompute(const Operator& op, std::span<const Input> inputs) override {
    std::vector<Tensor> outputs;
    for (const std::size_t size : output_sizes(op)) outputs.emplace_back(size);
    const std::vector<Output> spans(outputs.begin(), outputs.end());
    runner_->run(op, inputs, spans);
    return outputs;
  }

 private:
  DeviceInfo device_;
  std::unique_ptr<OperatorRunner> runner_;
};

}  // namespace

std::unique_ptr<StepBackend> repops_backend(DeviceInfo device,
                                            std::unique_ptr<OperatorRunner> runner) {
  return std::make_unique<RepopsBackend>(std::move(device), std::move(runner));
}

Segment segment_of(const SegmentTask& task) {
  constexpr std::uint64_t kMostSteps = 1'000'000;
  if (task.steps < 1 || task.steps > kMostSteps) {
    throw std::invalid_argument("found a segment of " + std::to_string(task.steps) +
                                " steps, expected 1 to " + std::to_string(kMostSteps));
  }
  if (task.interval < 1 || task.steps % task.interval != 0) {
    throw std::invalid_argument("found a commitment every " + std::to_string(task.interval) +
                                " steps, expected a divisor of the " + std::to_string(task.steps) +
                                " steps");
  }
  return {0, task.steps, task.interval};
}

Cheat cheat_of(const SegmentTask& task) {
  if (!(task.fraction > 0.0 && task.fraction <= 1.0)) {
    throw std::invalid_argument("found a fraction of steps that is not above 0 and at most 1");
  }
  Cheat cheat;
  cheat.kind = cheat_kind(task.cheat);
  cheat.fraction = task.fraction;
  cheat.seed = task.cheat_seed;
  cheat.step = task.cheat_step;
  cheat.op = task.cheat_op;
  return cheat;
}

Hash start_root(const Workload& workload, std::uint64_t seed) {
  return root_of(initial_state(workload, seed));
}

}  // namespace assay::backend
