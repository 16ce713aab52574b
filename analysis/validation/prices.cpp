// What a moving token price does to stakes.
#include <cmath>

#include "analysis/closed_forms.hpp"
#include "analysis/validation/batches.hpp"
#include "protocol/settlement/geometric_brownian.hpp"

namespace assay::analysis {
namespace {

constexpr std::uint64_t kSteps = 16;

/// Lets the market's own price walk for a fraction of a year, at 100 % volatility a year, and
/// counts the ends at which a stake worth `cov` times a gain is worth less than it.
Measured under_collateralised_share(const Values& v, std::uint64_t seed, int scale) {
  const double sigma = v.at("sigma");
  protocol::GeometricBrownian::Params params;
  const double step_s = sigma * sigma * 365.0 * 86'400.0 / static_cast<double>(kSteps);
  params.step = sim::duration_up(step_s);
  const protocol::GeometricBrownian token(params);
  const double start = protocol::usd_per_token(token.start_price());
  return mean_of(std::int64_t{2'000} * scale, seed, [&](std::uint64_t key) {
    protocol::Price price = token.start_price();
    for (std::uint64_t move = 1; move <= kSteps; ++move) {
      price = token.next(protocol::Chance{key}, move, price);
    }
    return v.at("cov") * protocol::usd_per_token(price) / start < 1.0;
  });
}

}  // namespace

std::vector<Validation> price_validations() {
  return {
      {"V22",
       "Stakes that a moving price leaves below the gain",
       {{"cov", 0.01, 1e3, false, "worth of the stake, in gains, at the start"},
        {"sigma", 0.05, 3.0, false, "standard deviation of the price's logarithm at the end"}},
       {{{"cov", 2}, {"sigma", 0.5}}, {{"cov", 3}, {"sigma", 1}}, {{"cov", 5}, {"sigma", 1}}},
       nullptr,
       [](const Values& v) { return under_collateralised(v.at("cov"), v.at("sigma")); },
       under_collateralised_share},
  };
}

}  // namespace assay::analysis
