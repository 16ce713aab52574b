#pragma once

#include <memory>

#include "gpu_backend/backend.hpp"

namespace assay::backend {

/// Where libtorch computes.
enum class TorchDevice : std::uint8_t { Cpu, Cuda };

/// Training by libtorch: the workloads, first weights, data and updates of the reproducible
/// operators, summed up in whatever order its libraries like best. Its bits are a function of the
/// request on one machine with one set of libraries; others give others. So results are compared
/// with a tolerance, and it takes no side in disputes. Throws std::runtime_error where there is no
/// such device.
[[nodiscard]] std::unique_ptr<StepBackend> torch_backend(TorchDevice device, int threads);

}  // namespace assay::backend
