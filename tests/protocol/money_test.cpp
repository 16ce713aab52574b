#include "protocol/money.hpp"

#include <limits>

#include "sim/check.hpp"
#include "sim/draws.hpp"
#include "tests/catch.hpp"

namespace assay::protocol {
namespace {

using sim::InvariantViolation;

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

TEST_CASE("mul_div rounds toward zero and mul_div_up toward plus infinity", "[protocol]") {
  struct Row {
    std::int64_t a, b, c, toward_zero, up;
  };
  const Row rows[] = {
      {7, 1, 2, 3, 4},
      {-7, 1, 2, -3, -3},
      {7, -1, 2, -3, -3},
      {-7, -1, 2, 3, 4},
      {6, 1, 2, 3, 3},
      {-6, 1, 2, -3, -3},
      {0, 5, 3, 0, 0},
      {1, 1, kMost, 0, 1},
      {-1, 1, kMost, 0, 0},
      // The product needs 126 bits, the quotient fits again.
      {kMost, kMost, kMost, kMost, kMost},
  };
  for (const Row& row : rows) {
    CAPTURE(row.a, row.b, row.c);
    CHECK(mul_div(row.a, row.b, row.c) == row.toward_zero);
    CHECK(mul_div_up(row.a, row.b, row.c) == row.up);
  }
}

TEST_CASE("mul_div refuses a divisor that is not positive and a quotient over 64 bits",
          "[protocol]") {
  CHECK_THROWS_AS(mul_div(1, 1, 0), InvariantViolation);
  CHECK_THROWS_AS(mul_div_up(1, 1, -1), InvariantViolation);
  CHECK(mul_div(kMost, 2, 2) == kMost);
  CHECK_THROWS_AS(mul_div(kMost, 2, 1), InvariantViolation);
  CHECK_THROWS_AS(mul_div_up(kLeast, 2, 1), InvariantViolation);
}

TEST_CASE("amounts that overflow end the run", "[protocol]") {
  const Tokens most = Tokens::micro(kMost);
  const Tokens least = Tokens::micro(kLeast);
  const Tokens one = Tokens::micro(1);
  CHECK((most - one) + one == most);
  CHECK_THROWS_AS(most + one, InvariantViolation);
  CHECK_THROWS_AS(least - one, InvariantViolation);
  CHECK_THROWS_AS(-least, InvariantViolation);
  CHECK_THROWS_AS(most * 2, InvariantViolation);
  CHECK(one * kMost == most);
  // 9,223,372,036,854.775807 units are the most that millionths in 64 bits hold.
  CHECK(Tokens::whole(9'223'372'036'854).micro() == 9'223'372'036'854'000'000);
  CHECK_THROWS_AS(Tokens::whole(9'223'372'036'855), InvariantViolation);
  CHECK_THROWS_AS(Tokens::whole(-9'223'372'036'855), InvariantViolation);
}

TEST_CASE("a share is rounded toward zero, so that the payer keeps the rest", "[protocol]") {
  CHECK(take_share(Tokens::micro(999), percent(50)) == Tokens::micro(499));
  CHECK(take_share(Tokens::micro(-999), percent(50)) == Tokens::micro(-499));
  CHECK(take_share(Tokens::micro(999), Share{0}) == Tokens{});
  CHECK(take_share(Tokens::micro(999), kWhole) == Tokens::micro(999));
  CHECK(take_share(Tokens::micro(1'000'000'000), Share{1}) == Tokens::micro(1));
  CHECK(take_share(Tokens::micro(999'999'999), Share{1}) == Tokens{});
}

TEST_CASE("tokens for dollars have a direction in their name", "[protocol]") {
  // Three dollars for seven tokens: a dollar is 2.33 tokens.
  const Price price{3, 7};
  CHECK(tokens_up(Usd::micro(1), price) == Tokens::micro(3));
  CHECK(tokens_down(Usd::micro(1), price) == Tokens::micro(2));
  CHECK(tokens_up(Usd::micro(3), price) == Tokens::micro(7));
  CHECK(tokens_down(Usd::micro(3), price) == Tokens::micro(7));
  CHECK(usd_cost(Tokens::micro(1), price) == Usd::micro(1));
  CHECK(usd_down(Tokens::micro(1), price) == Usd{});
  CHECK(usd_cost(Tokens::micro(7), price) == Usd::micro(3));
  CHECK(usd_down(Tokens::micro(8), price) == Usd::micro(3));
  for (std::int64_t micro = 0; micro < 100; ++micro) {
    CAPTURE(micro);
    // What was bought is worth at least what was asked for, and nothing comes from going around.
    CHECK(usd_down(tokens_up(Usd::micro(micro), price), price) >= Usd::micro(micro));
    CHECK(usd_cost(tokens_down(Usd::micro(micro), price), price) <= Usd::micro(micro));
  }
}

TEST_CASE("a double becomes money rounded up, and never from nonsense", "[protocol]") {
  CHECK(usd_up(0.0) == Usd{});
  CHECK(usd_up(0.25) == Usd::micro(250'000));
  CHECK(usd_up(1e-9) == Usd::micro(1));
  CHECK(usd_up(-1.5e-6) == Usd::micro(-1));
  CHECK_THROWS_AS(usd_up(std::numeric_limits<double>::quiet_NaN()), InvariantViolation);
  CHECK_THROWS_AS(usd_up(std::numeric_limits<double>::infinity()), InvariantViolation);
  CHECK_NOTHROW(usd_up(8.9e12));
  CHECK_THROWS_AS(usd_up(9e12), InvariantViolation);
}

TEST_CASE("decimal text is exact", "[protocol]") {
  CHECK(decimal(0, 6) == "0");
  CHECK(decimal(1'500'000'000, 6) == "1500");
  CHECK(decimal(171'000, 6) == "0.171");
  CHECK(decimal(-1, 6) == "-0.000001");
  CHECK(decimal(kLeast, 6) == "-9223372036854.775808");
  CHECK(decimal(kMost, 0) == "9223372036854775807");
}

}  // namespace
}  // namespace assay::protocol
