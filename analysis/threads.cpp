#include "analysis/threads.hpp"

#include <system_error>

namespace assay::analysis {

Threads::Threads(int n, const std::function<void()>& work) {
  threads_.reserve(static_cast<std::size_t>(n));
  for (int t = 0; t < n; ++t) {
    try {
      threads_.emplace_back(work);
    } catch (const std::system_error&) {
      if (threads_.empty()) throw;
      break;
    }
  }
  started_ = static_cast<int>(threads_.size());
}

void Threads::join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace assay::analysis
