#include "gpu_backend/repops/cpu/crew.hpp"

namespace assay::backend::repops {

Crew::Crew(std::size_t size) {
  for (std::size_t i = 1; i < size; ++i) others_.emplace_back([this, i] { work(i); });
}

Crew::~Crew() {
  task_ = nullptr;
  ++round_;
  round_.notify_all();
  for (std::thread& other : others_) other.join();
}

void Crew::run(const std::function<void(std::size_t)>& task) {
  task_ = &task;
  busy_ = static_cast<std::uint32_t>(others_.size());
  ++round_;  // publishes the two
  round_.notify_all();
  task(0);
  while (const std::uint32_t busy = busy_) busy_.wait(busy);
}

void Crew::work(std::size_t index) {
  for (std::uint32_t seen = 0;;) {
    round_.wait(seen);
    seen = round_;
    if (task_ == nullptr) return;
    (*task_)(index);
    if (--busy_ == 0) busy_.notify_one();
  }
}

}  // namespace assay::backend::repops
