#include "gpu_backend/worker/remote_segment.hpp"

#include <utility>

namespace assay::backend {

SegmentResult run_segment(WorkerClient& worker, const SegmentTask& task,
                          std::span<const Input> start, bool want_states) {
  RunSegment request{task, want_states, {}};
  for (const Input& tensor : start) request.tensor_sizes.push_back(tensor.size());
  std::unique_ptr<SharedTensors> shared;
  SegmentDone done = worker.ask(request, start, &shared);
  if (!want_states) return std::move(done.result);
  const std::size_t tensors = state_sizes(workload(task.workload)).size();
  for (std::size_t i = 0; i < shared->tensors().size(); ++i) {
    if (i % tensors == 0) {
      State& state = done.result.states.emplace_back();
      state.step = task.first_step + done.result.states.size() * task.interval;
    }
    const auto& tensor = shared->tensors()[i];
    done.result.states.back().tensors.emplace_back(Tensor(tensor.begin(), tensor.end()));
  }
  return std::move(done.result);
}

}  // namespace assay::backend
