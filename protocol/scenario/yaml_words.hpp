#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace assay::protocol {

/// Whether YAML readers take a bare word for a truth or for nothing, in whatever case.
[[nodiscard]] inline bool is_no_text(std::string_view word) {
  constexpr std::array kOther = {"true", "false", "yes", "no", "on", "off", "y", "n", "null", "~"};
  std::string lower(word);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return std::find(kOther.begin(), kOther.end(), lower) != kOther.end();
}

}  // namespace assay::protocol
