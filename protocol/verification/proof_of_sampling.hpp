#pragma once

#include <limits>

#include "protocol/verification/verification.hpp"

namespace assay::protocol {

/// With a given probability the whole result is re-executed by validators who are drawn after the
/// submission; who disagrees takes it to arbitration, and who was wrong loses its stake, an
/// approving validator as well. Source: Zhang et al., "Proof of sampling" (arXiv 2405.00295);
/// closed form V4.
class ProofOfSampling final : public SpotCheck {
 public:
  static constexpr auto kKind = "proof-of-sampling";
  static constexpr auto kSummary = "Re-executes whole results with a given probability.";
  struct Params {
    Share rate = percent(2);
    int validators = 1;
    Share pay = percent(100);
    sim::SimDuration delay{};
    VerifierTerms terms{Reveal::Sealed, VerifierDraw::Head, percent(100)};
    void describe(Fields& field) {
      field("rate", rate, range(percent(0), percent(100)),
            "Probability that a result is re-executed.");
      field("validators", validators, range(1, 16), "Validators who each re-execute it.");
      field("pay", pay, range(percent(0), percent(10'000)),
            "What a validator is paid, as a share of the task's price.");
      field("delay", delay, kDelays,
            "Mean time from a submission until its validators are drawn, exponential; it is not "
            "paid before.");
      terms.describe(field);
    }
  };
  explicit ProofOfSampling(const Params& params)
      : SpotCheck({params.rate, std::numeric_limits<int>::max(), params.validators, params.pay,
                   params.delay, params.terms}) {}
  [[nodiscard]] std::uint32_t most_reexecutions() const override {
    return std::numeric_limits<std::uint32_t>::max();
  }
};

}  // namespace assay::protocol
