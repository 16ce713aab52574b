#include "analysis/numbers.hpp"

#include "tests/catch.hpp"

using namespace assay::analysis;

namespace {
const Unit kUsd = unit_of("USD");
const Unit kShare = unit_of("share");
const Unit kPure;

Estimate between(double value, double low, double high) { return {value, Interval{low, high}}; }
}  // namespace

TEST_CASE("the half-width decides the place", "[analysis]") {
  CHECK(decimals_for(4.0) == 0);  // one digit
  CHECK(decimals_for(2.6) == 1);  // two digits where it begins with 1 or 2
  CHECK(decimals_for(1.0) == 1);
  CHECK(decimals_for(0.0008) == 4);
  CHECK(decimals_for(0.022) == 3);
  CHECK(decimals_for(40.0) == -1);  // tens
  CHECK(decimals_for(140.0) == -1);
}

TEST_CASE("value and bounds are rounded to one place", "[analysis]") {
  CHECK(estimate_text(between(-17.2, -21.3, -13.1), kUsd) == "−17\u00a0USD\u00a0[−21,\u00a0−13]");
  CHECK(estimate_text(between(0.0803, 0.0796, 0.0809), kShare) ==
        "8.03\u00a0%\u00a0[7.96,\u00a08.09]");
  CHECK(estimate_text(between(0.0604, 0.0596, 0.0612), kUsd) ==
        "0.0604\u00a0USD\u00a0[0.0596,\u00a00.0612]");
  CHECK(estimate_text(between(0.00622, 0.0060, 0.00644), kShare) ==
        "0.622\u00a0%\u00a0[0.600,\u00a00.644]");
  CHECK(estimate_text(between(9.0, 6.0, 12.0), kPure, Sign::Always) == "+9\u00a0[+6,\u00a0+12]");
  CHECK(estimate_text(between(1240, 1200, 1280), kPure) == "1,240\u00a0[1,200,\u00a01,280]");
}

TEST_CASE("text keeps three digits while the bounds stay apart", "[analysis]") {
  CHECK(rounded(between(12345, 12199, 12491), kPure).value == "12,300");
  CHECK(rounded(between(12345, 12199, 12491), kPure).bracket() == "[12,200,\u00a012,500]");
  CHECK(rounded(between(84296, 84293, 84299), kPure).value == "84,296");
}

TEST_CASE("a bound that would read zero gets a digit of its own", "[analysis]") {
  CHECK(rounded(between(20, 0.3, 40), kPure).bracket() == "[0.3,\u00a040]");
  CHECK(rounded(between(-20, -40, -0.04), kPure).bracket() == "[−40,\u00a0−0.04]");
  CHECK(rounded(between(20, 0.0, 40), kPure).bracket() == "[0,\u00a040]");
}

TEST_CASE("an interval around another one never looks the narrower", "[analysis]") {
  // Alone the wide one would be rounded to thousands: [21,000, 27,000].
  const Estimate slashed = between(25700, 24120, 27280);
  CHECK(rounded(slashed, kPure).bracket() == "[24,100,\u00a027,300]");
  CHECK(rounded_around(slashed, {20930, 27280}, kPure).bracket() == "[20,900,\u00a027,300]");
  CHECK(rounded_around(slashed, *slashed.interval, kPure).bracket() ==
        rounded(slashed, kPure).bracket());
  // A value without spread has three digits, and so have its bounds at least.
  CHECK(rounded_around(between(0.1, 0.1, 0.1), {0.0993, 0.2514}, kPure).bracket() ==
        "[0.099,\u00a00.251]");
  CHECK(rounded_around(between(0.0, 0.0, 0.0), {0.0, 0.0004}, kPure).bracket() ==
        "[0.00000,\u00a00.00040]");
  CHECK(rounded_around(between(0.1, 0.1, 0.1), {0.1, 0.1}, kPure).bracket() ==
        "[0.100,\u00a00.100]");
}

TEST_CASE("without spread or interval three digits are written", "[analysis]") {
  CHECK(estimate_text({0.17123, std::nullopt}, kUsd) == "0.171\u00a0USD");
  CHECK(estimate_text(between(2, 2, 2), kPure) == "2.00\u00a0[2.00,\u00a02.00]");
  // The noise of sums is no spread.
  CHECK(estimate_text(between(0.76, 0.76 - 1e-15, 0.76 + 1e-15), kShare) ==
        "76.0\u00a0%\u00a0[76.0,\u00a076.0]");
  CHECK(estimate_text(between(0, 0, 0), kShare) == "0\u00a0%\u00a0[0,\u00a00]");
}

TEST_CASE("no number reads minus zero", "[analysis]") {
  CHECK(fixed(-0.04, 1) == "0.0");
  CHECK(fixed(-0.06, 1) == "−0.1");
  CHECK(fixed(0.0, 0, Sign::Always) == "0");
}

TEST_CASE("thousands carry commas and rates stay short", "[analysis]") {
  CHECK(count(106'797) == "106,797");
  CHECK(count(-1'500) == "−1,500");
  CHECK(count(999) == "999");
  CHECK(count(1'000'000) == "1,000,000");
  CHECK(percent_text(0.05) == "5\u00a0%");
  CHECK(percent_text(0.025) == "2.5\u00a0%");
  CHECK(percent_text(1.0) == "100\u00a0%");
  CHECK(percent_text(0.0) == "0\u00a0%");
}

TEST_CASE("theory's numbers have two digits, also where rounding adds one", "[analysis]") {
  CHECK(significant(4.46, 2) == "4.5");
  CHECK(significant(9.96, 2) == "10");
  CHECK(significant(0.0996, 2) == "0.10");
  CHECK(significant(-18.4, 2, Sign::Always) == "−18");
  CHECK(significant(9.0, 2, Sign::Always) == "+9.0");
  CHECK(significant(12'345, 2) == "12,000");
}

TEST_CASE("lists read as a sentence does", "[analysis]") {
  CHECK(list_text(std::vector<std::string>{"a"}) == "a");
  CHECK(list_text(std::vector<std::string>{"a", "b"}) == "a and b");
  CHECK(list_text(std::vector<std::string>{"a", "b", "c"}) == "a, b and c");
}
