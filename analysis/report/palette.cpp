#include "analysis/report/palette.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "sim/check.hpp"

namespace assay::analysis {
namespace {

struct ColourRole {
  std::string_view name;
  std::string_view light;
  std::string_view dark;
};

constexpr std::array kRoles = {
    ColourRole{"honest", "#166DD7", "#5A97FB"},
    ColourRole{"lazy", "#C4842B", "#E9A64C"},
    ColourRole{"lazy-text", "#96600F", "#E9A64C"},
    ColourRole{"partial", "#A52F7C", "#E54B9B"},
    ColourRole{"ring", "#384F01", "#9CC9B7"},
    ColourRole{"deterred", "#1B8079", "#4BAFA4"},
    ColourRole{"pays", "#D83A08", "#FA6A38"},
    ColourRole{"undecided", "#464B51", "#C7CED7"},
    ColourRole{"link", "#0B57A4", "#8ABBFF"},
    ColourRole{"ink", "#1B1F25", "#E9ECEF"},
    ColourRole{"paper", "#FFFFFF", "#15181C"},
    ColourRole{"muted", "#5A626C", "#A5AEB8"},
    ColourRole{"rule", "#DADDE2", "#333A42"},
    ColourRole{"sold", "#5D7389", "#8CA5BC"},
    ColourRole{"idle", "#B8C3CD", "#4C5B69"},
    ColourRole{"away", "#E7EBEE", "#262C33"},
    ColourRole{"series", "#33414F", "#C3CDD7"},
    ColourRole{"reference", "#7A848F", "#8D98A4"},
    // Text on the three bars of supply, whose lightness turns over in the dark.
    ColourRole{"on-sold", "#FFFFFE", "#15181D"},
    ColourRole{"on-idle", "#1B1F26", "#E9ECF0"},
};

struct Family {
  std::string_view name;
  std::string_view text_role;
  std::vector<int> dash;
  std::string_view shape;
};
const std::array<Family, 4>& families() {
  static const std::array<Family, 4> all = {Family{"honest", "honest", {}, "circle"},
                                            Family{"lazy", "lazy-text", {}, "square"},
                                            Family{"partial", "partial", {6, 3}, "triangle-up"},
                                            Family{"ring", "ring", {7, 2, 2, 2}, "cross"}};
  return all;
}
const std::vector<std::vector<int>>& further_dashes() {
  static const std::vector<std::vector<int>> all = {{2, 3}, {10, 4}, {4, 2, 1, 2, 1, 2}};
  return all;
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string variables(std::string_view ColourRole::*shade) {
  std::string css;
  for (const auto& role : kRoles) css += fmt::format("--{}:{};", role.name, role.*shade);
  return css;
}

}  // namespace

std::string colour(std::string_view role) {
  const auto found = std::find_if(kRoles.begin(), kRoles.end(),
                                  [role](const ColourRole& known) { return known.name == role; });
  SIM_CHECK(found != kRoles.end());
  return std::string(found->light);
}

std::map<std::string, StrategyStyle> strategy_styles(std::span<const std::string> strategies) {
  std::map<std::string, StrategyStyle> styles;
  std::array<std::size_t, 4> used{};
  for (const auto& strategy : strategies) {
    if (styles.contains(strategy)) continue;
    const auto name = lower(strategy);
    std::size_t family = 0;
    while (family < families().size() &&
           name.find(families().at(family).name) == std::string::npos) {
      ++family;
    }
    if (family == families().size()) {  // unknown: the cheat's hue that is used least
      family =
          static_cast<std::size_t>(std::min_element(used.begin() + 1, used.end()) - used.begin());
    }
    const auto& member = families().at(family);
    StrategyStyle style{std::string(member.name), std::string(member.text_role), member.dash,
                        std::string(member.shape)};
    if (used.at(family) > 0) {
      style.dash = further_dashes().at((used.at(family) - 1) % further_dashes().size());
      style.shape = "triangle-right";
    }
    ++used.at(family);
    styles.emplace(strategy, std::move(style));
  }
  return styles;
}

std::string palette_css() {
  const auto light = variables(&ColourRole::light);
  const auto dark = variables(&ColourRole::dark);
  return fmt::format(
      ":root{{color-scheme:light dark;{0}}}\n"
      "@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{1}}}}}\n"
      "@media screen{{:root[data-theme=light]{{color-scheme:light}}"
      ":root[data-theme=dark]{{color-scheme:dark;{1}}}}}\n"
      "@media print{{:root{{color-scheme:light}}}}\n",
      light, dark);
}

std::string palette_json() {
  std::string json = "{";
  for (const auto& role : kRoles) {
    json +=
        fmt::format("{}\"{}\":\"{}\"", json.size() > 1 ? "," : "", lower(role.light), role.name);
  }
  return json + "}";
}

}  // namespace assay::analysis
