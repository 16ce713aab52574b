#include "gpu_backend/repops/cuda/emulation.hpp"

#include <algorithm>
#include <array>
#include <boost/context/detail/fcontext.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <new>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define ASSAY_FIBERS_ARE_KNOWN_TO_ASAN
#endif

namespace assay::backend::emulation {
namespace {

constexpr unsigned kWarp = 32;
constexpr unsigned kMaxThreads = 1024;
constexpr std::size_t kMaxBlockMemory = 48 * 1024;
constexpr std::size_t kStackBytes = 64 * 1024;

using boost::context::detail::fcontext_t;
using boost::context::detail::transfer_t;

/// A stack of its own for one thread of the block at a time.
struct Fiber {
  fcontext_t context = nullptr;
  std::unique_ptr<char[]> stack{new char[kStackBytes]};
  unsigned thread = 0;
};

/// The threads that must arrive before any of them goes on: a block or a warp.
struct Barrier {
  unsigned members = 0;
  unsigned gone = 0;  ///< members whose kernel has returned
  std::vector<Fiber*> waiting;
};

/// The values that lanes show to the others of their warp, in turns of two: until all have come to
/// the next exchange, some may still have to read the last one's.
struct Exchange {
  std::array<std::array<float, kWarp>, 2> values{};
  std::array<unsigned, kWarp> turn{};  ///< of each lane
};

/// One block while it runs. A fiber takes thread after thread until one of them waits; only then
/// does another fiber come in, so that kernels without barriers switch no stacks at all.
class Block {
 public:
  Block(dim3 size, std::vector<unsigned> order, const std::function<void()>& kernel,
        std::vector<std::unique_ptr<Fiber>>& fibers)
      : size_(size),
        order_(std::move(order)),
        kernel_(kernel),
        fibers_(fibers),
        warps_((count() + kWarp - 1) / kWarp),
        exchanges_(warps_.size()) {
    all_.members = count();
    for (std::size_t warp = 0; warp < warps_.size(); ++warp) {
      const auto first = static_cast<unsigned>(warp) * kWarp;
      warps_[warp].members = std::min(kWarp, count() - first);
    }
  }
  ~Block() {
    for (auto& [tag, memory] : memory_) ::operator delete (memory, std::align_val_t{16});
  }
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  void run();

  void wait_for_block() { wait(all_, "__syncthreads"); }
  float shuffle_xor(unsigned mask, float value, int lanes);
  unsigned ballot(unsigned mask, bool vote);
  void* memory(const void* tag, std::size_t bytes);

 private:
  [[nodiscard]] unsigned count() const { return size_.x * size_.y * size_.z; }
  [[nodiscard]] unsigned lane() const { return running_->thread % kWarp; }
  [[nodiscard]] std::size_t warp() const { return running_->thread / kWarp; }
  const std::array<float, kWarp>& exchange(unsigned mask, float value, const char* what);
  void enter(unsigned thread);
  void wait(Barrier& barrier, const char* what);
  void leave(Barrier& barrier, const char* what);
  static void fiber_entry(transfer_t from);
  void fiber_main();
  void resume_next();
  void switch_to(Fiber* next);
  void arrived();

  dim3 size_;
  std::vector<unsigned> order_;  ///< in which threads start
  const std::function<void()>& kernel_;
  std::vector<std::unique_ptr<Fiber>>& fibers_;
  Barrier all_;
  std::vector<Barrier> warps_;
  std::vector<Exchange> exchanges_;
  std::map<const void*, void*> memory_;
  std::size_t memory_bytes_ = 0;

