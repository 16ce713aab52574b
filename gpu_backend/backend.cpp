#include "gpu_backend/backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <utility>

#include "gpu_backend/commitment/digests.hpp"
#include "gpu_backend/dispute/trace.hpp"
#include "sim/math.hpp"

namespace assay::backend {
namespace {

using Clock = std::chrono::steady_clock;

double median(std::vector<double> values) { return sim::sample_quantile(std::move(values), 0.5); }

}  // namespace

Segment segment_of(const SegmentTask& task) {
  constexpr std::uint64_t kMostSteps = 1'000'000;
  if (task.steps < 1 || task.steps > kMostSteps) {
    throw std::invalid_argument(
        fmt::format("found a segment of {} steps, expected 1 to {}", task.steps, kMostSteps));
  }
  if (task.first_step > kMostSteps) {
    throw std::invalid_argument(fmt::format("found a segment after {} steps, expected 0 to {}",
                                            task.first_step, kMostSteps));
  }
  if (task.interval < 1 || task.steps % task.interval != 0) {
    throw std::invalid_argument(
        fmt::format("found a commitment every {} steps, expected a divisor of the {} steps",
                    task.interval, task.steps));
  }
  return {task.first_step, task.steps, task.interval};
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

SegmentTask measured_segment(const MeasureTask& task) {
  if (task.steps < 2 || task.steps > 10'000) {
    throw std::invalid_argument(
        fmt::format("found {} steps to measure, expected 2 to 10000", task.steps));
  }
  SegmentTask segment;
  segment.workload = task.workload;
  segment.seed = 1;
  segment.steps = segment.interval = task.steps;
  segment.cheat = task.cheat;
  segment.fraction = task.fraction;
  segment.precision = task.precision;
  return segment;
}

State start_state(const SegmentTask& task, std::span<const Input> start) {
  const Workload trained = workload(task.workload);
  if (start.empty()) {
    if (task.first_step == 0) return initial_state(trained, task.seed);
    throw std::invalid_argument(
        fmt::format("found no state for a segment that starts after {} steps", task.first_step));
  }
  const std::vector<std::size_t> sizes = state_sizes(trained);
  const auto as_large = [](const Input& tensor, std::size_t size) { return tensor.size() == size; };
  if (!std::equal(start.begin(), start.end(), sizes.begin(), sizes.end(), as_large)) {
    throw std::invalid_argument(
        fmt::format("found a state that is none of workload {}", trained.name));
  }
  State state;
  state.step = task.first_step;
  for (const Input& tensor : start)
    state.tensors.emplace_back(Tensor(tensor.begin(), tensor.end()));
  return state;
}

Hash start_root(const Workload& workload, std::uint64_t seed) {
  return root_of(initial_state(workload, seed));
}

Measurement sizes_of_step(const Workload& workload) {
  Measurement measured;
  measured.parameters = parameter_count(workload);
  for (const std::size_t size : state_sizes(workload)) {
    measured.state_bytes += size * sizeof(float);
  }
  const StepGraph graph = step_graph(workload);
  measured.operators = graph.operators.size();
  for (const GraphOperator& node : graph.operators) {
    const double work = flops(node.op);
    measured.step_flops += work;
    measured.largest_operator_flops = std::max(measured.largest_operator_flops, work);
  }
  return measured;
}

void set_classes(Measurement& measurement, const std::vector<WatchedStep>& watched) {
  const double step_s = median({measurement.step_s.begin() + 1, measurement.step_s.end()});
  std::vector<double> matrix, memory;
  for (auto step = watched.begin() + 1; step != watched.end(); ++step) {
    // A step that was left out may be too short for a clock.
    matrix.push_back(step->step_s > 0.0 ? step->matrix_s / step->step_s : 0.0);
    memory.push_back(step->step_s > 0.0 ? step->memory_s / step->step_s : 0.0);
  }
  measurement.matrix_s = step_s * median(std::move(matrix));
  measurement.memory_s = step_s * median(std::move(memory));
  // The two medians may be of different steps, a hair's breadth beyond the whole.
  measurement.overhead_s = std::max(0.0, step_s - measurement.matrix_s - measurement.memory_s);
}

void set_hashing(Measurement& measurement, const State& state, OperatorRunner& runner,
                 const std::function<void()>& commit) {
  // A small state is hashed again until the clock can tell.
  constexpr double kEnough = 0.05;
  std::vector<double> commits;
  const auto begun = Clock::now();
  do {
    const auto once = Clock::now();
    commit();
    commits.push_back(seconds_since(once));
  } while (seconds_since(begun) < kEnough);
  measurement.commit_s = median(commits);

  std::uint64_t bytes = 0;
  const auto hashing = Clock::now();
  do {
    static_cast<void>(digests_of(state, runner));
    bytes += measurement.state_bytes;
  } while (seconds_since(hashing) < kEnough);
  measurement.hash_bytes_per_s = static_cast<double>(bytes) / seconds_since(hashing);
}

}  // namespace assay::backend
