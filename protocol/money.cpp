#include "protocol/money.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace assay::protocol {
namespace {

__extension__ using Wide = __int128;

std::int64_t narrow(Wide value) {
  SIM_CHECK(value >= std::numeric_limits<std::int64_t>::min() &&
            value <= std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(value);
}

}  // namespace

std::int64_t mul_div(std::int64_t a, std::int64_t b, std::int64_t c) {
  SIM_CHECK(c > 0);
  std::int64_t product = 0;  // most fit 64 bits, whose division is several times faster
  if (!__builtin_mul_overflow(a, b, &product)) return product / c;
  return narrow(static_cast<Wide>(a) * b / c);
}

std::int64_t mul_div_up(std::int64_t a, std::int64_t b, std::int64_t c) {
  SIM_CHECK(c > 0);
  const auto up = [c](auto product) {
    const auto quotient = product / c;
    return product > 0 && product % c != 0 ? quotient + 1 : quotient;
  };
  std::int64_t product = 0;
  if (!__builtin_mul_overflow(a, b, &product)) return up(product);
  return narrow(up(static_cast<Wide>(a) * b));
}

Tokens tokens_up(Usd usd, Price price) {
  return Tokens::micro(mul_div_up(usd.micro(), price.per_micro_tokens, price.micro_usd));
}

Tokens tokens_down(Usd usd, Price price) {
  return Tokens::micro(mul_div(usd.micro(), price.per_micro_tokens, price.micro_usd));
}

Usd usd_cost(Tokens tokens, Price price) {
  return Usd::micro(mul_div_up(tokens.micro(), price.micro_usd, price.per_micro_tokens));
}

Usd usd_down(Tokens tokens, Price price) {
  return Usd::micro(mul_div(tokens.micro(), price.micro_usd, price.per_micro_tokens));
}

Usd usd_up(double dollars) {
  SIM_CHECK(dollars > -9e12 && dollars < 9e12);
  return Usd::micro(static_cast<std::int64_t>(std::ceil(dollars * 1e6)));
}

std::string decimal(std::int64_t value, int digits) {
  std::uint64_t scale = 1;
  for (int i = 0; i < digits; ++i) scale *= 10;
  const bool negative = value < 0;
  const std::uint64_t size =
      negative ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
  std::string text = fmt::format("{}{}", negative ? "-" : "", size / scale);
  if (size % scale != 0) {
    std::string fraction = fmt::format("{:0{}}", size % scale, digits);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    text += "." + fraction;
  }
  return text;
}

}  // namespace assay::protocol
