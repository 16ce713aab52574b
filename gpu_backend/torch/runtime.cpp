#include "gpu_backend/torch/runtime.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/util/Exception.h>
#include <dlfcn.h>
#include <torch/csrc/api/include/torch/version.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <new>
#include <stdexcept>
#include <vector>

#include "gpu_backend/worker/backends.hpp"

#ifdef ASSAY_TORCH_CUDA
#include <cuda_runtime_api.h>
#endif

namespace assay::backend {
namespace {

/// A function of the BLAS that libtorch came with, if it has it.
template <class Function>
Function* of_blas(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_DEFAULT, name));
}

/// The text up to its first line break.
std::string first_line(std::string text) { return text.substr(0, text.find('\n')); }

std::string blas_text() {
  if (auto* config = of_blas<char*()>("openblas_get_config")) {
    const std::string text =
        config();  // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ... SkylakeX ..."
    const std::size_t version = text.find(' ') + 1;
    auto* core = of_blas<char*()>("openblas_get_corename");
    return "OpenBLAS " + text.substr(version, text.find(' ', version) - version) + " (" +
           (core == nullptr ? "unknown core" : core()) + ")";
  }
  if (at::globalContext().hasMKL()) return first_line(at::get_mkl_version());
  return "a BLAS that does not say its name";
}

/// Whether the processor multiplies bfloat16 by itself; libtorch emulates it elsewhere.
bool has_bf16_instructions() {
  std::ifstream facts("/proc/cpuinfo");
  for (std::string line; std::getline(facts, line);) {
    if (line.starts_with("flags")) return line.find("avx512_bf16") != std::string::npos;
  }
  return false;
}

#ifdef ASSAY_TORCH_CUDA
void require_cuda(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  // The runtime keeps a failure for whoever asks next, libtorch perhaps; this one is said here.
  static_cast<void>(cudaGetLastError());
  if (error == cudaErrorMemoryAllocation) throw std::bad_alloc();
  throw std::runtime_error(std::string("torch-cuda: ") + what + ": " + cudaGetErrorString(error));
}

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

void describe_device(DeviceInfo& info) {
  cudaDeviceProp properties;
  require_cuda(cudaGetDeviceProperties(&properties, 0), "asking for the device's properties");
  info.device = std::string(properties.name) + ", compute capability " +
                std::to_string(properties.major) + "." + std::to_string(properties.minor) + ", " +
                std::to_string(properties.multiProcessorCount) + " multiprocessors";
  info.memory_bytes = properties.totalGlobalMem;
  int runtime = 0;
  int driver = 0;
  require_cuda(cudaRuntimeGetVersion(&runtime), "asking for the runtime's version");
  require_cuda(cudaDriverGetVersion(&driver), "asking for the driver's version");
  info.software = std::string("libtorch ") + TORCH_VERSION + ", CUDA " + version_text(runtime) +
                  ", a driver for CUDA " + version_text(driver);
  info.precisions = {"fp32"};
  // Tensor cores round fp32 to TensorFloat-32 and take bfloat16 from compute capability 8 on.
  if (properties.major >= 8) info.precisions.insert(info.precisions.end(), {"tf32", "bf16"});
}
#endif

}  // namespace

std::string name_of(TorchDevice device) {
  return device == TorchDevice::Cuda ? "torch-cuda" : "torch-cpu";
}

void set_up_torch(TorchDevice device, int threads) {
  if (device == TorchDevice::Cuda) {
#ifdef ASSAY_TORCH_CUDA
    // Before cuBLAS is first used: without a fixed workspace its sums may change their order.
    ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
    int devices = 0;
    const cudaError_t error = cudaGetDeviceCount(&devices);
    if (error != cudaSuccess || devices == 0) {
      throw std::runtime_error(
          std::string("torch-cuda: no CUDA device: the driver is missing or shows none (") +
          (error == cudaSuccess ? "it counts 0" : cudaGetErrorString(error)) + ")");
    }
#else
    throw std::logic_error("torch-cuda: built without CUDA");
#endif
  }
  at::set_num_threads(threads);
  // OpenBLAS has threads of its own, which libtorch does not know.
  if (auto* set = of_blas<void(int)>("openblas_set_num_threads")) set(threads);
  at::Context& context = at::globalContext();
  context.setDeterministicAlgorithms(true, false);
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
#if ASSAY_TORCH_MAJOR >= 2
  // It would fill every new tensor only so that a read of it before a write can be reproduced.
  context.setDeterministicFillUninitializedMemory(false);
#endif
}

DeviceInfo describe_torch(TorchDevice device, int threads) {
  DeviceInfo info = host_device(name_of(device), threads);
#ifdef ASSAY_TORCH_CUDA
  if (device == TorchDevice::Cuda) {
    describe_device(info);
    return info;
  }
#endif
  info.software = std::string("libtorch ") + TORCH_VERSION + ", " + blas_text() + ", " +
                  first_line(at::get_mkldnn_version()) + ", bfloat16 " +
                  (has_bf16_instructions() ? "by the processor" : "emulated");
  info.precisions = {"fp32", "bf16"};
  return info;
}

void allow_tf32(bool allow) {
  at::Context& context = at::globalContext();
  context.setAllowTF32CuBLAS(allow);
  context.setAllowTF32CuDNN(allow);
}

void finish_work([[maybe_unused]] TorchDevice device) {
#ifdef ASSAY_TORCH_CUDA
  if (device == TorchDevice::Cuda) require_cuda(cudaDeviceSynchronize(), "waiting for the device");
#endif
}

CopyRates measure_copies([[maybe_unused]] TorchDevice device) {
  CopyRates rates;
#ifdef ASSAY_TORCH_CUDA
  if (device != TorchDevice::Cuda) return rates;
  // 64 MiB: what a copy takes beside its bytes does not show any more. The best of five.
  std::vector<float> here(std::size_t{1} << 24, 1.0f);
  const std::size_t bytes = here.size() * sizeof(float);
  void* taken = nullptr;
  require_cuda(cudaMalloc(&taken, bytes), "taking memory to time copies");
  const auto give_back = [](void* memory) { static_cast<void>(cudaFree(memory)); };
  const std::unique_ptr<void, decltype(give_back)> there(taken, give_back);
  const auto rate = [&](void* to, const void* from, cudaMemcpyKind kind) {
    double best = 0.0;
    for (int i = 0; i < 5; ++i) {
      const auto begun = std::chrono::steady_clock::now();
      require_cuda(cudaMemcpy(to, from, bytes, kind), "timing copies");
      const std::chrono::duration<double> lasted = std::chrono::steady_clock::now() - begun;
      best = std::max(best, static_cast<double>(bytes) / lasted.count());
    }
    return best;
  };
  rates.to_device = rate(there.get(), here.data(), cudaMemcpyHostToDevice);
  rates.from_device = rate(here.data(), there.get(), cudaMemcpyDeviceToHost);
#endif
  return rates;
}

void with_torch_errors(const std::function<void()>& work) {
  try {
    work();
  } catch (const c10::Error& error) {
    const std::string text = first_line(error.what_without_backtrace());
    if (text.find("can't allocate memory") != std::string::npos ||
        text.find("out of memory") != std::string::npos) {
      throw std::bad_alloc();
    }
    throw std::runtime_error("libtorch: " + text);
  }
}

}  // namespace assay::backend
