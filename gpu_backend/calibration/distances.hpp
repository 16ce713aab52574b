#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "gpu_backend/worker/client.hpp"

// How far the results of segments lie apart: honest ones of different hardware, and those of
// cheats.
namespace assay::backend {

/// A way to run a worker that trains with the same meaning and, maybe, other bits: as other
/// hardware would.
struct WorkerKind {
  std::string name;                  ///< "torch-cpu, OPENBLAS_CORETYPE=Haswell"
  std::vector<std::string> command;  ///< the program and its arguments
};

/// The interrupt, on its way out of what is being measured.
struct Stopped {};

/// Of what distances are recorded, after segments of how many steps.
struct ComparedCase {
  std::string workload;
  std::string precision;  ///< empty in a task: each that is measured
  std::uint64_t interval = 8;
};

/// How many segments a case has.
struct ComparisonPlan {
  std::uint32_t held_out = 72;  ///< that say how good a tolerance is; half as many more set it
  /// A case that takes longer has fewer of both, but never less than `least_held_out`.
  double seconds = 100.0;
  std::uint32_t least_held_out = 8;
  std::uint64_t later = 16;  ///< half of the segments begin with this step, not with 0
};

/// Distances of segments, as shares of the movement in them.
struct ComparedSegments {
  struct Cheat {
    std::string name;
    std::vector<double> distances;  ///< of held-out seeds
  };
  ComparedCase of;
  std::vector<std::string> kinds;       ///< of workers, each with bits of its own if any has
  std::vector<double> honest;           ///< that set the tolerance
  std::vector<double> honest_held_out;  ///< that had no part in it
  std::vector<Cheat> cheats;
  std::vector<std::string> left_out;  ///< what a worker refused
};

/// Those of `kinds` that give bits of their own in a segment of `tried`; what is left out, and why,
/// is put behind `left_out`. Where all bits are equal, two kinds show that, or a bitwise one
/// twice; none where all refuse, or where there is nothing to compare with. Throws Stopped,
/// WorkerError, and std::runtime_error where `bitwise` ones differ.
[[nodiscard]] std::vector<WorkerKind> kinds_apart(const std::vector<WorkerKind>& kinds,
                                                  bool bitwise, const ComparedCase& tried,
                                                  const WorkerClient::Terms& terms,
                                                  const std::atomic<bool>& stop,
                                                  std::vector<std::string>& left_out);

/// Trains segments of a case on workers of these kinds, two at least. Each seed is one segment,
/// claimed by one kind and checked by another: every pair has its turn. The honest claim and all
/// cheats are held against one check, so that no two distances of the same conduct share a
/// training. Every third segment sets the tolerance. `report` is told which share is done. Throws
/// Stopped and WorkerError.
[[nodiscard]] ComparedSegments compare_segments(const ComparedCase& compared,
                                                const std::vector<WorkerKind>& kinds,
                                                const ComparisonPlan& plan,
                                                const WorkerClient::Terms& terms,
                                                const std::atomic<bool>& stop,
                                                const std::function<void(double)>& report);

}  // namespace assay::backend
