#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "protocol/chance.hpp"
#include "protocol/money.hpp"
#include "protocol/scenario/fields.hpp"
#include "sim/time.hpp"

namespace assay::protocol {

/// The supply and the price of the token. What the price is now belongs to the world; a token says
/// where it starts and how it moves.
class Token {
 public:
  static constexpr auto kFamily = "token";
  /// What every kind of token has.
  struct Terms {
    Tokens supply = Tokens::whole(1'000'000'000);
    TokenPrice price;
    void describe(Fields& field) {
      field("supply", supply, range(Tokens::whole(1), Tokens::whole(1'000'000'000'000)),
            "All tokens that exist.");
      field("price", price, range(kLeastPrice, kMostPrice), "Dollars a token, at the start.");
    }
  };
  static constexpr TokenPrice kLeastPrice{Usd::micro(1)};
  static constexpr TokenPrice kMostPrice{Usd::whole(1'000'000)};
  /// All tokens together are never worth more: what anybody owns, and what all own, then fits 64
  /// bits of micro-dollars.
  static constexpr Usd kMostWorth = Usd::whole(4'000'000'000'000);

  explicit Token(Terms terms) : terms_(terms) {}
  virtual ~Token() = default;
  [[nodiscard]] Tokens supply() const { return terms_.supply; }
  [[nodiscard]] Price start_price() const { return terms_.price.price(); }
  /// Dollars a token beyond which no price moves: where the supply would be worth too much.
  [[nodiscard]] double most_usd_per_token() const {
    return std::min(kMostPrice.a_token.as_double(),
                    kMostWorth.as_double() / terms_.supply.as_double());
  }

  /// The time between two moves of the price; zero where it never moves.
  [[nodiscard]] virtual sim::SimDuration step() const { return {}; }
  /// How many moves there are; none where they never end.
  [[nodiscard]] virtual std::optional<std::uint64_t> moves() const { return std::nullopt; }
  /// The price after move number `move` (1, 2, ...), `previous` being the one before. Pure.
  [[nodiscard]] virtual Price next(Chance, std::uint64_t /*move*/, Price previous) const {
    return previous;
  }

 private:
  Terms terms_;
};

/// The price next to `dollars_a_token`, to a millionth of a micro-dollar. One below the least that
/// a scenario can state becomes the least, and one above `most` the most: no amount of dollars
/// would have its worth in tokens, and no amount of tokens its worth in dollars.
[[nodiscard]] Price price_near(double dollars_a_token, double most);
/// For statistics, output and processes: it rounds.
[[nodiscard]] constexpr double usd_per_token(Price price) {
  return static_cast<double>(price.micro_usd) / static_cast<double>(price.per_micro_tokens);
}

/// All tokens exist from the start and cost the same for ever.
class FixedToken final : public Token {
 public:
  static constexpr auto kKind = "fixed";
  static constexpr auto kSummary = "Fixed supply at a constant price.";
  using Params = Terms;
  explicit FixedToken(const Params& params) : Token(params) {}
};

}  // namespace assay::protocol
