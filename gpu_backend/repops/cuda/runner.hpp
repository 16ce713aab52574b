#pragma once
/// The operators on an NVIDIA GPU, with the bits of `reference_runner()`.

#include <cstdint>
#include <memory>
#include <string>

#include "gpu_backend/repops/operator.hpp"

namespace assay::backend {

/// Values stay on the device from operator to operator: `apply` copies those that are not there yet
/// and waits for nothing, `run` copies inputs to the device and outputs back. `digests` hashes all
/// leaves at once, a thread for each of 64 KiB, so only some hundred megabytes fill a device. The
/// memory is kept from call to call. One device at a time in a process.
/// Throws std::runtime_error where there is no such device. Its calls throw std::bad_alloc where
/// the device has too little memory and std::runtime_error where it fails otherwise, and say what
/// was being done.
[[nodiscard]] std::unique_ptr<OperatorRunner> cuda_runner(int device);

struct CudaDevice {
  std::string name;  ///< "NVIDIA H200, compute capability 9.0, 132 multiprocessors"
  std::uint64_t memory_bytes = 0;
};
/// Throws as `cuda_runner`.
[[nodiscard]] CudaDevice describe_cuda_device(int device);

/// The devices that this machine has and the driver shows; 0 without a driver.
[[nodiscard]] int cuda_devices();

}  // namespace assay::backend
