#pragma once
/// The operators on an NVIDIA GPU, with the bits of `reference_runner()`.

#include <memory>

#include "gpu_backend/repops/operator.hpp"

namespace assay::backend {

/// Copies inputs to the device and outputs back; the memory there is kept from call to call.
/// Throws std::runtime_error where there is no such device, and `run` where one of its calls fails
/// (no memory left, a fault of the device), saying what was being done.
[[nodiscard]] std::unique_ptr<OperatorRunner> cuda_runner(int device);

/// "NVIDIA H200, compute capability 9.0, 132 multiprocessors". Throws as `cuda_runner`.
[[nodiscard]] std::string describe_cuda_device(int device);

/// The devices that this machine has and the driver shows; 0 without a driver.
[[nodiscard]] int cuda_devices();

}  // namespace assay::backend
