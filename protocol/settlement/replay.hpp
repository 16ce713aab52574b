#pragma once

#include <string>
#include <vector>

#include "protocol/settlement/token.hpp"

namespace assay::protocol {

/// A recorded price, day by day from a CSV file: the token costs `price` at the start and moves by
/// the ratios of the series, so that stakes keep their meaning. Loading reads the whole file: a
/// missing day or a broken number is an error that names file and line.
class Replay final : public Token {
 public:
  static constexpr auto kKind = "replay";
  static constexpr auto kSummary = "Moves as a recorded daily price from a CSV file did.";
  struct Columns {
    std::string date = "date";
    std::string price = "close_usd";
    void describe(Fields& field);
  };
  struct Params {
    Terms terms;
    FilePath file;
    Columns columns;
    std::string from;
    double stretch = 1.0;
    void describe(Fields& field);
  };
  /// Throws ConfigError for what is wrong with the file or the day.
  explicit Replay(const Params& params);
  [[nodiscard]] sim::SimDuration step() const override { return step_; }
  [[nodiscard]] std::optional<std::uint64_t> moves() const override { return prices_.size() - 1; }
  [[nodiscard]] Price next(Chance, std::uint64_t move, Price) const override {
    return prices_.at(move);
  }

 private:
  sim::SimDuration step_;
  std::vector<Price> prices_;  ///< by day from the start
};

}  // namespace assay::protocol
