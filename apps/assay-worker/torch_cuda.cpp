#include "gpu_backend/torch/backend.hpp"
#include "gpu_backend/worker/backends.hpp"

namespace {

std::unique_ptr<assay::backend::StepBackend> make(const assay::backend::BackendOptions& options) {
  return assay::backend::torch_backend(assay::backend::TorchDevice::Cuda, options.threads);
}

}  // namespace

extern "C" const assay::backend::Plugin assay_backend;
const assay::backend::Plugin assay_backend{assay::backend::kPluginInterface, make};
