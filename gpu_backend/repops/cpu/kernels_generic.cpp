// What any machine of this architecture runs.
#define ASSAY_ISA generic
#include "gpu_backend/repops/cpu/kernels.hpp"
