#pragma once

#include "protocol/money.hpp"
#include "protocol/scenario/fields.hpp"

namespace assay::protocol {

/// The supply and the price of the token.
class Token {
 public:
  static constexpr auto kFamily = "token";
  virtual ~Token() = default;
  [[nodiscard]] virtual Tokens supply() const = 0;
  [[nodiscard]] virtual Price price() const = 0;
};

/// All tokens exist from the start and cost the same for ever.
class FixedToken final : public Token {
 public:
  static constexpr auto kKind = "fixed";
  static constexpr auto kSummary = "Fixed supply at a constant price.";
  struct Params {
    Tokens supply = Tokens::whole(1'000'000'000);
    TokenPrice price;
    void describe(Fields& field) {
      field("supply", supply, range(Tokens::whole(1), Tokens::whole(1'000'000'000'000)),
            "All tokens that exist.");
      field("price", price, range(TokenPrice{Usd::micro(1)}, TokenPrice{Usd::whole(1'000'000)}),
            "Dollars a token.");
    }
  };
  explicit FixedToken(const Params& params) : params_(params) {}
  [[nodiscard]] Tokens supply() const override { return params_.supply; }
  [[nodiscard]] Price price() const override { return params_.price.price(); }

 private:
  Params params_;
};

}  // namespace assay::protocol
