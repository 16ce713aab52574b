#include "protocol/execution/step_time.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace assay::protocol {
namespace {

constexpr std::array<std::string_view, 7> kGenerations{"Pascal", "Volta",  "Turing",   "Ampere",
                                                       "Ada",    "Hopper", "Blackwell"};
constexpr int kUnknown = 100;

int generation(std::string_view architecture) {
  const auto found = std::find(kGenerations.begin(), kGenerations.end(), architecture);
  return found == kGenerations.end() ? -1 : static_cast<int>(found - kGenerations.begin());
}

}  // namespace

std::optional<Products> products_of(std::string_view precision) {
  if (precision == "fp32") return Products::Fp32;
  if (precision == "tf32") return Products::Tf32;
  if (precision == "bf16" || precision == "fp16 with fp32 sums") return Products::Half;
  return std::nullopt;
}

double product_rate(const Device& device, Products products) {
  if (products == Products::Half) return device.matrix_flops;
  const bool has_tf32 = generation(device.architecture) >= generation("Ampere");
  return products == Products::Tf32 && has_tf32 ? device.matrix_flops / 2.0 : device.fp32_flops;
}

StepTime transfer(const StepTime& step, Products products, const Device& from, const Device& to) {
  return {step.matrix_s * (product_rate(from, products) / product_rate(to, products)),
          step.memory_s * (from.bytes_per_second / to.bytes_per_second), step.overhead_s};
}

StepTime bitwise(const StepTime& step, Products products, const Device& device,
                 double order_factor) {
  return {step.matrix_s * (product_rate(device, products) / device.fp32_flops) * order_factor,
          step.memory_s, step.overhead_s};
}

int generations_between(std::string_view a, std::string_view b) {
  if (a == b) return 0;
  const int first = generation(a);
  const int second = generation(b);
  return first < 0 || second < 0 ? kUnknown : std::abs(first - second);
}

Reach reach(std::string_view a, std::string_view b) {
  if (a == b) return Reach::Same;
  const int first = generation(a);
  const int second = generation(b);
  if (first < 0 || second < 0) return Reach::Apart;
  const auto tested = [](int at) {
    return at >= generation("Ampere") && at <= generation("Hopper");
  };
  return tested(first) && tested(second) ? Reach::Near : Reach::Far;
}

}  // namespace assay::protocol