  fcontext_t outside_ = nullptr;
  fcontext_t* left_ = nullptr;  ///< where whoever is left last is to be found again
  Fiber* running_ = nullptr;    ///< nullptr: outside
  std::vector<Fiber*> free_;
  std::deque<Fiber*> ready_;
  std::size_t started_ = 0;
  std::size_t finished_ = 0;
  std::exception_ptr error_;
#ifdef ASSAY_FIBERS_ARE_KNOWN_TO_ASAN
  const void* outside_stack_ = nullptr;
  std::size_t outside_bytes_ = 0;
#endif
};

thread_local Block* current_block = nullptr;
thread_local std::string fault;
thread_local cudaError_t pending = cudaSuccess;    // of a launch
thread_local cudaError_t last_call = cudaSuccess;  // of another call that failed

void Block::run() {
  for (const auto& fiber : fibers_) free_.push_back(fiber.get());
  current_block = this;
  resume_next();
  current_block = nullptr;
  if (error_) std::rethrow_exception(error_);
}

/// Gives the processor to a thread that waits no longer, to one that has not begun, or, when all
/// are done or none can go on, to the outside.
void Block::resume_next() {
  if (error_ || finished_ == count()) return switch_to(nullptr);
  if (!ready_.empty()) {
    Fiber* next = ready_.front();
    ready_.pop_front();
    return switch_to(next);
  }
  if (started_ == count()) {
    error_ = std::make_exception_ptr(std::runtime_error(
        "every thread of the block that is left waits, and not all for the same"));
    return switch_to(nullptr);
  }
  if (free_.empty()) {
    fibers_.push_back(std::make_unique<Fiber>());
    free_.push_back(fibers_.back().get());
  }
  Fiber* fresh = free_.back();
  free_.pop_back();
#ifdef ASSAY_FIBERS_ARE_KNOWN_TO_ASAN
  __asan_unpoison_memory_region(fresh->stack.get(), kStackBytes);  // nobody returned on it
#endif
  fresh->context = boost::context::detail::make_fcontext(fresh->stack.get() + kStackBytes,
                                                         kStackBytes, &Block::fiber_entry);
  switch_to(fresh);
}

void Block::switch_to(Fiber* next) {
  if (next == running_) return;
  left_ = running_ == nullptr ? &outside_ : &running_->context;
  const fcontext_t to = next == nullptr ? outside_ : next->context;
  running_ = next;
#ifdef ASSAY_FIBERS_ARE_KNOWN_TO_ASAN
  void* fake_stack = nullptr;
  __sanitizer_start_switch_fiber(&fake_stack, next == nullptr ? outside_stack_ : next->stack.get(),
                                 next == nullptr ? outside_bytes_ : kStackBytes);
#endif
  const transfer_t from = boost::context::detail::jump_fcontext(to, this);
#ifdef ASSAY_FIBERS_ARE_KNOWN_TO_ASAN
  __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#endif
  *left_ = from.fctx;
  arrived();
}

/// After every switch: the thread that goes on finds its own index again.
void Block::arrived() {
  if (running_ != nullptr) enter(running_->thread);
}

void Block::enter(unsigned thread) {
  threadIdx = dim3(thread % size_.x, thread / size_.x % size_.y, thread / (size_.x * size_.y));
}

void Block::fiber_entry(transfer_t from) {
  auto* block = static_cast<Block*>(from.data);
  *block->left_ = from.fctx;
#ifdef ASSAY_FIBERS_ARE_KNOWN_TO_ASAN
  const void* stack = nullptr;
  std::size_t bytes = 0;
  __sanitizer_finish_switch_fiber(nullptr, &stack, &bytes);
  if (block->outside_stack_ == nullptr) {  // the first fiber comes from outside
    block->outside_stack_ = stack;
    block->outside_bytes_ = bytes;
  }
#endif
  block->fiber_main();
}

void Block::fiber_main() {
  Fiber* self = running_;
  try {
    while (started_ < count()) {
      self->thread = order_[started_++];
      enter(self->thread);
      kernel_();
      ++finished_;
      leave(all_, "__syncthreads");
      leave(warps_[self->thread / kWarp], "a shuffle or a ballot");
    }
  } catch (...) {
    error_ = std::current_exception();
  }
  free_.push_back(self);
  resume_next();
  // Nobody switches back to a fiber that is free: it starts anew.
  std::abort();
}

[[noreturn]] void fail_incomplete(const char* what) {
  throw std::runtime_error(std::string("threads wait at ") + what +
                           " for others that have left the kernel");
}

void Block::wait(Barrier& barrier, const char* what) {
  if (barrier.gone != 0) fail_incomplete(what);
  barrier.waiting.push_back(running_);
  if (barrier.waiting.size() == barrier.members) {
    // Those who wait go on in an order of their own, not in that of their arrival.
    std::sort(barrier.waiting.begin(), barrier.waiting.end(), [this](Fiber* left, Fiber* right) {
      return order_[left->thread] < order_[right->thread];
    });
    ready_.insert(ready_.end(), barrier.waiting.begin(), barrier.waiting.end());
    barrier.waiting.clear();
  }
  resume_next();
}

void Block::leave(Barrier& barrier, const char* what) {
  ++barrier.gone;
  if (!barrier.waiting.empty()) fail_incomplete(what);
}

const std::array<float, kWarp>& Block::exchange(unsigned mask, float value, const char* what) {
  if (mask != 0xffffffffu || warps_[warp()].members != kWarp) {
    throw std::runtime_error("lanes are exchanged in a warp that is not whole");
  }
  Exchange& exchange = exchanges_[warp()];
  const unsigned turn = exchange.turn[lane()]++ % 2;
  exchange.values[turn][lane()] = value;
  wait(warps_[warp()], what);
  return exchange.values[turn];
}

float Block::shuffle_xor(unsigned mask, float value, int lanes) {
  if (lanes <= 0 || lanes >= static_cast<int>(kWarp)) {
    throw std::runtime_error("a shuffle reaches beyond its warp");
  }
  const auto& values = exchange(mask, value, "a shuffle");
  return values[lane() ^ static_cast<unsigned>(lanes)];
}

unsigned Block::ballot(unsigned mask, bool vote) {
  const auto& values = exchange(mask, vote ? 1.0f : 0.0f, "a ballot");
  unsigned votes = 0;
  for (unsigned i = 0; i < kWarp; ++i) votes |= (values[i] != 0.0f ? 1u : 0u) << i;
  return votes;
}

void* Block::memory(const void* tag, std::size_t bytes) {
  auto [place, is_new] = memory_.try_emplace(tag, nullptr);
  if (is_new) {
    memory_bytes_ += bytes;
    if (memory_bytes_ > kMaxBlockMemory) {
      throw std::runtime_error("a block asks for " + std::to_string(memory_bytes_) +
                               " bytes of shared memory, and there are 49152");
    }
    place->second = ::operator new (bytes, std::align_val_t{16});
    std::memset(place->second, 0xff, bytes);
  }
  return place->second;
}

/// Whoever needs a random order of threads and not good randomness: SplitMix64.
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

std::vector<unsigned> order_of_threads(unsigned count, std::uint64_t& state) {
  std::vector<unsigned> order(count);
  std::iota(order.begin(), order.end(), 0u);
  for (unsigned i = count; i > 1; --i) std::swap(order[i - 1], order[next_random(state) % i]);
  return order;
}

}  // namespace

Machine& machine() {
  static thread_local Machine the_machine;
  return the_machine;
}

const char* last_fault() { return fault.c_str(); }

void* block_memory(const void* tag, std::size_t bytes) { return current_block->memory(tag, bytes); }

void run_grid(dim3 grid, dim3 block, const std::function<void()>& kernel) {
  ++machine().launches;
  if (pending != cudaSuccess) return;
  const std::uint64_t threads = std::uint64_t{block.x} * block.y * block.z;
  if (threads == 0 || threads > kMaxThreads || grid.x == 0 || grid.y == 0 || grid.z == 0 ||
      grid.x > 0x7fffffffu || grid.y > 65535 || grid.z > 65535) {
    pending = cudaErrorInvalidConfiguration;
    return;
  }
  static thread_local std::vector<std::unique_ptr<Fiber>> fibers;
  std::uint64_t state = machine().schedule;
  gridDim = grid;
  blockDim = block;
  try {
    if (machine().fail_kernels) throw std::runtime_error("the device was told to fail");
    for (unsigned z = 0; z < grid.z; ++z) {
      for (unsigned y = 0; y < grid.y; ++y) {
        for (unsigned x = 0; x < grid.x; ++x) {
          blockIdx = dim3(x, y, z);
          Block(block, order_of_threads(static_cast<unsigned>(threads), state), kernel, fibers)
              .run();
        }
      }
    }
  } catch (const std::exception& error) {
    fault = error.what();
    pending = cudaErrorLaunchFailure;
  }
}

}  // namespace assay::backend::emulation

