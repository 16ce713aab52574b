#pragma once

#include "gpu_backend/worker/client.hpp"

namespace assay::backend {

/// `StepBackend::run_segment` by a worker. A state that comes back is where the next segment can
/// start, on this worker or on another. Throws WorkerError.
[[nodiscard]] SegmentResult run_segment(WorkerClient& worker, const SegmentTask& task,
                                        std::span<const Input> start, bool want_states);

}  // namespace assay::backend
