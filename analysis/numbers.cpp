#include "analysis/numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/check.hpp"

namespace assay::analysis {
namespace {

constexpr std::string_view kNoBreakSpace = "\u00a0";
constexpr std::string_view kMinus = "\u2212";
constexpr int kTextDigits = 3;

double rounded_to(double value, int decimals) {
  const double scale = std::pow(10.0, decimals);
  return std::round(value * scale) / scale;
}

Interval scaled(const Interval& interval, double scale) {
  return {interval.low * scale, interval.high * scale};
}

/// More than the noise of floating sums.
bool has_width(const Interval& interval) {
  return interval.high - interval.low >
         1e-9 * std::max(std::abs(interval.low), std::abs(interval.high));
}

/// The places to which a value and its interval, which has width, are rounded.
int places_of(double value, const Interval& interval) {
  int decimals = decimals_for((interval.high - interval.low) / 2);
  const double largest = std::max(std::abs(interval.low), std::abs(interval.high));
  const auto stay_apart = [&](int places) {
    const double middle = rounded_to(value, places);
    return rounded_to(interval.low, places) < middle && middle < rounded_to(interval.high, places);
  };
  while (exponent_of(largest) + 1 + decimals > kTextDigits && stay_apart(decimals - 1)) --decimals;
  return decimals;
}

std::string with_commas(std::string digits) {
  const auto point = std::min(digits.find('.'), digits.size());
  for (std::size_t at = point; at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

}  // namespace

Unit unit_of(std::string_view name) {
  if (name == "share") return {100.0, "%"};
  return {1.0, std::string(name)};
}

Unit difference_unit_of(std::string_view name) {
  Unit unit = unit_of(name);
  if (name == "share") unit.label = "pp";
  return unit;
}

std::string fixed(double value, int decimals, Sign sign) {
  if (!std::isfinite(value)) return "not a number";
  const double shown = rounded_to(value, decimals);
  const auto digits = with_commas(fmt::format("{:.{}f}", std::abs(shown), std::max(0, decimals)));
  if (shown < 0) return std::string(kMinus) + digits;
  if (shown > 0 && sign == Sign::Always) return "+" + digits;
  return digits;
}

int exponent_of(double magnitude) { return static_cast<int>(std::floor(std::log10(magnitude))); }

std::string significant(double value, int digits, Sign sign) {
  if (value == 0.0 || !std::isfinite(value)) return fixed(value, 0, sign);
  int decimals = digits - 1 - exponent_of(std::abs(value));
  // 9.96 with two digits rounds to 10, which has one place less.
  const double shown = rounded_to(value, decimals);
  if (shown != 0.0) decimals = digits - 1 - exponent_of(std::abs(shown) * (1 + 1e-12));
  return fixed(value, decimals, sign);
}

std::string shortest(double value, int digits) {
  std::string text = significant(value, digits);
  if (text.find('.') == std::string::npos) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string count(std::int64_t value) { return fixed(static_cast<double>(value), 0); }

std::string with_unit(std::string_view text, const Unit& unit) {
  if (unit.label.empty()) return std::string(text);
  return fmt::format("{}{}{}", text, kNoBreakSpace, unit.label);
}

std::string percent_text(double share) {
  return with_unit(shortest(share * 100), unit_of("share"));
}

int decimals_for(double half_width) {
  SIM_CHECK(half_width > 0.0);
  const int exponent = exponent_of(half_width);
  const double first = half_width / std::pow(10.0, exponent);
  return -exponent + (first < 3.0 ? 1 : 0);
}

std::string RoundedEstimate::bracket() const {
  if (low.empty()) return {};
  return fmt::format("[{},{}{}]", low, kNoBreakSpace, high);
}

RoundedEstimate rounded(const Estimate& estimate, const Unit& unit, Sign sign) {
  if (!estimate.interval) {
    return {significant(estimate.value * unit.scale, kTextDigits, sign), "", ""};
  }
  return rounded_around(estimate, *estimate.interval, unit, sign);
}

RoundedEstimate rounded_around(const Estimate& estimate, const Interval& around, const Unit& unit,
                               Sign sign) {
  SIM_CHECK(estimate.interval);
  const double value = estimate.value * unit.scale;
  const Interval own = scaled(*estimate.interval, unit.scale);
  const Interval wide = scaled(around, unit.scale);
  if (!has_width(wide)) {
    const auto text = significant(value, kTextDigits, sign);
    return {text, text, text};
  }
  int decimals = 0;
  if (has_width(own)) {
    decimals = places_of(value, own);
  } else {
    // The value stands with its three digits, and the bounds around it with no fewer.
    decimals = places_of(value, wide);
    if (value != 0.0) decimals = std::max(decimals, kTextDigits - 1 - exponent_of(std::abs(value)));
  }
  const auto bound = [&](double at) {
    const bool reads_zero = rounded_to(at, decimals) == 0.0 && at != 0.0;
    return reads_zero ? significant(at, 1, sign) : fixed(at, decimals, sign);
  };
  return {fixed(value, decimals, sign), bound(wide.low), bound(wide.high)};
}

std::string estimate_text(const Estimate& estimate, const Unit& unit, Sign sign) {
  if (std::isnan(estimate.value)) return "\u2013";
  const auto text = rounded(estimate, unit, sign);
  const auto value = with_unit(text.value, unit);
  if (!estimate.interval) return value;
  return fmt::format("{}{}{}", value, kNoBreakSpace, text.bracket());
}

std::string list_text(std::span<const std::string> nouns) {
  std::string text;
  for (std::size_t i = 0; i < nouns.size(); ++i) {
    if (i > 0) text += i + 1 == nouns.size() ? " and " : ", ";
    text += nouns[i];
  }
  return text;
}

std::string lower_first(std::string text) {
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') {
    text[0] = static_cast<char>(text[0] - 'A' + 'a');
  }
  return text;
}

}  // namespace assay::analysis
