#pragma once

#include <list>
#include <memory>
#include <string>
#include <utility>

#include "gpu_backend/backend.hpp"
#include "gpu_backend/worker/channel.hpp"
#include "gpu_backend/worker/messages.hpp"
#include "gpu_backend/worker/tensors.hpp"

namespace assay::backend {

/// The worker's side: answers requests by a back end. Whatever is wrong with a request or goes
/// wrong with its execution is answered by a refusal that says why; the worker goes on.
class Service {
 public:
  explicit Service(StepBackend& backend) : backend_(backend) {}

  /// The answer to a request; nothing that arrives makes it throw.
  [[nodiscard]] Frame answer(const Frame& request);

 private:
  [[nodiscard]] Frame execute(const Frame& request);
  Frame handle(const Describe& request, const Frame& frame);
  Frame handle(const Measure& request, const Frame& frame);
  Frame handle(const RunSegment& request, const Frame& frame);
  Frame handle(const AskParty& request, const Frame& frame);
  Frame handle(const Recompute& request, const Frame& frame);
  Party& party(const SegmentTask& task);

  StepBackend& backend_;
  // Of the segments that are disputed at this time, the last one asked comes first. Two are both
  // sides of one dispute; to forget one costs time, as it is trained again, and nothing else.
  std::list<std::pair<std::string, std::unique_ptr<Party>>> parties_;
};

/// Answers requests until the other side ends. Returns false where what arrived was no message: a
/// stream cannot be read on after that.
bool serve(Channel& channel, Service& service);

}  // namespace assay::backend
