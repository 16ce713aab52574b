#pragma once

#include <string>

#include "protocol/availability/availability.hpp"
#include "protocol/scenario/fields.hpp"

namespace assay::protocol {

/// A machine that is up and down for independent Weibull times, as fitted to a real population
/// (Javadi, Kondo, Iosup, Epema, "The Failure Trace Archive", JPDC 2013). Time zero falls into a
/// process that has gone on for ever: the first interval is up with the long-run probability, and
/// what is left of it follows the equilibrium law (Cox, "Renewal Theory", 1962, chapter 5).
class AlternatingRenewal final : public Availability {
 public:
  static constexpr auto kKind = "alternating-renewal";
  static constexpr auto kSummary = "Random up and down times, as fitted to a real population.";
  struct Params {
    FilePath laws;
    std::string population;
    void describe(Fields& field);
  };
  /// P(X > x) = exp(-(x / scale)^shape).
  struct Weibull {
    double shape = 1.0;
    double scale_h = 1.0;
    [[nodiscard]] double mean_h() const;
  };
  /// Reads the population's row; throws ConfigError.
  explicit AlternatingRenewal(const Params& params);
  AlternatingRenewal(Weibull up, Weibull down);

  [[nodiscard]] Interval interval(Chance chance, std::uint64_t machine_key, std::uint32_t k,
                                  int utc_offset_hours) const override;
  /// The share of time that a machine is up in the long run.
  [[nodiscard]] double up_share() const { return up_share_; }

 private:
  Weibull up_;
  Weibull down_;
  double up_share_;
};

}  // namespace assay::protocol
