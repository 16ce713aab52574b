#include "gpu_backend/worker/memory.hpp"

#include <malloc.h>

#include <limits>

namespace assay::backend {

void keep_memory() {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, 64 << 20);
  mallopt(M_ARENA_MAX, 1);
}

}  // namespace assay::backend
