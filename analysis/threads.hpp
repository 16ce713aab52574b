#pragma once

#include <functional>
#include <thread>
#include <vector>

namespace assay::analysis {

/// Threads that run the same function. They are joined before this goes.
class Threads {
 public:
  /// Starts `n`; where the system has no memory for as many, half of what it gives. Throws
  /// std::system_error or std::bad_alloc where it gives none. `work` is copied, and must not throw.
  Threads(int n, const std::function<void()>& work);
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() { join(); }

  [[nodiscard]] int started() const { return started_; }
  void join();

 private:
  /// False where the system gave fewer: none of these works, and all of them are to be joined.
  bool start(int n, const std::function<void()>& work);

  std::vector<std::thread> threads_;
  int started_ = 0;
};

}  // namespace assay::analysis
