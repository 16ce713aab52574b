#pragma once
/// Operators of every kind with dimensions that meet the edges of tiles, warps, blocks and chunks,
/// and tensors to run them on.

#include <exception>
#include <string>
#include <vector>

#include "gpu_backend/repops/operator.hpp"

namespace assay::backend {

/// Every kind at least twice: with dimensions of 1, and with some that are no multiple of anything.
[[nodiscard]] std::vector<Operator> edge_cases();

using Tensors = std::vector<std::vector<float>>;

/// What the numbers are like.
enum class Numbers {
  Ordinary,  ///< from -2 to 2
  Strange,   ///< also zeros of both signs, subnormal and huge numbers, infinities and NaNs
};

/// Inputs for `op`: ids and labels mostly name rows, Adam's second moments are not negative.
[[nodiscard]] Tensors inputs_of(const Operator& op, std::uint32_t seed, Numbers numbers);

/// The outputs that `runner` makes of `inputs`. They were full of 7s before.
[[nodiscard]] Tensors run(OperatorRunner& runner, const Operator& op, const Tensors& inputs);

/// "" if both have the same bits, else the first element in which they differ.
[[nodiscard]] std::string difference(const Tensors& got, const Tensors& expected);

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

/// "linear {3,4,5}".
[[nodiscard]] std::string text(const Operator& op);

}  // namespace assay::backend