namespace {

using assay::backend::emulation::current_block;
using assay::backend::emulation::kEmulatedBytes;
using assay::backend::emulation::kEmulatedProcessors;
using assay::backend::emulation::last_call;
using assay::backend::emulation::machine;
using assay::backend::emulation::pending;

thread_local std::map<void*, std::size_t> allocations;

/// A failure is also there for the next cudaGetLastError.
cudaError_t failed(cudaError_t error) { return last_call = error; }

}  // namespace

void __syncthreads() { current_block->wait_for_block(); }
float __shfl_xor_sync(unsigned mask, float value, int lanes) {
  return current_block->shuffle_xor(mask, value, lanes);
}
unsigned __ballot_sync(unsigned mask, bool vote) { return current_block->ballot(mask, vote); }

cudaError_t cudaGetDeviceCount(int* count) {
  *count = machine().devices;
  return *count == 0 ? failed(cudaErrorNoDevice) : cudaSuccess;
}

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (device < 0 || device >= machine().devices) return failed(cudaErrorInvalidDevice);
  *properties = cudaDeviceProp{};
  std::snprintf(properties->name, sizeof properties->name, "an emulation on the CPU");
  properties->totalGlobalMem = kEmulatedBytes;
  properties->multiProcessorCount = kEmulatedProcessors;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  return device < 0 || device >= machine().devices ? failed(cudaErrorInvalidDevice) : cudaSuccess;
}

