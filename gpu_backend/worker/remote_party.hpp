#pragma once

#include <utility>

#include "gpu_backend/worker/client.hpp"

namespace assay::backend {

/// A side of a dispute that a worker takes. A worker that fails is no silent party: it throws
/// WorkerError, for nobody may lose for a crash of the machinery.
class RemoteParty final : public Party {
 public:
  /// `worker` must outlive it.
  RemoteParty(WorkerClient& worker, SegmentTask task) : worker_(&worker), task_(std::move(task)) {}
  [[nodiscard]] std::optional<Reply> answer(const Request& request) override;

 private:
  WorkerClient* worker_;
  SegmentTask task_;
};

/// The outputs of one operator, computed by a worker. Throws WorkerError.
[[nodiscard]] std::vector<Tensor> recompute(WorkerClient& worker, const Operator& op,
                                            std::span<const Input> inputs);

}  // namespace assay::backend
