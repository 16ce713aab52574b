#pragma once

#include <cstdint>
#include <string>

#include "gpu_backend/backend.hpp"

namespace assay::apps {

// One function a command; each returns the exit code. Wrong input is thrown as
// std::invalid_argument.

struct WorkerOptions {
  std::string backend = "cpu-repops";
  int threads = 1;
  bool json = false;  ///< print the result for programs
};

int list_all(const WorkerOptions& options);
int describe(const WorkerOptions& options);
int measure(const WorkerOptions& options, const backend::MeasureTask& task);
int segment(const WorkerOptions& options, const backend::SegmentTask& task);
/// `op`: of that step, in the order of its graph.
int open_operator(const WorkerOptions& options, const backend::SegmentTask& task,
                  std::uint64_t step, std::uint64_t op);

struct ServeOptions {
  std::string socket;  ///< path; empty: the standard streams
  std::string memory;  ///< limit, with its unit; empty: none
};
/// Answers requests until whoever asks ends.
int serve_requests(const WorkerOptions& options, const ServeOptions& serving);

}  // namespace assay::apps
