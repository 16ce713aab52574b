#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.hpp"
#include "protocol/scenario/quantities.hpp"

namespace assay::protocol {

// Quantities as text. A number is decimal (`1500`, `0.25`, never `.5`, `1e3` or `0x10`) and its
// unit follows, after spaces or at once: `5 %`, `10%`. Reading is exact or an error: nothing is
// rounded except the rates that are doubles, which become the double next to the decimal. Printing
// gives the shortest text with a whole number, or failing that the exact decimal, that reads back
// the same.

/// Why a text is not a quantity of its type.
struct Misread {
  std::string expected;                ///< "a time with its unit (...), such as 36 h"
  std::optional<std::string> nearest;  ///< what was probably meant, as text
};

/// How a type of quantity is written, for messages, `assay explain` and the JSON Schema.
struct Notation {
  std::string_view name;           ///< "a time"
  std::vector<std::string> units;  ///< smallest first; empty: a plain number
  std::string_view example;        ///< "36 h"
  bool bare = false;               ///< a number without unit is read as well (shares in [0, 1])
};

/// "a time in ns, us, ms, s, min, h or d, such as 36 h".
[[nodiscard]] std::string expectation(const Notation& notation);

/// Defined for Share, SimDuration, Tokens, Usd, UsdPerHour, UsdPerKwh, TokenPrice, Bytes,
/// BytesPerSecond, Watts, std::int64_t and double; so are `parse` and `to_text`.
template <class Q>
[[nodiscard]] Notation notation();

/// The quantity that `text` states. Refuses what is no number, has a wrong or no unit, does not
/// fit, or is finer than the type can hold (a seventh decimal of money).
template <class Q>
[[nodiscard]] Result<Q, Misread> parse(std::string_view text);

/// The text that reads back as exactly this value.
[[nodiscard]] std::string to_text(Share value);
[[nodiscard]] std::string to_text(sim::SimDuration value);
[[nodiscard]] std::string to_text(Tokens value);
[[nodiscard]] std::string to_text(Usd value);
[[nodiscard]] std::string to_text(UsdPerHour value);
[[nodiscard]] std::string to_text(UsdPerKwh value);
[[nodiscard]] std::string to_text(TokenPrice value);
[[nodiscard]] std::string to_text(Bytes value);
[[nodiscard]] std::string to_text(BytesPerSecond value);
[[nodiscard]] std::string to_text(Watts value);
[[nodiscard]] std::string to_text(std::int64_t value);
[[nodiscard]] std::string to_text(double value);

// clang-format off
#define ASSAY_QUANTITY(Q)                                        \
  template <> Notation notation<Q>();                            \
  template <> Result<Q, Misread> parse<Q>(std::string_view text)
ASSAY_QUANTITY(Share);
ASSAY_QUANTITY(sim::SimDuration);
ASSAY_QUANTITY(Tokens);
ASSAY_QUANTITY(Usd);
ASSAY_QUANTITY(UsdPerHour);
ASSAY_QUANTITY(UsdPerKwh);
ASSAY_QUANTITY(TokenPrice);
ASSAY_QUANTITY(Bytes);
ASSAY_QUANTITY(BytesPerSecond);
ASSAY_QUANTITY(Watts);
ASSAY_QUANTITY(std::int64_t);
ASSAY_QUANTITY(double);
#undef ASSAY_QUANTITY
// clang-format on

}  // namespace assay::protocol
