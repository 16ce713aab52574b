#include "protocol/settlement/token.hpp"

#include <algorithm>

namespace assay::protocol {

Price price_near(double dollars_a_token, double most) {
  constexpr std::int64_t kPicos = 1'000'000'000'000;  // a dollar; the most is 10^18 of them
  const double least = usd_per_token(Token::kLeastPrice.price());
  const double held = std::clamp(dollars_a_token, least, most);
  return {static_cast<std::int64_t>(held * static_cast<double>(kPicos) + 0.5), kPicos};
}

}  // namespace assay::protocol
