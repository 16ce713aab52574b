#pragma once

#include "protocol/settlement/token.hpp"

namespace assay::protocol {

/// A price whose logarithm walks at random: after a time t its logarithm has moved by a normal
/// variable of mean (drift - volatility^2 / 2) t and variance volatility^2 t, so that the expected
/// price is the first one times exp(drift t). Move k has its own draw, keyed by k.
/// Black and Scholes, "The pricing of options and corporate liabilities", J. Political Economy 81
/// (1973). Compute and storage tokens had annual volatilities of 105 % to 192 %, see
/// scenarios/data/README.md.
class GeometricBrownian final : public Token {
 public:
  static constexpr auto kKind = "geometric-brownian";
  static constexpr auto kSummary = "The price's logarithm is a random walk with a drift.";
  struct Params {
    Terms terms;
    double drift = 0.0;
    Share volatility = percent(100);
    sim::SimDuration step = std::chrono::hours(24);
    void describe(Fields& field);
  };
  explicit GeometricBrownian(const Params& params);
  [[nodiscard]] sim::SimDuration step() const override { return step_; }
  [[nodiscard]] Price next(Chance chance, std::uint64_t move, Price previous) const override;

 private:
  sim::SimDuration step_;
  double mean_;    ///< of the logarithm's move in a step
  double spread_;  ///< its standard deviation
};

}  // namespace assay::protocol
