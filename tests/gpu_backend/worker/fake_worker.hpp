#pragma once

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gpu_backend/worker/client.hpp"
#include "gpu_backend/worker/service.hpp"

namespace assay::backend {

/// A back end that answers at once and computes nothing.
class InstantBackend : public StepBackend {
 public:
  DeviceInfo describe() override { return {"instant", "no device", 1, 0}; }
  Measurement measure(const MeasureTask& task) override {
    Measurement measured;
    measured.step_s.assign(std::min(task.steps, 100u), 0.5);
    measured.losses.assign(std::min(task.steps, 100u), 1.0f);
    return measured;
  }
  SegmentResult run_segment(const SegmentTask& task, std::span<const Input> start,
                            bool want_states) override {
    const Segment segment = segment_of(task);
    static_cast<void>(cheat_of(task));
    SegmentResult result;
    result.seconds = 0.25;
    result.claim.checkpoints.assign(std::min<std::uint64_t>(segment.checkpoints(), 100), Hash{});
    result.claim.losses.assign(std::min<std::uint64_t>(segment.steps, 100), 0.0f);
    result.claim.root = checkpoints_root({segment.first_step, result.claim.checkpoints.size(), 1},
                                         result.claim.checkpoints);
    if (want_states) {
      result.states.assign(result.claim.checkpoints.size(), start_state(task, start));
    }
    return result;
  }
  std::unique_ptr<Party> party(const SegmentTask& task) override {
    static_cast<void>(segment_of(task));
    class Mirror final : public Party {
      std::optional<Reply> answer(const Request& request) override {
        switch (request.index()) {
          case 0:
            return StepsCommitment{};
          case 1:
            return TraceCommitment{};
          case 2:
            return Nodes{{Hash{}, Hash{}}};
          case 3:
            return OperatorOpening{};
          default:
            return InputTensors{{Tensor{1.0f, 2.0f}, Tensor{3.0f}}};
        }
      }
    };
    return std::make_unique<Mirror>();
  }
  std::vector<Tensor> recompute(const Operator& op, std::span<const Input> /*inputs*/) override {
    std::vector<Tensor> outputs;
    for (const std::size_t size : output_sizes(op)) outputs.emplace_back(size);
    return outputs;
  }
};

/// Somebody who listens on a socket and answers each frame as the test says; the connection ends
/// where that is nothing.
class FakeWorker {
 public:
  using Answer = std::function<std::optional<Frame>(const Frame&)>;
  explicit FakeWorker(Answer answer) : answer_(std::move(answer)) {
    char name[] = "/tmp/assay-worker-XXXXXX";
    folder_ = ::mkdtemp(name);
    path_ = (folder_ / "socket").string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.c_str(), path_.size() + 1);
    listener_ = Descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::listen(listener_.get(), 64);
    thread_ = std::thread([this] { accept_all(); });
  }
  ~FakeWorker() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
    std::filesystem::remove_all(folder_);
  }
  [[nodiscard]] WorkerClient::Terms terms(double patience_s = 30.0) const {
    WorkerClient::Terms terms;
    terms.name = "worker 1";
    terms.socket = path_;
    terms.patience = std::chrono::duration<double>(patience_s);
    return terms;
  }

 private:
  void accept_all() {
    while (true) {
      Descriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!client) return;
      Channel channel(std::move(client));
      try {
        while (const auto request = channel.receive({})) {
          const auto answer = answer_(*request);
          if (!answer) break;
          channel.send(*answer, {});
        }
      } catch (const std::exception&) {
        continue;  // the client went away, as it should
      }
    }
  }

  Answer answer_;
  std::filesystem::path folder_;
  std::string path_;
  Descriptor listener_;
  std::thread thread_;
};

/// The answer to a request as a frame that a worker may send.
template <class Message>
Frame answer_to(const Frame& request, const Message& message) {
  Frame frame;
  frame.kind = static_cast<std::uint16_t>(Message::kKind);
  frame.request = request.request;
  frame.payload = encode(message);
  return frame;
}

/// The real worker of this build.
inline WorkerClient::Terms real_worker(double patience_s = 120.0) {
  WorkerClient::Terms terms;
  terms.name = "worker 1";
  terms.command = {(std::filesystem::path(ASSAY_PROGRAM).parent_path() / "assay-worker").string(),
                   "serve"};
  terms.patience = std::chrono::duration<double>(patience_s);
  return terms;
}

/// A segment that takes a moment.
inline SegmentTask small_task() {
  SegmentTask task;
  task.workload = "mlp-tiny";
  task.seed = 7;
  task.steps = 2;
  task.interval = 2;
  return task;
}

}  // namespace assay::backend
