#include "gpu_backend/worker/remote_party.hpp"

namespace assay::backend {
namespace {

std::vector<Tensor> copies_of(const SharedTensors& shared) {
  std::vector<Tensor> tensors;
  for (const auto& tensor : shared.tensors()) tensors.emplace_back(tensor.begin(), tensor.end());
  return tensors;
}

}  // namespace

std::optional<Reply> RemoteParty::answer(const Request& request) {
  std::unique_ptr<SharedTensors> shared;
  PartyAnswer answer = worker_->ask(AskParty{task_, request}, {}, &shared);
  if (answer.reply && shared) {
    std::get<InputTensors>(*answer.reply).tensors = copies_of(*shared);
  }
  return std::move(answer.reply);
}

std::vector<Tensor> recompute(WorkerClient& worker, const Operator& op,
                              std::span<const Input> inputs) {
  Recompute request{op, {}};
  for (const Input input : inputs) request.tensor_sizes.push_back(input.size());
  std::unique_ptr<SharedTensors> shared;
  static_cast<void>(worker.ask(request, inputs, &shared));
  return copies_of(*shared);
}

}  // namespace assay::backend
