#include <limits>
#include <string>

#include "protocol/scenario/units.hpp"
#include "sim/draws.hpp"
#include "tests/catch.hpp"

namespace assay::protocol {
namespace {

using namespace std::chrono_literals;
using sim::SimDuration;

/// The value of `text`; fails the test where it is refused.
template <class Q>
Q good(std::string_view text) {
  const auto value = parse<Q>(text);
  INFO(text << " expected " << (value ? "" : value.error().expected));
  REQUIRE(value.has_value());
  return *value;
}

/// What is said about `text`; fails the test where it is accepted.
template <class Q>
std::string bad(std::string_view text) {
  const auto value = parse<Q>(text);
  INFO(text);
  REQUIRE(!value.has_value());
  return value.error().expected;
}

template <class Q>
void check_round_trip(Q value) {
  const std::string text = to_text(value);
  INFO(text);
  CHECK(good<Q>(text) == value);
  CHECK(to_text(good<Q>(text)) == text);
}

TEST_CASE("quantities are read exactly", "[protocol]") {
  CHECK(good<SimDuration>("90 d") == 90 * 24h);
  CHECK(good<SimDuration>("1.5h") == 90min);
  CHECK(good<SimDuration>("0.000000001 s") == 1ns);
  CHECK(good<SimDuration>("-3 ms") == -3ms);
  CHECK(good<SimDuration>("1.000 us") == 1us);
  CHECK(good<Bytes>("64 GiB").count == std::int64_t{64} << 30);
  CHECK(good<Bytes>("1.5 kB").count == 1500);
  CHECK(good<Tokens>("1500 tok") == Tokens::whole(1500));
  CHECK(good<Tokens>("0.000001 tok") == Tokens::micro(1));
  CHECK(good<Usd>("-2.50 USD") == Usd::micro(-2'500'000));
  CHECK(good<UsdPerHour>("0.40 USD/h").an_hour == Usd::micro(400'000));
  CHECK(good<UsdPerKwh>("0.15 USD/kWh").a_kwh == Usd::micro(150'000));
  CHECK(good<TokenPrice>("0.1 USD/tok").a_token == Usd::micro(100'000));
  CHECK(good<Share>("2.5 %") == Share{25'000'000});
  CHECK(good<Share>("10%") == percent(10));
  CHECK(good<Share>("0.1613") == Share{161'300'000});
  CHECK(good<Share>("0.000000001") == Share{1});
  CHECK(good<Share>("1") == kWhole);
  CHECK(good<Share>("250 %") == percent(250));
  // 100 Mbit/s are 12.5 MB/s.
  CHECK(good<BytesPerSecond>("100 Mbit/s").value == 12.5e6);
  CHECK(good<BytesPerSecond>("6 GB/s").value == 6e9);
  CHECK(good<BytesPerSecond>("1 bit/s").value == 0.125);
  CHECK(good<Watts>("1.2 kW").value == 1200.0);
  CHECK(good<Watts>("0.1 W").value == 0.1);
  CHECK(good<std::int64_t>("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  CHECK(good<double>("1.168831168831169") == 1.168831168831169);
  CHECK(good<double>("1e-3") == 0.001);
}

TEST_CASE("a number that is none is refused", "[protocol]") {
  for (const char* text : {"", " ", "nan", ".nan", "inf", "-inf", "0x10", "1e3", ".5", "5.", "007",
                           "+3", "1_000", "1,5", "--1", "- 1", "1 2", "x"}) {
    bad<SimDuration>(std::string(text) + " h");
    bad<Tokens>(std::string(text) + " tok");
    bad<Share>(std::string(text) + " %");
    bad<Watts>(std::string(text) + " W");
    bad<std::int64_t>(text);
  }
  for (const char* text :
       {"", "nan", ".inf", "0x1p3", "1e", "1e+", "1e999", "-1e999", "1 ", "1f"}) {
    bad<double>(text);
  }
  bad<std::int64_t>("3.0");
}

TEST_CASE("a missing or wrong unit is named with the valid ones", "[protocol]") {
  CHECK(bad<SimDuration>("90") == "a time in ns, us, ms, s, min, h or d, such as 36 h");
  CHECK(parse<SimDuration>("90 days").error().nearest == std::nullopt);
  CHECK(parse<SimDuration>("90 D").error().nearest == "90 d");
  CHECK(parse<Bytes>("64 GIB").error().nearest == "64 GiB");
  CHECK(parse<Tokens>("5 tokn").error().nearest == "5 tok");
  CHECK(bad<Tokens>("5 USD") == "an amount of tokens in tok, such as 1500 tok");
  CHECK(bad<Share>("5") == "a share in % or a bare number from 0 to 1, such as 5 %");
  CHECK(parse<Share>("5").error().nearest == "5 %");
  CHECK(bad<Share>("-0.5") == bad<Share>("1.000000001"));
  bad<UsdPerHour>("0.4 USD");
  bad<SimDuration>("3 h x");
  bad<SimDuration>("3\th");
}

TEST_CASE("what does not fit exactly is refused", "[protocol]") {
  CHECK(bad<Tokens>("0.0000001 tok") == "an amount of tokens with fewer decimals");
  CHECK(bad<Usd>("1.2345678 USD") == "an amount of money with fewer decimals");
  CHECK(bad<Share>("0.0000000001") == "a share with fewer decimals");
  CHECK(bad<SimDuration>("0.5 ns") == "a time with fewer decimals");
  CHECK(bad<Bytes>("0.5 B") == "a size with fewer decimals");
  CHECK(good<Tokens>("9223372036854.775807 tok").micro() ==
        std::numeric_limits<std::int64_t>::max());
  CHECK(bad<Tokens>("9223372036854.775808 tok") == "an amount of tokens that fits 64 bits");
  CHECK(good<SimDuration>("106751 d") == 106751 * 24h);
  CHECK(bad<SimDuration>("106752 d") == "a time that fits 64 bits");
  CHECK(bad<std::int64_t>("9223372036854775808") == "a whole number that fits 64 bits");
  bad<SimDuration>(std::string(400, '9') + " d");
  bad<SimDuration>("0." + std::string(400, '9') + " d");
  bad<Watts>(std::string(400, '9') + " W");
  bad<BytesPerSecond>("1000000 TB/s");
}

TEST_CASE("the shortest text is printed", "[protocol]") {
  CHECK(to_text(SimDuration(90 * 24h)) == "90 d");
  CHECK(to_text(SimDuration(36h)) == "36 h");
  CHECK(to_text(SimDuration(30min)) == "30 min");
  CHECK(to_text(SimDuration(1500ms)) == "1500 ms");
  CHECK(to_text(SimDuration(0)) == "0 d");
  CHECK(to_text(Bytes{std::int64_t{64} << 30}) == "64 GiB");
  CHECK(to_text(Bytes{350'000'000}) == "350 MB");
  CHECK(to_text(Share{25'000'000}) == "2.5 %");
  CHECK(to_text(Tokens::micro(1'500'000)) == "1.5 tok");
  CHECK(to_text(UsdPerHour{Usd::micro(400'000)}) == "0.4 USD/h");
  CHECK(to_text(BytesPerSecond{12.5e6}) == "12.5 MB/s");
  CHECK(to_text(BytesPerSecond{6e9}) == "6 GB/s");
  CHECK(to_text(Watts{1200.0}) == "1.2 kW");
  CHECK(to_text(0.1) == "0.1");
  CHECK(to_text(3.0) == "3");
  CHECK(to_text(1e300) == "1.0e+300");
}

TEST_CASE("what is printed reads back as the same value", "[protocol]") {
  sim::Draws draws(1, 2, 3);
  for (int i = 0; i < 2000; ++i) {
    // All magnitudes, both signs.
    const auto count =
        static_cast<std::int64_t>(draws.bits() >> draws.below(64)) * (draws.below(2) == 0 ? 1 : -1);
    check_round_trip(SimDuration{count});
    check_round_trip(Bytes{count});
    check_round_trip(Share{count});
    check_round_trip(Tokens::micro(count));
    check_round_trip(Usd::micro(count));
    check_round_trip(UsdPerHour{Usd::micro(count)});
    check_round_trip(UsdPerKwh{Usd::micro(count)});
    check_round_trip(TokenPrice{Usd::micro(count)});
    check_round_trip(count);
    const double rate = static_cast<double>(draws.below(1'000'000'000)) *
                        (i % 2 == 0 ? 1.0 : draws.uniform()) /
                        static_cast<double>(1 + draws.below(1000));
    check_round_trip(BytesPerSecond{rate});
    check_round_trip(Watts{rate});
    check_round_trip(rate);
    check_round_trip(rate * (i % 3 == 0 ? 1e-200 : 1e200));
  }
}

}  // namespace
}  // namespace assay::protocol