cudaError_t cudaMallocAsync(void** memory, std::size_t bytes, cudaStream_t /*stream*/) {
  if (bytes > kEmulatedBytes - machine().bytes_in_use) return failed(cudaErrorMemoryAllocation);
  *memory = ::operator new (bytes, std::align_val_t{256});
  std::memset(*memory, 0xff, bytes);
  allocations[*memory] = bytes;
  machine().bytes_in_use += bytes;
  return cudaSuccess;
}

cudaError_t cudaFreeAsync(void* memory, cudaStream_t /*stream*/) {
  if (memory == nullptr) return cudaSuccess;
  const auto found = allocations.find(memory);
  if (found == allocations.end()) return failed(cudaErrorInvalidValue);
  machine().bytes_in_use -= found->second;
  allocations.erase(found);
  ::operator delete (memory, std::align_val_t{256});
  return cudaSuccess;
}

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind /*kind*/) {
  if (pending != cudaSuccess) return pending;
  ++machine().copies;
  if (bytes != 0) std::memcpy(to, from, bytes);
  return cudaSuccess;
}

cudaError_t cudaMemset(void* memory, int value, std::size_t bytes) {
  std::memset(memory, value, bytes);
  return cudaSuccess;
}

cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int device) {
  *pool = nullptr;
  return cudaSetDevice(device);
}
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t /*pool*/, cudaMemPoolAttr /*attribute*/,
                                    void* /*value*/) {
  return cudaSuccess;
}

struct EmulatedEvent {
  std::chrono::steady_clock::time_point recorded;
};
cudaError_t cudaEventCreate(cudaEvent_t* event) {
  *event = new EmulatedEvent;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t /*stream*/) {
  event->recorded = std::chrono::steady_clock::now();
  return pending;
}
cudaError_t cudaEventSynchronize(cudaEvent_t /*event*/) { return pending; }
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begun, cudaEvent_t ended) {
  *milliseconds =
      std::chrono::duration<float, std::milli>(ended->recorded - begun->recorded).count();
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}

// A real fault stays with the process; here it ends with the report, so that one test program can
// go on after it.
cudaError_t cudaGetLastError() {
  const cudaError_t call = std::exchange(last_call, cudaSuccess);
  const cudaError_t launch = std::exchange(pending, cudaSuccess);
  return launch != cudaSuccess ? launch : call;
}

const char* cudaGetErrorName(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "cudaSuccess";
    case cudaErrorInvalidValue:
      return "cudaErrorInvalidValue";
    case cudaErrorMemoryAllocation:
      return "cudaErrorMemoryAllocation";
    case cudaErrorInvalidConfiguration:
      return "cudaErrorInvalidConfiguration";
    case cudaErrorNoDevice:
      return "cudaErrorNoDevice";
    case cudaErrorInvalidDevice:
      return "cudaErrorInvalidDevice";
    case cudaErrorLaunchFailure:
      return "cudaErrorLaunchFailure";
  }
  return "unknown";
}

const char* cudaGetErrorString(cudaError_t error) {
  return error == cudaErrorLaunchFailure ? assay::backend::emulation::last_fault()
                                         : cudaGetErrorName(error);
}
