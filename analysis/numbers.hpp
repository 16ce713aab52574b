#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "analysis/statistics.hpp"

/// How numbers are written for people: a true minus, commas for thousands, spaces that do not break
/// (all UTF-8), and as many digits as the interval carries.
namespace assay::analysis {

/// Whether a positive number shows its sign; gains do.
enum class Sign { MinusOnly, Always };

/// A unit as the data name it, and how people read it: a `share` is shown in percent.
struct Unit {
  double scale = 1.0;
  std::string label;  ///< empty for a pure number
};
[[nodiscard]] Unit unit_of(std::string_view name);
/// The unit of a difference: that of shares is shown in percentage points.
[[nodiscard]] Unit difference_unit_of(std::string_view name);

/// Rounded to `decimals` places; negative ones round to tens, hundreds, ...
[[nodiscard]] std::string fixed(double value, int decimals, Sign sign = Sign::MinusOnly);
/// Rounded to so many digits that count; trailing zeros stay: theory's numbers have two.
[[nodiscard]] std::string significant(double value, int digits, Sign sign = Sign::MinusOnly);
/// At most so many digits that count and no trailing zeros: inputs, such as a rate of `5 %`.
[[nodiscard]] std::string shortest(double value, int digits = 3);
/// The power of ten of the first digit that counts; of a number above zero.
[[nodiscard]] int exponent_of(double magnitude);
/// A count with commas for thousands.
[[nodiscard]] std::string count(std::int64_t value);

/// `text` and the unit, held together by a space that does not break.
[[nodiscard]] std::string with_unit(std::string_view text, const Unit& unit);
/// A share as an input: `5 %`, `2.5 %`.
[[nodiscard]] std::string percent_text(double share);

/// The place to which a number with this half-width is rounded: that of the half-width's first
/// digit, of its second where the first is 1 or 2. Requires a half-width above zero.
[[nodiscard]] int decimals_for(double half_width);

/// A value and its bounds, rounded to one place.
struct RoundedEstimate {
  std::string value;
  std::string low;  ///< empty without an interval
  std::string high;
  [[nodiscard]] std::string bracket() const;  ///< `[low, high]`, or empty
};
/// Rounds by the interval's half-width, then to three digits while value and bounds stay apart; a
/// bound that would read zero gets one digit of its own. Without an interval: three digits.
[[nodiscard]] RoundedEstimate rounded(const Estimate& estimate, const Unit& unit,
                                      Sign sign = Sign::MinusOnly);
/// `around`, an interval that holds the estimate's own, with the places that `rounded` gives that
/// one, so that it never looks the narrower of the two. The estimate has an interval.
[[nodiscard]] RoundedEstimate rounded_around(const Estimate& estimate, const Interval& around,
                                             const Unit& unit, Sign sign = Sign::MinusOnly);
/// `8.03 % [7.96, 8.09]`, in one piece; a dash for what is not a number.
[[nodiscard]] std::string estimate_text(const Estimate& estimate, const Unit& unit,
                                        Sign sign = Sign::MinusOnly);

/// `lazy work`, `lazy work and the ring`, `lazy work, partial work and the ring`.
[[nodiscard]] std::string list_text(std::span<const std::string> nouns);
/// A title inside a sentence: `verification overhead`.
[[nodiscard]] std::string lower_first(std::string text);

}  // namespace assay::analysis
