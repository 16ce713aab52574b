#include "gpu_backend/calibration/tolerance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "sim/math.hpp"

namespace assay::backend {
namespace {

// What a profile can hold. Weights that are not numbers lie farther, equal ones nearer.
constexpr double kNearest = 1e-12;
constexpr double kFarthest = 1e6;
constexpr double kWidest = 10.0;  // a spread, where some results are equal and others are not

double normal_above(double z) { return 0.5 * std::erfc(z / std::sqrt(2.0)); }

}  // namespace

double share_of_movement(std::span<const float> start, std::span<const float> check,
                         std::span<const float> claim) {
  if (start.size() != check.size() || check.size() != claim.size()) {
    throw std::invalid_argument("found weights of different sizes to compare");
  }
  double moved = 0.0;
  double apart = 0.0;
  for (std::size_t i = 0; i < check.size(); ++i) {
    const double step = static_cast<double>(check[i]) - static_cast<double>(start[i]);
    const double off = static_cast<double>(claim[i]) - static_cast<double>(check[i]);
    moved += step * step;
    apart += off * off;
  }
  if (!(moved > 0.0)) throw std::invalid_argument("found weights that did not move");
  const double share = std::sqrt(apart / moved);
  return std::isnan(share) ? std::numeric_limits<double>::infinity() : share;
}

double tolerance_of(std::vector<double> honest, const TolerancePolicy& policy) {
  return std::max(policy.margin * sim::sample_quantile(honest, policy.percentile), policy.least);
}

double rejected_by(const protocol::ProfileFile::Distance& law, double tolerance) {
  if (law.median_share_of_movement == 0.0) return 0.0;
  const double beyond = std::log(tolerance / law.median_share_of_movement);
  if (law.spread == 0.0) return beyond < 0.0 ? 1.0 : 0.0;
  return normal_above(beyond / law.spread);
}

protocol::ProfileFile::Distance law_of(const std::vector<double>& distances, double tolerance) {
  std::vector<double> logarithms;
  std::uint64_t rejected = 0;
  for (const double distance : distances) {
    if (distance > tolerance) ++rejected;
    logarithms.push_back(std::log(std::clamp(distance, kNearest, kFarthest)));
  }
  protocol::ProfileFile::Distance law;
  law.held_out = protocol::HeldOut{rejected, distances.size()};
  if (std::all_of(distances.begin(), distances.end(), [](double x) { return x == 0.0; })) {
    return law;
  }
  double mean = 0.0;
  for (const double x : logarithms) mean += x;
  mean /= static_cast<double>(logarithms.size());
  double squares = 0.0;
  for (const double x : logarithms) squares += (x - mean) * (x - mean);
  law.median_share_of_movement = std::exp(sim::sample_quantile(logarithms, 0.5));
  if (logarithms.size() > 1) {
    law.spread = std::min(std::sqrt(squares / static_cast<double>(logarithms.size() - 1)), kWidest);
  }
  const auto n = static_cast<double>(distances.size());
  const double implied = rejected_by(law, tolerance);
  double share = static_cast<double>(rejected) / n;
  if (rejected == 0) share = std::min(implied, 0.5 / (n + 1.0));
  if (rejected == distances.size()) share = std::max(implied, 1.0 - 0.5 / (n + 1.0));
  if (share == implied) return law;
  const double z = -sim::normal_quantile(share);  // a share of all normal variates lies above
  const double beyond = std::log(tolerance / law.median_share_of_movement);
  // A median on the other side of the tolerance than half of the segments cannot be: both are
  // order statistics of the same sample.
  if (z * beyond > 0.0) law.spread = std::min(beyond / z, kWidest);
  return law;
}

}  // namespace assay::backend
