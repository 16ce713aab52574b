#pragma once

#include <functional>
#include <thread>
#include <vector>

namespace assay::analysis {

/// Threads that run the same function. They are joined before this goes.
class Threads {
 public:
  /// Starts `n`; fewer where the system gives no more. Throws std::system_error where it gives
  /// none. `work` is copied, and must not throw.
  Threads(int n, const std::function<void()>& work);
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() { join(); }

  [[nodiscard]] int started() const { return started_; }
  void join();

 private:
  std::vector<std::thread> threads_;
  int started_ = 0;
};

}  // namespace assay::analysis
