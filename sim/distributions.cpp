#include "sim/distributions.hpp"

#include <cmath>

namespace assay::sim {

double weibull(Draws& draws, double shape, double scale) {
  SIM_CHECK(shape > 0.0 && scale > 0.0);
  return scale * pow(exponential(draws, 1.0), 1.0 / shape);
}

double normal(Draws& draws) {
  // The midpoint of one of 2^52 equal cells: never 0 or 1.
  const std::uint64_t cell = draws.bits() >> 12;
  return normal_quantile(static_cast<double>(2 * cell + 1) * 0x1.0p-53);
}

double lognormal(Draws& draws, double mu, double sigma) { return exp(mu + sigma * normal(draws)); }

double pareto(Draws& draws, double alpha, double minimum) {
  SIM_CHECK(alpha > 0.0 && minimum > 0.0);
  return minimum * exp(exponential(draws, 1.0) / alpha);
}

double gamma(Draws& draws, double shape, double scale) {
  SIM_CHECK(shape > 0.0 && scale > 0.0);
  if (shape < 1.0) {
    // X of shape + 1 times U^(1/shape) has the smaller shape (section 6 of the paper).
    const double boost = pow(draws.uniform_positive(), 1.0 / shape);
    return gamma(draws, shape + 1.0, scale) * boost;
  }
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  for (;;) {
    const double x = normal(draws);
    const double root = 1.0 + c * x;
    const double u = draws.uniform_positive();
    if (root <= 0.0) continue;
    const double v = root * root * root;
    if (log(u) < 0.5 * x * x + d * (1.0 - v + log(v))) return d * v * scale;
  }
}

}  // namespace assay::sim
