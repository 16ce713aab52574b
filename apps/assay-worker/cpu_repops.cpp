#include <fmt/format.h>

#include "gpu_backend/repops/cpu/runner.hpp"
#include "gpu_backend/worker/backends.hpp"

namespace {

std::unique_ptr<assay::backend::StepBackend> make(const assay::backend::BackendOptions& options) {
  assay::backend::DeviceInfo info = assay::backend::host_device("cpu-repops", options.threads);
  const auto widest = assay::backend::available_instruction_sets().back();
  info.software =
      fmt::format("reproducible operators, {} kernels", assay::backend::name_of(widest));
  return assay::backend::repops_backend(std::move(info),
                                        assay::backend::cpu_runner(options.threads));
}

}  // namespace

extern "C" const assay::backend::Plugin assay_backend;
const assay::backend::Plugin assay_backend{assay::backend::kPluginInterface, make};
