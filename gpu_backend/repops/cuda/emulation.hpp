#pragma once
/// The part of CUDA that the kernels in this folder use, on the CPU: the same sources compiled by
/// an ordinary compiler run here, one block after the other, each thread of a block on a stack of
/// its own. It exists for tests on machines without a GPU and is never part of a program.
///
/// It is stricter than a GPU. Block and global memory are heap memory of exactly the size asked
/// for, so the address sanitizer finds every access outside; block memory starts as NaNs; a thread
/// that leaves while others wait for it, a warp that is not whole and a launch beyond the limits
/// are errors. Threads run from one barrier to the next in an order drawn from a seed, so a
/// forgotten barrier shows as a result that changes with the seed.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <type_traits>

// The keywords of the language. Restricted pointers and __forceinline__ promise only speed.
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __launch_bounds__(...)

struct dim3 {
  unsigned x = 1;
  unsigned y = 1;
  unsigned z = 1;
  constexpr dim3(unsigned x_size = 1, unsigned y_size = 1,
                 unsigned z_size = 1)  // NOLINT: as CUDA's
      : x(x_size), y(y_size), z(z_size) {}
};

struct alignas(16) float4 {
  float x, y, z, w;
};

struct alignas(16) uint4 {
  unsigned x, y, z, w;
};

inline thread_local dim3 threadIdx;
inline thread_local dim3 blockIdx;
inline thread_local dim3 blockDim;
inline thread_local dim3 gridDim;

/// What a kernel may ask of its block and of its warp. All of them end the kernel with an error
/// where a GPU would hang or do something undefined. Their reserved names are CUDA's.
// NOLINTBEGIN(bugprone-reserved-identifier)
void __syncthreads();
[[nodiscard]] float __shfl_xor_sync(unsigned mask, float value, int lanes);
[[nodiscard]] unsigned __ballot_sync(unsigned mask, bool vote);
[[nodiscard]] inline int __ffs(int bits) { return __builtin_ffs(bits); }
// NOLINTEND(bugprone-reserved-identifier)

// The host's side: the calls of the runtime that the launcher makes. Device memory is host memory;
// the one device has `kEmulatedBytes` of it, so that running out of memory can be tested.
enum cudaError_t : int {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorNoDevice = 100,
  cudaErrorInvalidDevice = 101,
  cudaErrorLaunchFailure = 719,
};
enum cudaMemcpyKind { cudaMemcpyHostToDevice = 1, cudaMemcpyDeviceToHost = 2 };

struct cudaDeviceProp {
  char name[256];
  std::size_t totalGlobalMem;
  int major;
  int minor;
  int multiProcessorCount;
};

cudaError_t cudaGetDeviceCount(int* count);
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device);
cudaError_t cudaSetDevice(int device);
/// The default stream is the only one, and whatever is started there is done at once.
using cudaStream_t = std::nullptr_t;
cudaError_t cudaMallocAsync(void** memory, std::size_t bytes, cudaStream_t stream);
cudaError_t cudaFreeAsync(void* memory, cudaStream_t stream);
cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind);
cudaError_t cudaMemset(void* memory, int value, std::size_t bytes);
struct EmulatedPool;
using cudaMemPool_t = EmulatedPool*;
enum cudaMemPoolAttr { cudaMemPoolAttrReleaseThreshold = 4 };
cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int device);
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t pool, cudaMemPoolAttr attribute, void* value);
struct EmulatedEvent;
using cudaEvent_t = EmulatedEvent*;
cudaError_t cudaEventCreate(cudaEvent_t* event);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begun, cudaEvent_t ended);
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaGetLastError();
const char* cudaGetErrorName(cudaError_t error);
const char* cudaGetErrorString(cudaError_t error);

namespace assay::backend::emulation {

inline constexpr std::size_t kEmulatedBytes = std::size_t{1} << 25;
inline constexpr int kEmulatedProcessors = 4;

/// What the emulated machine is like; a test sets it and sets it back.
struct Machine {
  int devices = 1;
  std::uint64_t schedule = 1;    ///< the seed that orders the threads of a block
  bool fail_kernels = false;     ///< every launch ends as if the device had faulted
  std::size_t bytes_in_use = 0;  ///< of device memory
  std::uint64_t copies = 0;      ///< to or from the device, so far
  std::uint64_t launches = 0;    ///< so far
};
[[nodiscard]] Machine& machine();

/// Runs `kernel` once for each thread of each block. A kernel that misuses the device is reported
/// by the next call that can say so as cudaErrorLaunchFailure, and what
/// happened by `last_fault()`.
void run_grid(dim3 grid, dim3 block, const std::function<void()>& kernel);
[[nodiscard]] const char* last_fault();

/// Memory of the running block, one for each `tag`, filled with bytes that make every float a NaN.
[[nodiscard]] void* block_memory(const void* tag, std::size_t bytes);

}  // namespace assay::backend::emulation
