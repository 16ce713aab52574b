#include "gpu_backend/live/worker_pool.hpp"

#include <algorithm>

#include "sim/check.hpp"

namespace assay::backend {

WorkerPool::WorkerPool(std::vector<WorkerClient::Terms> workers) {
  SIM_CHECK(!workers.empty());
  for (WorkerClient::Terms& terms : workers) {
    all_.push_back(std::make_unique<WorkerClient>(std::move(terms)));
    free_.push_back(all_.back().get());
  }
}

WorkerPool::Lease WorkerPool::lease() {
  std::unique_lock lock(mutex_);
  const std::size_t wanted = std::min<std::size_t>(all_.size(), 2);
  given_back_.wait(lock, [&] { return free_.size() >= wanted; });
  const auto begin = free_.end() - static_cast<std::ptrdiff_t>(wanted);
  std::vector<WorkerClient*> taken(begin, free_.end());
  free_.erase(begin, free_.end());
  return {*this, std::move(taken)};
}

void WorkerPool::give_back(const std::vector<WorkerClient*>& workers) {
  {
    const std::lock_guard lock(mutex_);
    free_.insert(free_.end(), workers.begin(), workers.end());
  }
  given_back_.notify_all();
}

}  // namespace assay::backend
