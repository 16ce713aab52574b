#pragma once

#include <cstdint>

namespace assay::backend {

/// What numbers are drawn for: each purpose has streams of its own (sim/draws.hpp). Numbers are
/// part of what is reproduced: append only.
enum class Purpose : std::uint32_t {
  InitialValues = 1,  ///< key: the parameter
  Batch,              ///< key: step, micro-batch, sequence
  CheatStep,          ///< key: the step
  CheatPlace,         ///< key: the segment's first step; its complement for the operator
  CheatBit,           ///< key: the step
  CheatNoise,         ///< key: step, the operator that updates (libtorch: the parameter)
  ClassPicture        ///< key: the class
};

}  // namespace assay::backend
