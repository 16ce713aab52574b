#include "gpu_backend/worker/client.hpp"

#include <fmt/format.h>

namespace assay::backend {
namespace {

WorkerFault fault_of(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::WrongInput:
    case RefusalReason::OutOfMemory:
      return WorkerFault::Refused;
    case RefusalReason::BadRequest:
      return WorkerFault::Nonsense;
    case RefusalReason::Failed:
      return WorkerFault::Failed;
  }
  throw WireError(fmt::format("found a refusal for reason {}", static_cast<int>(reason)));
}

}  // namespace

void WorkerClient::start() {
  if (channel_) return;
  ++starts_;
  try {
    if (!terms_.socket.empty()) {
      channel_.emplace(connect_to(terms_.socket));
      return;
    }
    process_ = std::make_unique<Process>(terms_.command);
  } catch (const std::runtime_error& error) {
    throw WorkerError(WorkerFault::NotStarted, error.what());
  }
  channel_.emplace(process_->take_socket());
}

void WorkerClient::stop() {
  channel_.reset();
  process_.reset();  // kills it
}

void WorkerClient::exchange(const Question& question, MessageKind expected, const Accept& accept) {
  std::string first;
  for (const bool again : {false, true}) {
    try {
      try_once(question, expected, accept);
      return;
    } catch (const WorkerError& error) {
      const std::string text = fmt::format("{}: {}: {}", terms_.name, question.name, error.what());
      const bool hopeless =
          error.fault() == WorkerFault::Refused || error.fault() == WorkerFault::NotStarted;
      if (!hopeless) stop();
      if (hopeless) throw WorkerError(error.fault(), text);
      if (again) {
        throw WorkerError(error.fault(), fmt::format("{}; started again: {}", first, error.what()));
      }
      first = text;
    }
  }
}

void WorkerClient::try_once(const Question& question, MessageKind expected, const Accept& accept) {
  start();
  const Deadline deadline = deadline_in(terms_.patience);
  try {
    Frame request;
    request.kind = static_cast<std::uint16_t>(question.kind);
    request.request = ++requests_;
    request.payload = question.payload;
    if (!question.tensors.empty()) request.tensors = share_tensors(question.tensors);
    channel_->send(request, deadline);
    const std::optional<Frame> reply = channel_->receive(deadline);
    if (!reply) throw ChannelClosed("it sent no answer");
    if (reply->request != request.request) {
      throw WireError(fmt::format("found an answer to request {}, expected one to {}",
                                  reply->request, request.request));
    }
    if (reply->kind == static_cast<std::uint16_t>(Refusal::kKind)) {
      const auto refusal = decode<Refusal>(reply->payload);
      throw WorkerError(fault_of(refusal.reason), refusal.text);
    }
    if (reply->kind != static_cast<std::uint16_t>(expected)) {
      throw WireError(fmt::format("found a message of kind {}, expected {}", reply->kind,
                                  static_cast<std::uint16_t>(expected)));
    }
    accept(*reply);
  } catch (const ChannelTimeout&) {
    throw WorkerError(WorkerFault::Hung, fmt::format("no answer in {:g} s, so it was given up",
                                                     terms_.patience.count()));
  } catch (const ChannelClosed& error) {
    const std::string end = process_ ? process_->end() : "its connection ended";
    throw WorkerError(WorkerFault::Died, fmt::format("{}: {}", end, error.what()));
  } catch (const WireError& error) {
    throw WorkerError(WorkerFault::Nonsense, fmt::format("its answer is none: {}", error.what()));
  }
}

void WorkerClient::take_tensors(std::span<const std::uint64_t> sizes, const Frame& frame,
                                std::unique_ptr<SharedTensors>* keep) {
  if (sizes.empty() != !frame.tensors) {
    throw WireError("found tensors that were not expected, or none where some were");
  }
  if (sizes.empty()) return;
  auto tensors = std::make_unique<SharedTensors>(frame.tensors, sizes);
  if (keep != nullptr) *keep = std::move(tensors);
}

}  // namespace assay::backend
