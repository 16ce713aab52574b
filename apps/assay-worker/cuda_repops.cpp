#include <utility>

#include "gpu_backend/repops/cuda/runner.hpp"
#include "gpu_backend/worker/backends.hpp"

namespace {

std::unique_ptr<assay::backend::StepBackend> make(const assay::backend::BackendOptions& options) {
  constexpr int kDevice = 0;  // CUDA_VISIBLE_DEVICES chooses among several
  assay::backend::CudaDevice device = assay::backend::describe_cuda_device(kDevice);
  assay::backend::DeviceInfo info = assay::backend::host_device("cuda-repops", options.threads);
  info.device = std::move(device.name);
  info.memory_bytes = device.memory_bytes;
  info.software = "reproducible operators, CUDA kernels";
  return assay::backend::repops_backend(std::move(info), assay::backend::cuda_runner(kDevice));
}

}  // namespace

extern "C" const assay::backend::Plugin assay_backend;
const assay::backend::Plugin assay_backend{assay::backend::kPluginInterface, make};
