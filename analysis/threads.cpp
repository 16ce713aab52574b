#include "analysis/threads.hpp"

#include <algorithm>
#include <future>

namespace assay::analysis {

Threads::Threads(int n, const std::function<void()>& work) {
  while (!start(n, work)) {
    // All of their memory is free again, and the fewer that follow have as much to work with.
    const int refused = static_cast<int>(threads_.size());
    join();
    n = std::max(1, refused / 2);
  }
}

bool Threads::start(int n, const std::function<void()>& work) {
  std::promise<bool> complete;
  const std::shared_future<bool> may_work = complete.get_future().share();
  threads_.reserve(static_cast<std::size_t>(n));
  try {
    for (int t = 0; t < n; ++t) {
      threads_.emplace_back([may_work, work] {
        if (may_work.get()) work();
      });
    }
  } catch (...) {
    complete.set_value(false);
    if (threads_.empty()) throw;
    return false;
  }
  started_ = n;
  complete.set_value(true);
  return true;
}

void Threads::join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace assay::analysis
