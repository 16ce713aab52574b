#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "gpu_backend/worker/client.hpp"

namespace assay::backend {

/// Workers that several threads share.
class WorkerPool {
 public:
  /// One worker or more.
  explicit WorkerPool(std::vector<WorkerClient::Terms> workers);

  /// Some workers for one thread, given back at its end.
  class Lease {
   public:
    Lease(WorkerPool& pool, std::vector<WorkerClient*> workers)
        : pool_(&pool), workers_(std::move(workers)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { pool_->give_back(workers_); }
    [[nodiscard]] WorkerClient& first() const { return *workers_.front(); }
    /// Another one, or the first again where the pool has no other.
    [[nodiscard]] WorkerClient& second() const { return *workers_.back(); }
    [[nodiscard]] bool two() const { return workers_.size() == 2; }

   private:
    WorkerPool* pool_;
    std::vector<WorkerClient*> workers_;
  };
  /// Two workers, or one where the pool has no more; waits until they are free. Both at once, so
  /// that no two threads wait for each other's.
  [[nodiscard]] Lease lease();

 private:
  void give_back(const std::vector<WorkerClient*>& workers);

  std::vector<std::unique_ptr<WorkerClient>> all_;
  std::mutex mutex_;
  std::condition_variable given_back_;
  std::vector<WorkerClient*> free_;
};

}  // namespace assay::backend
