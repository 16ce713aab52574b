#include "gpu_backend/repops/cpu/crew.hpp"

namespace assay::backend::repops {
namespace {

/// Returns when `value` is no longer `old`. Operators follow each other within microseconds, and
/// waking a thread that sleeps takes tens of them: so it looks again for that long before it
/// sleeps.
void wait_while(const std::atomic<std::uint32_t>& value, std::uint32_t old) {
  for (int i = 0; i < 2000; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
#ifdef __x86_64__
    __builtin_ia32_pause();
#endif
  }
  value.wait(old);
}

}  // namespace

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
  while (const std::uint32_t busy = busy_) wait_while(busy_, busy);
}

void Crew::work(std::size_t index) {
  for (std::uint32_t seen = 0;;) {
    wait_while(round_, seen);
    seen = round_;
    if (task_ == nullptr) return;
    (*task_)(index);
    if (--busy_ == 0) busy_.notify_one();
  }
}

}  // namespace assay::backend::repops
