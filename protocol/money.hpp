#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "sim/check.hpp"

namespace assay::protocol {

/// A share of something in parts per billion, so that `0.1613` and `2.5 %` are exact. May exceed
/// one where the meaning allows it (a markup).
struct Share {
  std::int64_t ppb = 0;
  friend constexpr auto operator<=>(Share, Share) = default;
  [[nodiscard]] constexpr double as_double() const { return static_cast<double>(ppb) * 1e-9; }
};
inline constexpr std::int64_t kWholePpb = 1'000'000'000;
inline constexpr Share kWhole{kWholePpb};
[[nodiscard]] constexpr Share percent(std::int64_t whole_percent) {
  return Share{whole_percent * (kWholePpb / 100)};
}

/// An amount of one currency in integer millionths. Adds, subtracts and compares, overflow checked;
/// there is no product of two and no way from one currency to the other but through a `Price`.
template <class Currency>
class Amount {
 public:
  constexpr Amount() = default;
  [[nodiscard]] static constexpr Amount micro(std::int64_t micro) { return Amount(micro); }
  [[nodiscard]] static constexpr Amount whole(std::int64_t units) {
    std::int64_t micro = 0;
    SIM_CHECK(!__builtin_mul_overflow(units, std::int64_t{1'000'000}, &micro));
    return Amount(micro);
  }

  [[nodiscard]] constexpr std::int64_t micro() const { return micro_; }
  /// For statistics and output only: it rounds.
  [[nodiscard]] constexpr double as_double() const { return static_cast<double>(micro_) * 1e-6; }

  friend constexpr auto operator<=>(Amount, Amount) = default;
  friend constexpr Amount operator+(Amount a, Amount b) {
    Amount sum;
    SIM_CHECK(!__builtin_add_overflow(a.micro_, b.micro_, &sum.micro_));
    return sum;
  }
  friend constexpr Amount operator-(Amount a, Amount b) {
    Amount difference;
    SIM_CHECK(!__builtin_sub_overflow(a.micro_, b.micro_, &difference.micro_));
    return difference;
  }
  constexpr Amount operator-() const { return Amount() - *this; }
  constexpr Amount& operator+=(Amount other) { return *this = *this + other; }
  constexpr Amount& operator-=(Amount other) { return *this = *this - other; }
  friend constexpr Amount operator*(Amount a, std::int64_t count) {
    Amount product;
    SIM_CHECK(!__builtin_mul_overflow(a.micro_, count, &product.micro_));
    return product;
  }

 private:
  constexpr explicit Amount(std::int64_t micro) : micro_(micro) {}
  std::int64_t micro_ = 0;
};

using Tokens = Amount<struct TokenTag>;  ///< micro-tokens
using Usd = Amount<struct UsdTag>;       ///< micro-dollars

/// a * b / c in 128 bits, rounded toward zero; a check fails where the result does not fit.
[[nodiscard]] std::int64_t mul_div(std::int64_t a, std::int64_t b, std::int64_t c);
/// The same, rounded up (toward plus infinity); c > 0.
[[nodiscard]] std::int64_t mul_div_up(std::int64_t a, std::int64_t b, std::int64_t c);

/// `share` of `amount`, rounded toward zero: the payer keeps the rest.
template <class Currency>
[[nodiscard]] Amount<Currency> take_share(Amount<Currency> amount, Share share) {
  return Amount<Currency>::micro(mul_div(amount.micro(), share.ppb, kWholePpb));
}

/// Dollars a token, an integer ratio: `micro_usd` for every `per_micro_tokens`.
struct Price {
  std::int64_t micro_usd = 1;
  std::int64_t per_micro_tokens = 1;
  friend constexpr bool operator==(Price, Price) = default;
};

/// The tokens worth at least `usd`: rounds up, whoever receives them keeps the rest.
[[nodiscard]] Tokens tokens_up(Usd usd, Price price);
/// The tokens that `usd` buy in full: rounds down, for prices, so that what a job pays in parts
/// never exceeds what was locked for it.
[[nodiscard]] Tokens tokens_down(Usd usd, Price price);
/// What `tokens` are worth, rounded up: the price of a purchase.
[[nodiscard]] Usd usd_cost(Tokens tokens, Price price);
/// What `tokens` are worth, rounded toward zero.
[[nodiscard]] Usd usd_down(Tokens tokens, Price price);
/// The one place where a double becomes money: whole micro-dollars, rounded up. Fails a check for
/// NaN, and beyond +-9e12 dollars.
[[nodiscard]] Usd usd_up(double dollars);

/// Exact decimal text with a point and without trailing zeros: "1500", "0.171".
[[nodiscard]] std::string decimal(std::int64_t value, int digits);

}  // namespace assay::protocol
