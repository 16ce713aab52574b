#include "gpu_backend/precision.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "protocol/scenario/nearest.hpp"

namespace assay::backend {
namespace {

constexpr std::array<std::string_view, 3> kNames{"fp32", "tf32", "bf16"};

}  // namespace

std::vector<std::string> precision_names() { return {kNames.begin(), kNames.end()}; }

std::string_view name_of(Precision precision) {
  return kNames.at(static_cast<std::size_t>(precision));
}

Precision precision_named(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), name);
  if (found != kNames.end()) return static_cast<Precision>(found - kNames.begin());
  const std::vector<std::string> names = precision_names();
  throw std::invalid_argument(fmt::format("there is no precision '{}'{}; expected {}", name,
                                          protocol::did_you_mean(name, names),
                                          protocol::either(names)));
}

Precision offered_precision(std::string_view backend, const std::vector<std::string>& offered,
                            std::string_view name) {
  const Precision precision = precision_named(name);
  if (std::find(offered.begin(), offered.end(), name) != offered.end()) return precision;
  throw std::invalid_argument(fmt::format("{} does not compute in {} here, expected {}", backend,
                                          name, protocol::either(offered)));
}

}  // namespace assay::backend
