#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "gpu_backend/worker/channel.hpp"
#include "gpu_backend/worker/messages.hpp"
#include "gpu_backend/worker/process.hpp"
#include "gpu_backend/worker/tensors.hpp"

namespace assay::backend {

/// What a worker did instead of answering.
enum class WorkerFault : std::uint8_t {
  NotStarted,  ///< there is no such program
  Died,        ///< it ended, or was killed
  Hung,        ///< its time was up
  Nonsense,    ///< what it sent is no answer to this request, or it took the request for none
  Failed,      ///< it said that it failed: its device may be lost to it
  Refused      ///< it said why it cannot; asking again would not help
};

/// A request that has no answer. `what()` names the worker, the request, and what became of it,
/// both times where it was asked twice.
class WorkerError : public std::runtime_error {
 public:
  WorkerError(WorkerFault fault, const std::string& text)
      : std::runtime_error(text), fault_(fault) {}
  [[nodiscard]] WorkerFault fault() const { return fault_; }

 private:
  WorkerFault fault_;
};

/// A worker process and everything that keeps it from harming the simulator: every request has a
/// time limit; a worker that dies, hangs or sends nonsense is killed, started again and asked once
/// more. That is safe because requests hold all that their answer depends on. It belongs to one
/// thread at a time, and starts with its first request.
class WorkerClient {
 public:
  struct Terms {
    std::string name;                            ///< in messages: "worker 2"
    std::vector<std::string> command;            ///< the program and its arguments
    std::string socket;                          ///< of one that listens, instead of a command
    std::chrono::duration<double> patience{60};  ///< with one request
  };
  explicit WorkerClient(Terms terms) : terms_(std::move(terms)) {}

  /// Throws WorkerError. `tensors`: what comes with the request; `keep`: gets what came with the
  /// reply.
  template <class Q>
  typename Q::Answer ask(const Q& request, std::span<const std::span<const float>> tensors = {},
                         std::unique_ptr<SharedTensors>* keep = nullptr) {
    typename Q::Answer answer;
    const Question question{Q::kName, Q::kKind, encode(request), tensors};
    exchange(question, Q::Answer::kKind, [&](const Frame& frame) {
      answer = decode<typename Q::Answer>(frame.payload);
      check_answer(request, answer);
      take_tensors(sizes_of(answer), frame, keep);
    });
    return answer;
  }

  /// How often it was started.
  [[nodiscard]] int starts() const { return starts_; }
  /// Its process; -1 while there is none.
  [[nodiscard]] pid_t process() const { return process_ ? process_->id() : -1; }

 private:
  struct Question {
    std::string_view name;
    MessageKind kind{};
    std::string payload;
    std::span<const std::span<const float>> tensors;
  };
  using Accept = std::function<void(const Frame&)>;
  void exchange(const Question& question, MessageKind expected, const Accept& accept);
  void try_once(const Question& question, MessageKind expected, const Accept& accept);
  void start();
  void stop();
  static void take_tensors(std::span<const std::uint64_t> sizes, const Frame& frame,
                           std::unique_ptr<SharedTensors>* keep);

  Terms terms_;
  std::unique_ptr<Process> process_;
  std::optional<Channel> channel_;
  std::uint32_t requests_ = 0;
  int starts_ = 0;
};

}  // namespace assay::backend
