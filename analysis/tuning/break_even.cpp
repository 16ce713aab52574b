#include "analysis/tuning/break_even.hpp"

#include <boost/math/tools/roots.hpp>
#include <cstdint>

namespace assay::analysis {

std::optional<double> break_even_between(const std::function<double(double)>& gain, double low,
                                         double high, bool whole) {
  if (whole) {
    for (double x = low; x < high; x += 1.0) {
      if ((gain(x) > 0.0) != (gain(x + 1.0) > 0.0)) return gain(x) > 0.0 ? x + 1.0 : x;
    }
    return std::nullopt;
  }
  const double at_low = gain(low);
  const double at_high = gain(high);
  if ((at_low > 0.0) == (at_high > 0.0)) return std::nullopt;
  constexpr int kBits = 20;
  std::uintmax_t steps = 60;
  const auto [from, to] = boost::math::tools::toms748_solve(
      gain, low, high, at_low, at_high, boost::math::tools::eps_tolerance<double>(kBits), steps);
  return (from + to) / 2;
}

}  // namespace assay::analysis
