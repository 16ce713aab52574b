#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "protocol/setting.hpp"

namespace assay::protocol {

/// The time of one training step by the class of its operators: what bounds them decides how the
/// step's time moves to another device.
struct StepTime {
  double matrix_s = 0.0;    ///< matrix products and attention: the matrix units' rate
  double memory_s = 0.0;    ///< element-wise, norms, optimizer: the memory's bandwidth
  double overhead_s = 0.0;  ///< launches and the host: the same everywhere
  [[nodiscard]] double total() const { return matrix_s + memory_s + overhead_s; }
};

/// The arithmetic of a step's matrix products, which says what units carry them out.
enum class Products {
  Fp32,
  Tf32,  ///< on matrix units from Ampere on, elsewhere as Fp32
  Half   ///< bf16 or fp16 with fp32 sums, on matrix units
};
inline constexpr std::array<std::string_view, 4> kPrecisions{"bf16", "fp16 with fp32 sums", "fp32",
                                                             "tf32"};
/// What one of `kPrecisions` does with matrix products; nothing for another word.
[[nodiscard]] std::optional<Products> products_of(std::string_view precision);

/// The device's peak rate of such products, operations a second. The catalogue has no tf32 rate: it
/// is half of the bf16 rate (A100: 156 and 312 TFLOPS, H100: 494 and 989, NVIDIA's data sheets).
[[nodiscard]] double product_rate(const Device& device, Products products);

/// A step measured on `from`, moved to `to` by the ratio of the rates that bound each class.
[[nodiscard]] StepTime transfer(const StepTime& step, Products products, const Device& from,
                                const Device& to);

/// The same step in arithmetic that gives every device the same bits: matrix products leave the
/// matrix units, if they were on them, for fp32 ones, and keeping the order of sums costs
/// `order_factor` on top.
[[nodiscard]] StepTime bitwise(const StepTime& step, Products products, const Device& device,
                               double order_factor);

/// How far apart two architectures are, in generations (Pascal, Volta, Turing, Ampere, Ada,
/// Hopper, Blackwell); a large number where one is not known.
[[nodiscard]] int generations_between(std::string_view a, std::string_view b);

/// How well a step's time moves from one architecture to another.
enum class Reach {
  Same,  ///< the architecture itself
  Near,  ///< between Ampere, Ada and Hopper: tested, and found good
  Far,   ///< between other cards
  Apart  ///< between a card and a processor, or two kinds of processor
};
[[nodiscard]] Reach reach(std::string_view a, std::string_view b);

}  // namespace assay::protocol
