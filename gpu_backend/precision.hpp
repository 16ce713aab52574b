#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::backend {

/// In which numbers a step's products of matrices are computed. Weights, moments and everything
/// else are fp32 in each of them.
enum class Precision : std::uint8_t {
  Fp32,  ///< never rounded to TensorFloat-32 on the way
  Tf32,  ///< fp32 whose factors a tensor core rounds to 10 bits of fraction
  Bf16   ///< factors and products of 7 bits of fraction
};

/// "fp32", "tf32", "bf16".
[[nodiscard]] std::vector<std::string> precision_names();
[[nodiscard]] std::string_view name_of(Precision precision);
/// Throws std::invalid_argument with the nearest name.
[[nodiscard]] Precision precision_named(std::string_view name);

/// The same, out of what a back end offers: `offered` are the names in its `DeviceInfo`. Throws
/// std::invalid_argument, which says what `backend` takes.
[[nodiscard]] Precision offered_precision(std::string_view backend,
                                          const std::vector<std::string>& offered,
                                          std::string_view name);

}  // namespace assay::backend
