#pragma once

#include <atomic>
#include <cstdint>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "gpu_backend/live/answers.hpp"
#include "gpu_backend/live/live_setting.hpp"
#include "gpu_backend/live/tape.hpp"
#include "gpu_backend/live/worker_pool.hpp"

namespace assay::backend {

/// Answers by executing. What was asked once is not executed again: an answer depends on its
/// question alone. The first failure ends it all: every later question gets the same error.
class WorkerAnswers final : public Answers {
 public:
  /// Asks a worker on what it computes. Throws WorkerError where none answers.
  WorkerAnswers(LiveSetting setting, std::vector<WorkerClient::Terms> workers);

  /// The provider's and the checker's side run on two workers at once. Two honest sides that
  /// differ are a fault of a worker, and are executed once more before it is said.
  [[nodiscard]] SegmentAnswer segment(const Question& question) override;
  /// Both sides are workers', the referee is this process.
  [[nodiscard]] DisputeAnswer dispute(const Question& question) override;

  [[nodiscard]] const DeviceInfo& device() const { return device_; }
  /// How many were executed so far.
  [[nodiscard]] std::uint64_t segments() const { return segments_; }
  [[nodiscard]] std::uint64_t disputes() const { return disputes_; }
  /// Everything that was answered. Requires that nobody is asking.
  [[nodiscard]] Tape tape() const;

 private:
  template <class Answer>
  using Cache = std::map<Question, std::shared_future<Answer>>;
  template <class Answer, class Execute>
  Answer once(Cache<Answer>& cache, const Question& question, Execute execute);
  void refuse_if_failed();
  [[nodiscard]] SegmentAnswer execute_segment(const Question& question);
  [[nodiscard]] DisputeAnswer execute_dispute(const Question& question);

  LiveSetting setting_;
  WorkerPool pool_;
  DeviceInfo device_;
  std::atomic<std::uint64_t> segments_{0};
  std::atomic<std::uint64_t> disputes_{0};
  std::mutex mutex_;
  std::string failure_;  // the first one
  Cache<SegmentAnswer> segment_cache_;
  Cache<DisputeAnswer> dispute_cache_;
};

}  // namespace assay::backend
