#include "protocol/settlement/geometric_brownian.hpp"

#include <cmath>

#include "sim/distributions.hpp"
#include "sim/math.hpp"

namespace assay::protocol {
namespace {

constexpr sim::SimDuration kYear = std::chrono::hours(24 * 365);

}  // namespace

void GeometricBrownian::Params::describe(Fields& field) {
  terms.describe(field);
  field("drift", drift, range(-10.0, 10.0),
        "Growth of the expected price: its logarithm rises by so much in a year.");
  field(
      "volatility", volatility, range(percent(0), percent(500)),
      "Standard deviation of the price's logarithm after a year; it grows with the root of time.");
  field("step", step, range<sim::SimDuration>(std::chrono::seconds(1), kYear),
        "Time between two moves of the price.");
}

GeometricBrownian::GeometricBrownian(const Params& params)
    : Token(params.terms), step_(params.step) {
  const double years = sim::to_seconds(step_) / sim::to_seconds(kYear);
  const double volatility = params.volatility.as_double();
  mean_ = (params.drift - volatility * volatility / 2.0) * years;
  spread_ = volatility * std::sqrt(years);
}

Price GeometricBrownian::next(Chance chance, std::uint64_t move, Price previous) const {
  sim::Draws draws = chance.open(Purpose::TokenPrice, move);
  return price_near(usd_per_token(previous) * sim::exp(mean_ + spread_ * sim::normal(draws)),
                    most_usd_per_token());
}

}  // namespace assay::protocol
