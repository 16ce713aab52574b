#include "gpu_backend/worker/backends.hpp"

namespace {

std::unique_ptr<assay::backend::StepBackend> make(const assay::backend::BackendOptions& options) {
  return assay::backend::repops_backend(assay::backend::host_device("cpu-repops", options.threads),
                                        assay::backend::cpu_runner(options.threads));
}

}  // namespace

extern "C" const assay::backend::Plugin assay_backend;
const assay::backend::Plugin assay_backend{assay::backend::kPluginInterface, make};
