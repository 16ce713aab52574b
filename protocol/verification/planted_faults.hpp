#pragma once

#include "protocol/verification/verification.hpp"

namespace assay::protocol {

/// Spot checks, some of them of a fault that nature has planted: whoever re-executes finds it and
/// rejects, and so does who can copy that. Who rejects without a finding has nothing to show. The
/// finders share a jackpot, J / 2^(k-1) each among k, out of a pool that a tax on payments fills;
/// one payout takes at most a third of the pool. So verifiers have something to find where nobody
/// cheats. The claim itself is paid as if it had not been audited. Source: Teutsch and
/// Reitwiessner, "A scalable verification solution for blockchains" (arXiv 1908.04756), and the
/// contracts of its incentive layer; closed forms V9 and V10.
class PlantedFaults final : public SpotCheck {
 public:
  static constexpr auto kKind = "planted-faults";
  static constexpr auto kSummary = "Spot checks, some of planted faults, with a jackpot for them.";
  struct Params {
    SpotCheck::Params check;
    Share planted = percent(10);
    JackpotTerms jackpot;
    void describe(Fields& field) {
      check.describe(field);
      field("planted", planted, range(percent(0), percent(100)),
            "Share of the audits that are of a planted fault.");
      jackpot.describe(field);
    }
  };
  explicit PlantedFaults(const Params& params)
      : SpotCheck(params.check), planted_(params.planted), jackpot_(params.jackpot) {}
  [[nodiscard]] AuditPlan plan(Chance chance, std::uint64_t lease_key,
                               std::uint32_t segments) const override {
    AuditPlan plan = SpotCheck::plan(chance, lease_key, segments);
    if (plan.segments == 0) return plan;
    sim::Draws draws = chance.open(Purpose::Planted, lease_key);
    plan.planted = sim::chance(draws, planted_.ppb);
    return plan;
  }
  /// Of the claim itself.
  [[nodiscard]] Share audit_rate() const override {
    const Share rate = SpotCheck::audit_rate();
    return Share{rate.ppb - take_share(Tokens::micro(rate.ppb), planted_).micro()};
  }
  [[nodiscard]] JackpotTerms jackpot() const override { return jackpot_; }

 private:
  Share planted_;
  JackpotTerms jackpot_;
};

}  // namespace assay::protocol
