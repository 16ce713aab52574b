#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace assay::backend::repops {

/// Threads that wait for the next task: starting one takes longer than most operators.
class Crew {
 public:
  /// `size` threads, the caller's among them.
  explicit Crew(std::size_t size);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  [[nodiscard]] std::size_t size() const { return others_.size() + 1; }

  /// Calls task(0) to task(size() - 1) at the same time, and returns when all are done. A task must
  /// not throw.
  void run(const std::function<void(std::size_t)>& task);

 private:
  void work(std::size_t index);

  const std::function<void(std::size_t)>* task_ = nullptr;  // null: the day is over
  std::atomic<std::uint32_t> round_ = 0;
  std::atomic<std::uint32_t> busy_ = 0;
  std::vector<std::thread> others_;
};

}  // namespace assay::backend::repops
