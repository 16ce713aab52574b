#include "protocol/availability/alternating_renewal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "protocol/data/csv.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/nearest.hpp"
#include "sim/distributions.hpp"
#include "sim/math.hpp"

namespace assay::protocol {
namespace {

/// The gamma function for x >= 1 by Lanczos' series (SIAM J. Numer. Anal. B 1, 1964; g = 7, nine
/// terms), relative error below 1e-13. Not std::tgamma, whose last bits depend on the library.
double gamma_function(double x) {
  constexpr double kG = 7.0;
  constexpr double kTerms[] = {676.5203681218851,     -1259.1392167224028,  771.32342877765313,
                               -176.61502916214059,   12.507343278686905,   -0.13857109526572012,
                               9.9843695780195716e-6, 1.5056327351493116e-7};
  const double z = x - 1.0;
  double sum = 0.99999999999980993;
  for (int i = 0; i < 8; ++i) sum += kTerms[i] / (z + i + 1.0);
  const double t = z + kG + 0.5;
  constexpr double kRootOfTwoPi = 2.5066282746310002;
  return kRootOfTwoPi * sum * sim::exp((z + 0.5) * sim::log(t) - t);
}

/// An interval of over a century is for ever; none is empty.
sim::SimDuration length_of(double hours) {
  constexpr double kCenturyH = 100.0 * 365.25 * 24.0;
  if (hours > kCenturyH) return sim::SimDuration::max();
  return std::max(sim::SimDuration{1}, sim::duration_up(hours * 3600.0));
}

}  // namespace

void AlternatingRenewal::Params::describe(Fields& field) {
  field("laws", laws, "CSV file of the fitted laws, one population a row.", kRequired);
  field("population", population, "Which row of the file.", kRequired);
}

double AlternatingRenewal::Weibull::mean_h() const {
  return scale_h * gamma_function(1.0 + 1.0 / shape);
}

AlternatingRenewal::AlternatingRenewal(Weibull up, Weibull down)
    : up_(up), down_(down), up_share_(up.mean_h() / (up.mean_h() + down.mean_h())) {}

AlternatingRenewal::AlternatingRenewal(const Params& params)
    : AlternatingRenewal(Weibull{}, Weibull{}) {
  CsvReader csv(params.laws.resolved);
  const std::size_t population = csv.column("population");
  const std::size_t columns[] = {csv.column("up_shape"), csv.column("up_scale_h"),
                                 csv.column("down_shape"), csv.column("down_scale_h")};
  std::vector<std::string> names;
  bool found = false;
  while (csv.next()) {
    const auto law = [&](std::size_t shape, std::size_t scale) {
      return Weibull{csv.number(shape, 0.1, 100.0), csv.number(scale, 1e-6, 1e6)};
    };
    const Weibull up = law(columns[0], columns[1]);
    const Weibull down = law(columns[2], columns[3]);
    names.emplace_back(csv.text(population));
    if (names.back() != params.population) continue;
    if (found) csv.fail(population, "each population once");
    found = true;
    *this = AlternatingRenewal(up, down);
  }
  if (!found) {
    throw ConfigError(
        Complaint{params.laws.resolved, 0, 0,
                  fmt::format("found no population '{}', expected {}{}", shown(params.population),
                              either(names), did_you_mean(params.population, names))});
  }
}

Availability::Interval AlternatingRenewal::interval(Chance chance, std::uint64_t machine_key,
                                                    std::uint32_t k, int) const {
  sim::Draws first = chance.open(Purpose::Availability, sim::mix(machine_key, 0));
  const bool up_at_zero = first.uniform() < up_share_;
  const bool up = up_at_zero == (k % 2 == 0);
  const Weibull& law = up ? up_ : down_;
  if (k == 0) {
    // The interval that covers time zero has the length-biased law, whose (x / scale)^shape is
    // gamma with shape 1 + 1/shape; what is left of it is a uniform share.
    const double share = first.uniform_positive();
    const double power = sim::gamma(first, 1.0 + 1.0 / law.shape, 1.0);
    return {up, length_of(share * law.scale_h * sim::pow(power, 1.0 / law.shape))};
  }
  sim::Draws draws = chance.open(Purpose::Availability, sim::mix(machine_key, k));
  return {up, length_of(sim::weibull(draws, law.shape, law.scale_h))};
}

}  // namespace assay::protocol
