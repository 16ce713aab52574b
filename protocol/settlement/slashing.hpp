#pragma once

#include "protocol/money.hpp"
#include "protocol/scenario/fields.hpp"
#include "sim/time.hpp"

namespace assay::protocol {

/// What a conviction costs and where it goes; the rest of `amount` goes to the treasury.
struct Penalty {
  Tokens amount;
  Tokens reporter;
  Tokens burned;
};

/// What happens to the stake of whoever is convicted.
class Slashing {
 public:
  static constexpr auto kFamily = "slashing";
  virtual ~Slashing() = default;
  /// `liable`: the stake that stood behind the lease when it began.
  [[nodiscard]] virtual Penalty penalty(Tokens liable) const = 0;
  /// What a provider pays whose lease ends before the work is done. The market cannot tell who
  /// leaves from whose machine fails. Nobody reports it: the penalty has no part for a reporter.
  [[nodiscard]] virtual Penalty fault(Tokens liable) const = 0;
  /// Whether stake whose unbonding time is over stays while a case is open.
  [[nodiscard]] virtual bool holds() const = 0;
  /// How long stake that is withdrawn stays within reach of a slash.
  [[nodiscard]] virtual sim::SimDuration unbonding() const = 0;
  /// How long after a conviction the principal may register a new identity.
  [[nodiscard]] virtual sim::SimDuration re_entry() const = 0;
};

/// A fixed share of the liable stake is lost, split between reporter, burn and treasury.
class FixedShare final : public Slashing {
 public:
  static constexpr auto kKind = "share";
  static constexpr auto kSummary = "A fixed share of the stake behind the task is lost.";
  struct Params {
    Share share = percent(100);
    Share reporter_share = percent(10);
    Share burn_share = percent(50);
    Share fault_fee = percent(0);
    sim::SimDuration unbonding = std::chrono::hours(24 * 7);
    bool hold = true;
    sim::SimDuration re_entry = std::chrono::hours(24);
    void describe(Fields& field) {
      const sim::SimDuration year = std::chrono::hours(24 * 365);
      field("share", share, range(percent(0), percent(100)), "Share of the liable stake lost.");
      field("reporter_share", reporter_share, range(percent(0), percent(100)),
            "Share of the lost stake that the reporting verifier gets.");
      field("burn_share", burn_share, range(percent(0), percent(100)),
            "Share of the lost stake that is burned; the treasury gets the rest.");
      field("fault_fee", fault_fee, range(percent(0), percent(100)),
            "Share of the liable stake that a task handed back unfinished costs, burned as above.");
      field("unbonding", unbonding, range(sim::SimDuration{0}, year),
            "Time for which withdrawn stake can still be slashed.");
      field("hold", hold, "Whether withdrawn stake also stays while a case is open.");
      field("re_entry", re_entry, range(sim::SimDuration{0}, year),
            "Time from a conviction until the principal may register anew.");
    }
  };
  explicit FixedShare(const Params& params) : params_(params) {}
  [[nodiscard]] Penalty penalty(Tokens liable) const override {
    Penalty penalty;
    penalty.amount = take_share(liable, params_.share);
    penalty.reporter = take_share(penalty.amount, params_.reporter_share);
    penalty.burned = take_share(penalty.amount, params_.burn_share);
    return penalty;
  }
  [[nodiscard]] Penalty fault(Tokens liable) const override {
    Penalty fee;
    fee.amount = take_share(liable, params_.fault_fee);
    fee.burned = take_share(fee.amount, params_.burn_share);
    return fee;
  }
  [[nodiscard]] bool holds() const override { return params_.hold; }
  [[nodiscard]] sim::SimDuration unbonding() const override { return params_.unbonding; }
  [[nodiscard]] sim::SimDuration re_entry() const override { return params_.re_entry; }

 private:
  Params params_;
};

}  // namespace assay::protocol
