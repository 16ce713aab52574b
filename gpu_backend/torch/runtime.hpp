#pragma once

#include <functional>
#include <string>

#include "gpu_backend/torch/backend.hpp"

// What is set in libtorch and asked of it, and how its errors become ours. No header of this folder
// includes one of libtorch's.
namespace assay::backend {

/// "torch-cpu", "torch-cuda".
[[nodiscard]] std::string name_of(TorchDevice device);

/// Sets the threads of libtorch and of its BLAS, and deterministic algorithms. Throws
/// std::runtime_error where there is no such device.
void set_up_torch(TorchDevice device, int threads);

/// Device, libraries and precisions.
[[nodiscard]] DeviceInfo describe_torch(TorchDevice device, int threads);

/// Whether products of fp32 may round their factors to TensorFloat-32 from now on.
void allow_tf32(bool allow);

/// Waits until the device has done all that it was asked to.
void finish_work(TorchDevice device);

[[nodiscard]] CopyRates measure_copies(TorchDevice device);

/// Runs `work`; an error of libtorch leaves it as std::bad_alloc or as std::runtime_error with the
/// error's first line.
void with_torch_errors(const std::function<void()>& work);

}  // namespace assay::backend
