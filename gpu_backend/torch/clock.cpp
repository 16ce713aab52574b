#include "gpu_backend/torch/clock.hpp"

#include <ATen/record_function.h>
#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#ifdef ASSAY_TORCH_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAException.h>
#include <cuda_runtime_api.h>
#endif

namespace assay::backend {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::string_view kOperator = "aten::";

/// Whether an operator multiplies matrices itself, and does not only call one that does.
bool is_torch_product(std::string_view name) {
  for (const std::string_view product : {"mm", "addmm", "bmm", "baddbmm", "mv", "addmv", "dot",
                                         "convolution", "convolution_backward"}) {
    if (name.substr(kOperator.size()) == product) return true;
  }
  return false;
}

#ifdef ASSAY_TORCH_CUDA
/// A place in the default stream, which all of torch's work here is in. libtorch's own class wants
/// the headers of cuBLAS and cuSPARSE, which not every toolkit has.
class Event {
 public:
  Event() {
    cudaEvent_t event = nullptr;
    C10_CUDA_CHECK(cudaEventCreate(&event));
    event_.reset(event);
    C10_CUDA_CHECK(cudaEventRecord(event));
  }
  [[nodiscard]] double seconds_to(const Event& later) const {
    float ms = 0.0f;
    C10_CUDA_CHECK(cudaEventElapsedTime(&ms, event_.get(), later.event_.get()));
    return 1e-3 * double{ms};
  }

 private:
  struct Destroy {
    void operator()(cudaEvent_t event) const { static_cast<void>(cudaEventDestroy(event)); }
  };
  std::unique_ptr<CUevent_st, Destroy> event_;
};
#endif

/// Where in a step's time an operator begins or ends.
struct Moment {
  Clock::time_point host;
#ifdef ASSAY_TORCH_CUDA
  std::optional<Event> device;
#endif
};

Moment now([[maybe_unused]] TorchDevice device) {
  Moment moment;
  moment.host = Clock::now();
#ifdef ASSAY_TORCH_CUDA
  if (device == TorchDevice::Cuda) moment.device.emplace();
#endif
  return moment;
}

/// Seconds of the device's own time, where it has one.
double seconds_between(const Moment& from, const Moment& to) {
#ifdef ASSAY_TORCH_CUDA
  if (from.device) return from.device->seconds_to(*to.device);
#endif
  return std::chrono::duration<double>(to.host - from.host).count();
}

struct Span {
  Moment begun;
  Moment ended;
  bool outermost = false;  // of operators
  bool product = false;    // and the outermost of products
};

/// How deep this thread is in operators and in products.
thread_local int operators_deep = 0;
thread_local int products_deep = 0;

struct Called : at::ObserverContext {
  Span span;
  bool in_product = false;
};

// Watching is libtorch's: its callbacks are plain functions, so what they fill is known here.
std::vector<Span>* watched = nullptr;
TorchDevice watched_device = TorchDevice::Cpu;

std::unique_ptr<at::ObserverContext> begin_operator(const at::RecordFunction& function) {
  const std::string_view name(function.name());
  if (watched == nullptr || !name.starts_with(kOperator)) return nullptr;
  auto called = std::make_unique<Called>();
  called->span.outermost = operators_deep++ == 0;
  called->in_product = is_torch_product(name);
  if (called->in_product) called->span.product = products_deep++ == 0;
  if (called->span.outermost || called->span.product) called->span.begun = now(watched_device);
  return called;
}

void end_operator(const at::RecordFunction& /*function*/, at::ObserverContext* context) {
  auto* called = static_cast<Called*>(context);
  if (called == nullptr) return;
  --operators_deep;
  if (called->in_product) --products_deep;
  if (watched == nullptr || !(called->span.outermost || called->span.product)) return;
  called->span.ended = now(watched_device);
  watched->push_back(std::move(called->span));
}

/// Told of every block that the processor's allocator gives out and takes back.
class HostMemory final : public c10::MemoryReportingInfoBase {
 public:
  bool memoryProfilingEnabled() const override { return true; }
  // The totals' types differ between versions of libtorch.
#if ASSAY_TORCH_MAJOR < 2
  void reportMemoryUsage(void* /*memory*/, std::int64_t bytes, std::int64_t /*allocated*/,
                         std::int64_t /*reserved*/, c10::Device /*device*/) override {
    count(bytes);
  }
#else
  void reportMemoryUsage(void* /*memory*/, std::int64_t bytes, std::size_t /*allocated*/,
                         std::size_t /*reserved*/, c10::Device /*device*/) override {
    count(bytes);
  }
#endif
  [[nodiscard]] std::uint64_t peak() const { return static_cast<std::uint64_t>(peak_); }

 private:
  void count(std::int64_t bytes) {
    held_ += bytes;
    peak_ = std::max(peak_, held_);
  }
  std::int64_t held_ = 0;
  std::int64_t peak_ = 0;
};

}  // namespace

struct TorchClock::Watch {
  TorchDevice device;
  std::vector<Span> spans;
  std::shared_ptr<HostMemory> memory = std::make_shared<HostMemory>();
  c10::DebugInfoGuard reporting{c10::DebugInfoKind::PROFILER_STATE, memory};
  at::CallbackHandle callback{};
};

TorchClock::TorchClock(TorchDevice device) : watch_(new Watch{device, {}}) {
#ifdef ASSAY_TORCH_CUDA
  if (device == TorchDevice::Cuda) c10::cuda::CUDACachingAllocator::resetPeakStats(0);
#endif
  watched = &watch_->spans;
  watched_device = device;
  watch_->callback =
      at::addGlobalCallback(at::RecordFunctionCallback(&begin_operator, &end_operator)
                                .scopes({at::RecordScope::FUNCTION}));
}

TorchClock::~TorchClock() {
  at::removeCallback(watch_->callback);
  watched = nullptr;
}

TorchWork TorchClock::take() {
  TorchWork work;
  double all = 0.0;
  for (const Span& span : watch_->spans) {
    const double seconds = seconds_between(span.begun, span.ended);
    if (span.product) work.matrix_s += seconds;
    if (span.outermost) {
      all += seconds;
      ++work.operators;
    }
  }
  work.memory_s = std::max(0.0, all - work.matrix_s);
  watch_->spans.clear();
  return work;
}

std::uint64_t TorchClock::peak_bytes() const {
#ifdef ASSAY_TORCH_CUDA
  if (watch_->device == TorchDevice::Cuda) {
    const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(0);
    return static_cast<std::uint64_t>(stats.allocated_bytes[0].peak);
  }
#endif
  return watch_->memory->peak();
}

}  // namespace assay::backend
