#include "protocol/scenario/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

#include "protocol/scenario/nearest.hpp"

namespace assay::protocol {
namespace {

__extension__ using Wide = __int128;

struct Unit {
  std::string_view name;
  std::int64_t
      size;  ///< in the type's own count: nanoseconds, bytes, millionths, parts per billion
};

constexpr Unit kTime[] = {{"ns", 1},
                          {"us", 1'000},
                          {"ms", 1'000'000},
                          {"s", 1'000'000'000},
                          {"min", 60'000'000'000},
                          {"h", 3'600'000'000'000},
                          {"d", 86'400'000'000'000}};
constexpr Unit kBytes[] = {{"B", 1},
                           {"kB", 1'000},
                           {"KiB", 1 << 10},
                           {"MB", 1'000'000},
                           {"MiB", 1 << 20},
                           {"GB", 1'000'000'000},
                           {"GiB", 1 << 30},
                           {"TB", 1'000'000'000'000},
                           {"TiB", std::int64_t{1} << 40}};
constexpr Unit kTokens[] = {{"tok", 1'000'000}};
constexpr Unit kUsd[] = {{"USD", 1'000'000}};
constexpr Unit kUsdPerHour[] = {{"USD/h", 1'000'000}};
constexpr Unit kUsdPerKwh[] = {{"USD/kWh", 1'000'000}};
constexpr Unit kTokenPrice[] = {{"USD/tok", 1'000'000}};
constexpr Unit kShare[] = {{"%", kWholePpb / 100}};
// In eighths of a byte a second, and in milliwatts: so that every unit is a whole number of them.
constexpr Unit kRate[] = {{"bit/s", 1},
                          {"B/s", 8},
                          {"kbit/s", 1'000},
                          {"kB/s", 8'000},
                          {"Mbit/s", 1'000'000},
                          {"MB/s", 8'000'000},
                          {"Gbit/s", 1'000'000'000},
                          {"GB/s", 8'000'000'000},
                          {"Tbit/s", 1'000'000'000'000},
                          {"TB/s", 8'000'000'000'000}};
constexpr Unit kPower[] = {{"mW", 1}, {"W", 1'000}, {"kW", 1'000'000}, {"MW", 1'000'000'000}};

/// `negative` x `digits` / 10^`scale`, without trailing zeros behind the point.
struct Decimal {
  bool negative = false;
  std::string digits;
  std::size_t scale = 0;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes a decimal number from the front of `text`: `-12`, `0.25`; none for `.5`, `5.`, `007`.
std::optional<Decimal> take_decimal(std::string_view& text) {
  Decimal number;
  std::size_t at = 0;
  if (at < text.size() && text[at] == '-') {
    number.negative = true;
    ++at;
  }
  const std::size_t whole = at;
  while (at < text.size() && is_digit(text[at])) number.digits += text[at++];
  if (at == whole || (text[whole] == '0' && at > whole + 1)) return std::nullopt;
  if (at < text.size() && text[at] == '.') {
    const std::size_t point = ++at;
    while (at < text.size() && is_digit(text[at])) number.digits += text[at++];
    if (at == point) return std::nullopt;
    number.scale = at - point;
  }
  while (number.scale > 0 && number.digits.back() == '0') {
    number.digits.pop_back();
    --number.scale;
  }
  number.digits.erase(0, std::min(number.digits.find_first_not_of('0'), number.digits.size()));
  text.remove_prefix(at);
  return number;
}

enum class Fit : std::uint8_t { Exact, TooLarge, TooFine };

/// `number` x `size` as a whole number.
Fit times(const Decimal& number, std::int64_t size, std::int64_t& out) {
  // 10^24 units of the largest size are still below 2^127.
  constexpr std::size_t kMostDigits = 24;
  if (number.digits.size() > kMostDigits || number.scale > kMostDigits) {
    return number.digits.size() > number.scale + 19 ? Fit::TooLarge : Fit::TooFine;
  }
  Wide value = 0;
  for (const char digit : number.digits) value = value * 10 + (digit - '0');
  Wide divisor = 1;
  for (std::size_t i = 0; i < number.scale; ++i) divisor *= 10;
  value *= size;
  if (value / divisor > std::numeric_limits<std::int64_t>::max()) return Fit::TooLarge;
  if (value % divisor != 0) return Fit::TooFine;
  out = static_cast<std::int64_t>(value / divisor);
  if (number.negative) out = -out;
  return Fit::Exact;
}

std::vector<std::string> names(std::span<const Unit> units) {
  std::vector<std::string> out;
  for (const Unit& unit : units) out.emplace_back(unit.name);
  return out;
}

/// A number and its unit; the unit is null where `text` has none.
struct Measured {
  Decimal number;
  const Unit* unit;
};

Result<Measured, Misread> measure(std::string_view text, std::span<const Unit> units,
                                  const Notation& notation) {
  std::string_view rest = text;
  const std::optional<Decimal> number = take_decimal(rest);
  if (!number) return refuse(Misread{expectation(notation), std::nullopt});
  if (rest.empty()) return Measured{*number, nullptr};
  const std::string_view written = text.substr(0, text.size() - rest.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  for (const Unit& unit : units) {
    if (unit.name == rest) return Measured{*number, &unit};
  }
  Misread misread{expectation(notation), std::nullopt};
  if (const auto near = nearest(rest, notation.units)) {
    misread.nearest = fmt::format("{} {}", written, *near);
  }
  return refuse(misread);
}

Result<std::int64_t, Misread> parse_count(std::string_view text, std::span<const Unit> units,
                                          const Notation& notation) {
  const Result<Measured, Misread> measured = measure(text, units, notation);
  if (!measured) return refuse(measured.error());
  std::int64_t size = measured->unit != nullptr ? measured->unit->size : 0;
  if (measured->unit == nullptr) {
    // A bare share is a part of one; 5 would probably mean 5 %.
    if (!notation.bare) return refuse(Misread{expectation(notation), std::nullopt});
    std::int64_t share = 0;
    const Fit fit = times(measured->number, kWholePpb, share);
    if (fit == Fit::TooLarge || (fit == Fit::Exact && (share < 0 || share > kWholePpb))) {
      return refuse(Misread{expectation(notation), std::string(text) + " %"});
    }
    size = kWholePpb;
  }
  std::int64_t count = 0;
  switch (times(measured->number, size, count)) {
    case Fit::Exact:
      return count;
    case Fit::TooLarge:
      break;
    case Fit::TooFine:
      return refuse(Misread{fmt::format("{} with fewer decimals", notation.name), std::nullopt});
  }
  return refuse(Misread{fmt::format("{} that fits 64 bits", notation.name), std::nullopt});
}

// Above every rate and power there is; keeps printed rates below 24 digits.
constexpr double kLargestRate = 1e18;

/// The double next to the exact value in `per_unit`ths.
Result<double, Misread> parse_rate(std::string_view text, std::span<const Unit> units,
                                   std::int64_t per_unit, const Notation& notation) {
  const Result<Measured, Misread> measured = measure(text, units, notation);
  if (!measured) return refuse(measured.error());
  if (measured->unit == nullptr) return refuse(Misread{expectation(notation), std::nullopt});
  const Decimal& number = measured->number;
  if (number.digits.size() > 24) {
    return refuse(Misread{fmt::format("{} with at most 24 digits", notation.name), std::nullopt});
  }
  // Thousandths of the base unit are whole for every unit: value = digits x size x 1000 / per_unit,
  // with a decimal exponent, which from_chars rounds once.
  Wide value = 0;
  for (const char digit : number.digits) value = value * 10 + (digit - '0');
  std::int64_t size = measured->unit->size;
  int exponent = -static_cast<int>(number.scale);
  while (size % 10 == 0) {
    size /= 10;
    ++exponent;
  }
  value *= size * (1000 / per_unit);
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
    value /= 10;
  } while (value > 0);
  const std::string exact = fmt::format("{}e{}", digits, exponent - 3);
  double rate = 0.0;
  std::from_chars(exact.data(), exact.data() + exact.size(), rate);
  if (rate >= kLargestRate) {
    return refuse(Misread{fmt::format("{} that is not so large", notation.name), std::nullopt});
  }
  return number.negative ? -rate : rate;
}

/// The shortest "count unit" with a whole count; of equally short ones that with the largest unit.
std::string whole_text(std::int64_t value, std::span<const Unit> units) {
  std::string best;
  for (const Unit& unit : units) {
    if (value % unit.size != 0) continue;
    std::string text = fmt::format("{} {}", value / unit.size, unit.name);
    if (best.empty() || text.size() <= best.size()) best = std::move(text);
  }
  return best;
}

/// Shortest decimal digits that read back as `value`, without an exponent.
std::string fixed_text(double value) {
  char buffer[1100];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed);
  return std::string(buffer, end.ptr);
}

template <class Q>
std::string rate_text(double value, std::span<const Unit> units, double per_unit) {
  std::string best;
  for (const Unit& unit : units) {
    const auto size = static_cast<double>(unit.size);
    const double count = size == per_unit ? value : value * per_unit / size;
    std::string text = fmt::format("{} {}", fixed_text(count), unit.name);
    // Dividing rounds, so that not every unit gives the value back; the base unit always does.
    if (!best.empty() && text.size() > best.size()) continue;
    const Result<Q, Misread> back = parse<Q>(text);
    if (back && back->value == value) best = std::move(text);
  }
  SIM_CHECK(!best.empty());
  return best;
}

}  // namespace

std::string expectation(const Notation& notation) {
  std::string text(notation.name);
  if (!notation.units.empty()) text += " in " + either(notation.units);
  if (notation.bare) text += " or a bare number from 0 to 1";
  return fmt::format("{}, such as {}", text, notation.example);
}

template <>
Notation notation<Share>() {
  return {"a share", names(kShare), "5 %", true};
}
template <>
Notation notation<sim::SimDuration>() {
  return {"a time", names(kTime), "36 h"};
}
template <>
Notation notation<Tokens>() {
  return {"an amount of tokens", names(kTokens), "1500 tok"};
}
template <>
Notation notation<Usd>() {
  return {"an amount of money", names(kUsd), "0.25 USD"};
}
template <>
Notation notation<UsdPerHour>() {
  return {"a price", names(kUsdPerHour), "0.40 USD/h"};
}
template <>
Notation notation<UsdPerKwh>() {
  return {"a price", names(kUsdPerKwh), "0.15 USD/kWh"};
}
template <>
Notation notation<TokenPrice>() {
  return {"a price", names(kTokenPrice), "0.10 USD/tok"};
}
template <>
Notation notation<Bytes>() {
  return {"a size", names(kBytes), "64 GiB"};
}
template <>
Notation notation<BytesPerSecond>() {
  return {"a data rate", names(kRate), "100 Mbit/s"};
}
template <>
Notation notation<Watts>() {
  return {"a power", names(kPower), "350 W"};
}
template <>
Notation notation<std::int64_t>() {
  return {"a whole number", {}, "3"};
}
template <>
Notation notation<double>() {
  return {"a number", {}, "1.5"};
}

template <>
Result<Share, Misread> parse<Share>(std::string_view text) {
  return parse_count(text, kShare, notation<Share>()).map([](std::int64_t n) { return Share{n}; });
}
template <>
Result<sim::SimDuration, Misread> parse<sim::SimDuration>(std::string_view text) {
  return parse_count(text, kTime, notation<sim::SimDuration>()).map([](std::int64_t n) {
    return sim::SimDuration{n};
  });
}
template <>
Result<Tokens, Misread> parse<Tokens>(std::string_view text) {
  return parse_count(text, kTokens, notation<Tokens>()).map([](std::int64_t n) {
    return Tokens::micro(n);
  });
}
template <>
Result<Usd, Misread> parse<Usd>(std::string_view text) {
  return parse_count(text, kUsd, notation<Usd>()).map([](std::int64_t n) { return Usd::micro(n); });
}
template <>
Result<UsdPerHour, Misread> parse<UsdPerHour>(std::string_view text) {
  return parse_count(text, kUsdPerHour, notation<UsdPerHour>()).map([](std::int64_t n) {
    return UsdPerHour{Usd::micro(n)};
  });
}
template <>
Result<UsdPerKwh, Misread> parse<UsdPerKwh>(std::string_view text) {
  return parse_count(text, kUsdPerKwh, notation<UsdPerKwh>()).map([](std::int64_t n) {
    return UsdPerKwh{Usd::micro(n)};
  });
}
template <>
Result<TokenPrice, Misread> parse<TokenPrice>(std::string_view text) {
  return parse_count(text, kTokenPrice, notation<TokenPrice>()).map([](std::int64_t n) {
    return TokenPrice{Usd::micro(n)};
  });
}
template <>
Result<Bytes, Misread> parse<Bytes>(std::string_view text) {
  return parse_count(text, kBytes, notation<Bytes>()).map([](std::int64_t n) { return Bytes{n}; });
}
template <>
Result<BytesPerSecond, Misread> parse<BytesPerSecond>(std::string_view text) {
  return parse_rate(text, kRate, 8, notation<BytesPerSecond>()).map([](double value) {
    return BytesPerSecond{value};
  });
}
template <>
Result<Watts, Misread> parse<Watts>(std::string_view text) {
  return parse_rate(text, kPower, 1000, notation<Watts>()).map([](double value) {
    return Watts{value};
  });
}
template <>
Result<std::int64_t, Misread> parse<std::int64_t>(std::string_view text) {
  std::string_view rest = text;
  const std::optional<Decimal> number = take_decimal(rest);
  std::int64_t value = 0;
  if (!number || !rest.empty() || text.find('.') != std::string_view::npos) {
    return refuse(Misread{expectation(notation<std::int64_t>()), std::nullopt});
  }
  if (times(*number, 1, value) != Fit::Exact) {
    return refuse(Misread{"a whole number that fits 64 bits", std::nullopt});
  }
  return value;
}
template <>
Result<double, Misread> parse<double>(std::string_view text) {
  std::string_view rest = text;
  const Misread misread{expectation(notation<double>()), std::nullopt};
  if (!take_decimal(rest)) return refuse(misread);
  if (!rest.empty()) {  // an exponent, and nothing behind it
    if (rest[0] != 'e' && rest[0] != 'E') return refuse(misread);
    rest.remove_prefix(1);
    if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) rest.remove_prefix(1);
    if (rest.empty() || rest.find_first_not_of("0123456789") != std::string_view::npos) {
      return refuse(misread);
    }
  }
  double value = 0.0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size() || !std::isfinite(value)) {
    return refuse(Misread{"a number that a double can hold", std::nullopt});
  }
  return value;
}

std::string to_text(Share value) { return decimal(value.ppb, 7) + " %"; }
std::string to_text(sim::SimDuration value) { return whole_text(value.count(), kTime); }
std::string to_text(Tokens value) { return decimal(value.micro(), 6) + " tok"; }
std::string to_text(Usd value) { return decimal(value.micro(), 6) + " USD"; }
std::string to_text(UsdPerHour value) { return to_text(value.an_hour) + "/h"; }
std::string to_text(UsdPerKwh value) { return to_text(value.a_kwh) + "/kWh"; }
std::string to_text(TokenPrice value) { return to_text(value.a_token) + "/tok"; }
std::string to_text(Bytes value) { return whole_text(value.count, kBytes); }
std::string to_text(BytesPerSecond value) {
  return rate_text<BytesPerSecond>(value.value, kRate, 8.0);
}
std::string to_text(Watts value) { return rate_text<Watts>(value.value, kPower, 1000.0); }
std::string to_text(std::int64_t value) { return fmt::format("{}", value); }
std::string to_text(double value) {
  const double size = std::fabs(value);
  if (size == 0.0 || (size >= 1e-6 && size < 1e17)) return fixed_text(value);
  // YAML 1.1 readers take an exponent only behind a point, and with its sign.
  char buffer[64];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  std::string text(buffer, end.ptr);
  if (text.find('.') == std::string::npos) text.insert(text.find('e'), ".0");
  return text;
}

}  // namespace assay::protocol
