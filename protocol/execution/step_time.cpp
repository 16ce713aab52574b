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

StepTime transfer(const StepTime& step, const Device& from, const Device& to) {
  return {step.matrix_s * (from.matrix_flops / to.matrix_flops),
          step.memory_s * (from.bytes_per_second / to.bytes_per_second), step.overhead_s};
}

StepTime bitwise(const StepTime& step, const Device& device, double order_factor) {
  return {step.matrix_s * (device.matrix_flops / device.fp32_flops) * order_factor, step.memory_s,
          step.overhead_s};
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
