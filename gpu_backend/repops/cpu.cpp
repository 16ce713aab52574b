#include "gpu_backend/repops/operator.hpp"

namespace assay::backend {

std::unique_ptr<OperatorRunner> cpu_runner(int) { return reference_runner(); }

}  // namespace assay::backend
