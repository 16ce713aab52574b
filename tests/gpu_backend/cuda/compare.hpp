#pragma once
/// What the tests of the kernels have in common, on a device and in the emulation.

#include <fmt/format.h>

#include <cstring>
#include <exception>
#include <string>

#include "tests/gpu_backend/repops/cases.hpp"

namespace assay::backend {

/// "" if both have the same bits, else the first element in which they differ.
inline std::string difference(const Tensors& got, const Tensors& expected) {
  for (std::size_t output = 0; output < expected.size(); ++output) {
    for (std::size_t i = 0; i < expected[output].size(); ++i) {
      std::uint32_t bits = 0;
      std::uint32_t expected_bits = 0;
      std::memcpy(&bits, &got[output][i], sizeof bits);
      std::memcpy(&expected_bits, &expected[output][i], sizeof bits);
      if (bits == expected_bits) continue;
      return fmt::format("output {}, element {}: got {} ({:08x}), expected {} ({:08x})", output, i,
                         got[output][i], bits, expected[output][i], expected_bits);
    }
  }
  return "";
}

/// How what `runner` makes of a case differs from what plain loops make of it.
inline std::string difference_from_reference(OperatorRunner& runner, const Case& item) {
  const Tensors inputs = inputs_of(item);
  return difference(outputs_of(runner, item.op, inputs),
                    outputs_of(*reference_runner(), item.op, inputs));
}

/// What `action` throws; "" if nothing.
template <class Action>
[[nodiscard]] std::string complaint(Action action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace assay::backend
