// What the emulation promises to find, each shown by a kernel that is wrong in just that way, and
// what the launcher makes of a device that fails.
#include "gpu_backend/repops/cuda/emulation.hpp"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

#include "gpu_backend/repops/cuda/device.hpp"
#include "gpu_backend/repops/cuda/runner.hpp"
#include "gpu_backend/training/trainer.hpp"
#include "tests/catch.hpp"
#include "tests/gpu_backend/cuda/compare.hpp"

namespace assay::backend {
namespace {

using emulation::machine;

/// Puts the emulated machine back as it was.
struct MachineRestored {
  emulation::Machine before = machine();
  MachineRestored() = default;
  MachineRestored(const MachineRestored&) = delete;
  MachineRestored& operator=(const MachineRestored&) = delete;
  ~MachineRestored() {
    machine().devices = before.devices;
    machine().schedule = before.schedule;
    machine().fail_kernels = before.fail_kernels;
  }
};

struct Numbers64 {
  float values[64];
};

/// Each thread reads what its neighbour wrote; `careful` waits for it.
__global__ void neighbours(float* out, bool careful) {
  auto& shared = cuda::block_shared<Numbers64>();
  shared.values[threadIdx.x] = static_cast<float>(threadIdx.x);
  if (careful) __syncthreads();
  out[threadIdx.x] = shared.values[(threadIdx.x + 1) % 64];
}

std::vector<float> read_neighbours(bool careful, std::uint64_t schedule) {
  const MachineRestored restored;
  machine().schedule = schedule;
  std::vector<float> out(64);
  cuda::launch("neighbours", &neighbours, dim3(1), dim3(64), out.data(), careful);
  return out;
}

TEST_CASE("a barrier makes every order of threads give the same", "[gpu_backend]") {
  std::vector<float> expected;
  for (int i = 0; i < 64; ++i) expected.push_back(static_cast<float>((i + 1) % 64));
  for (const std::uint64_t schedule : {1u, 2u, 3u}) {
    CHECK(read_neighbours(true, schedule) == expected);
    CHECK_FALSE(read_neighbours(false, schedule) == expected);  // reads NaNs before the write
  }
}

TEST_CASE("kernels give the same bits in every order of their threads", "[gpu_backend]") {
  const MachineRestored restored;
  const auto runner = cuda_runner(0);
  for (const Operator& op : {Operator{OperatorKind::Linear, {70, 300, 67}, {}},
                             Operator{OperatorKind::Softmax, {20, 40, 40}, {}},
                             Operator{OperatorKind::LayerNormBackward, {41, 20}, {}},
                             Operator{OperatorKind::EmbeddingBackward, {70, 9, 5, 8}, {}}}) {
    for (const std::uint64_t schedule : {2u, 3u, 4u}) {
      machine().schedule = schedule;
      INFO(name_of(op.kind) << ", schedule " << schedule);
      CHECK(difference_from_reference(*runner, {op, Flavour::Plain}) == "");
    }
  }
}

__global__ void exchange(float* out) {
  float value = static_cast<float>(threadIdx.x);
  for (int apart = 16; apart != 0; apart /= 2) {
    value += __shfl_xor_sync(0xffffffffu, value, apart);
  }
  const unsigned even = __ballot_sync(0xffffffffu, threadIdx.x % 2 == 0);
  out[threadIdx.x] = even == 0x55555555u ? value : -1.0f;
}

TEST_CASE("lanes are exchanged within each warp", "[gpu_backend]") {
  std::vector<float> out(64);
  cuda::launch("exchange", &exchange, dim3(1), dim3(64), out.data());
  CHECK(out[0] == 31 * 32 / 2);          // 0 + ... + 31
  CHECK(out[63] == 31 * 32 / 2 + 1024);  // 32 + ... + 63
}

__global__ void half_leaves() {
  if (threadIdx.x < 32) return;
  __syncthreads();
}
__global__ void all_wait_but_not_for_the_same() {
  if (threadIdx.x < 32) {
    __syncthreads();
  } else if (threadIdx.x < 48) {
    static_cast<void>(__ballot_sync(0xffffffffu, true));
  } else {
    __syncthreads();
  }
}
__global__ void exchange_in_part_of_a_warp(float* out) {
  out[threadIdx.x] = __shfl_xor_sync(0xffffffffu, 1.0f, 1);
}
struct TooMuch {
  float values[12289];
};
__global__ void share_too_much() { cuda::block_shared<TooMuch>().values[0] = 1.0f; }
__global__ void nothing() {}

TEST_CASE("what a GPU would leave undefined ends the kernel with an error", "[gpu_backend]") {
  const auto launched = [](auto* kernel, unsigned threads, auto... arguments) {
    return complaint([&] { cuda::launch("test", kernel, dim3(1), dim3(threads), arguments...); });
  };
  for (const std::uint64_t schedule : {1u, 2u, 3u, 4u}) {  // whether the wait or the leave is first
    const MachineRestored restored;
    machine().schedule = schedule;
    CHECK(launched(&half_leaves, 64) ==
          "CUDA: test: cudaErrorLaunchFailure (threads wait at __syncthreads for others that have "
          "left the kernel)");
  }
  CHECK(launched(&all_wait_but_not_for_the_same, 64) ==
        "CUDA: test: cudaErrorLaunchFailure (every thread of the block that is left waits, and not "
        "all for the same)");
  std::vector<float> out(48);
  CHECK(launched(&exchange_in_part_of_a_warp, 48, out.data()) ==
        "CUDA: test: cudaErrorLaunchFailure (lanes are exchanged in a warp that is not whole)");
  CHECK(launched(&share_too_much, 32) ==
        "CUDA: test: cudaErrorLaunchFailure (a block asks for 49156 bytes of shared memory, and "
        "there are 49152)");
  const std::string refused =
      "CUDA: test: cudaErrorInvalidConfiguration (cudaErrorInvalidConfiguration)";
  CHECK(launched(&nothing, 1025) == refused);
  CHECK(launched(&nothing, 0) == refused);
  CHECK(launched(&nothing, 1024) == "");
}

__global__ void read_beyond_block_memory(float* out) {
  const float* values = cuda::block_shared<Numbers64>().values;
  out[0] = values[64 + threadIdx.x];
}
__global__ void write_beyond_tensor(float* out) { out[8 + threadIdx.x] = 1.0f; }

// Run in the sanitizers' build only, where it must not survive.
TEST_CASE("reads beyond a block's memory", "[.beyond-block-memory]") {
  std::vector<float> out(1);
  cuda::launch("reading too far", &read_beyond_block_memory, dim3(1), dim3(1), out.data());
}

TEST_CASE("writes beyond a tensor", "[.beyond-tensor]") {
  void* tensor = nullptr;
  REQUIRE(cudaMallocAsync(&tensor, 8 * sizeof(float), nullptr) == cudaSuccess);
  cuda::launch("writing too far", &write_beyond_tensor, dim3(1), dim3(1),
               static_cast<float*>(tensor));
}

TEST_CASE("a step on a device copies its batch, its loss and nothing else", "[gpu_backend]") {
  const auto runner = cuda_runner(0);
  Trainer trainer(workload("gpt-tiny"), 1, *runner);
  State state = trainer.step(initial_state(trainer.workload(), 1)).state;
  const auto& sources = trainer.graph().sources;
  const auto fed = std::count_if(sources.begin(), sources.end(), [](const GraphSource& source) {
    return source.kind != SourceKind::StateTensor;
  });
  REQUIRE(fed > 0);
  const std::uint64_t before = machine().copies;
  const State next = trainer.step(state).state;
  CHECK(machine().copies - before == static_cast<std::uint64_t>(fed) + 1);
  // What both states share is not computed again.
  CHECK(next == trainer.step(std::move(state)).state);
}

TEST_CASE("what was on a device goes back to it", "[gpu_backend]") {
  const std::size_t before = machine().bytes_in_use;
  {
    const auto runner = cuda_runner(0);
    Trainer trainer(workload("mlp-tiny"), 1, *runner);
    State state = initial_state(trainer.workload(), 1);
    state = trainer.step(std::move(state)).state;
    const std::size_t between_steps = machine().bytes_in_use;
    CHECK(between_steps > before);
    while (state.step < 5) state = trainer.step(std::move(state)).state;
    CHECK(machine().bytes_in_use == between_steps);
  }
  CHECK(machine().bytes_in_use == before);
}

TEST_CASE("a machine without a device says so", "[gpu_backend]") {
  const MachineRestored restored;
  machine().devices = 0;
  CHECK(cuda_devices() == 0);
  CHECK(complaint([] { static_cast<void>(cuda_runner(0)); }) ==
        "no CUDA device: the driver is missing or shows none");
}

TEST_CASE("a device that fails says where", "[gpu_backend]") {
  const MachineRestored restored;
  const auto runner = cuda_runner(0);
  const Operator add{OperatorKind::Add, {3}, {}};
  machine().fail_kernels = true;
  CHECK(complaint([&] {
          static_cast<void>(digest_of(*runner, {add, Flavour::Plain}));
        }) == "CUDA: add: cudaErrorLaunchFailure (the device was told to fail)");
  machine().fail_kernels = false;
  CHECK(difference_from_reference(*runner, {add, Flavour::Plain}) == "");
}

TEST_CASE("a device without memory says how much was asked for", "[gpu_backend]") {
  const std::size_t before = machine().bytes_in_use;
  {
    const auto runner = cuda_runner(0);
    // Two tensors of 2^22 floats fill the 2^25 bytes that there are.
    const Operator add{OperatorKind::Add, {1u << 22}, {}};
    const Tensors inputs(2, std::vector<float>(std::size_t{1} << 22));
    CHECK(complaint([&] { static_cast<void>(outputs_of(*runner, add, inputs)); }) ==
          "CUDA: asking for 16777216 bytes of the device: cudaErrorMemoryAllocation "
          "(cudaErrorMemoryAllocation)");
    CHECK_THROWS_AS(outputs_of(*runner, add, inputs), std::bad_alloc);
    // The failure is not held against what comes next.
    const Operator small{OperatorKind::Add, {3}, {}};
    CHECK(difference_from_reference(*runner, {small, Flavour::Plain}) == "");
  }
  CHECK(machine().bytes_in_use == before);
}

}  // namespace
}  // namespace assay::backend
