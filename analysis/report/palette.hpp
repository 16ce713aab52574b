#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The report's colours by what they mean. Charts carry the light values, so that they draw
/// anywhere; the page replaces each by the variable of its role, so that dark and print need no
/// second drawing. Strategy colours and ink lie at least 12 apart (OKLab x 100) in normal, protan,
/// deutan and tritan sight.
namespace assay::analysis {

/// The light value of a role; a check fails for an unknown name.
[[nodiscard]] std::string colour(std::string_view role);

/// How one strategy is drawn, everywhere the same.
struct StrategyStyle {
  std::string role;       ///< of lines and marks
  std::string text_role;  ///< of its name
  std::vector<int> dash;  ///< empty: solid
  std::string shape;      ///< Vega's name of its mark
};
/// One style for each strategy, in order of appearance. A name takes the hue of the family that it
/// contains; there are four hues, and a second member of a family gets another dash and mark.
[[nodiscard]] std::map<std::string, StrategyStyle> strategy_styles(
    std::span<const std::string> strategies);

/// CSS variables of all roles: light, dark where the reader or the page asks for it, light in
/// print.
[[nodiscard]] std::string palette_css();
/// `{"#166dd7": "honest", ...}`: what the page replaces in a drawn chart.
[[nodiscard]] std::string palette_json();

}  // namespace assay::analysis
