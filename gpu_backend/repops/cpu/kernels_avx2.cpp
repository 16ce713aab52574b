// Compiled with the flags of its instruction set: see CMakeLists.txt.
#ifdef __x86_64__
#define ASSAY_ISA avx2
#include "gpu_backend/repops/cpu/kernels.hpp"
#endif
