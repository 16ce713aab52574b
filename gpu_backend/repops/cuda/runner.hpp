#pragma once
/// The operators on an NVIDIA GPU, with the bits of `reference_runner()`.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gpu_backend/repops/operator.hpp"
#include "sim/digest.hpp"

namespace assay::backend {

/// Copies inputs to the device and outputs back; the memory there is kept from call to call.
/// Throws std::runtime_error where there is no such device. `run` throws std::bad_alloc where the
/// device has too little memory and std::runtime_error where it fails otherwise, and says what was
/// being done.
[[nodiscard]] std::unique_ptr<OperatorRunner> cuda_runner(int device);

/// The digests of the leaves of each tensor, tensor after tensor, as `tensor_tree` has them
/// (commitment/digests.hpp). All leaves are hashed at once: a thread takes one of 64 KiB, so only
/// some hundred megabytes fill a device. Throws as `cuda_runner` and `run`.
[[nodiscard]] std::vector<sim::Hash> cuda_leaves(int device, std::span<const Input> tensors);

/// "NVIDIA H200, compute capability 9.0, 132 multiprocessors". Throws as `cuda_runner`.
[[nodiscard]] std::string describe_cuda_device(int device);

/// The devices that this machine has and the driver shows; 0 without a driver.
[[nodiscard]] int cuda_devices();

}  // namespace assay::backend
