#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "protocol/scenario/fields.hpp"

namespace assay::protocol {

/// Writes a struct as YAML with every default filled in; reading that gives the same struct, and
/// printing it again the same bytes. What is empty and may be left out is left out. Files are named
/// by their absolute path, so that the text means the same wherever it lies.
[[nodiscard]] std::string print_map(const std::function<void(Fields&)>& describe);

/// The same for a struct that has `describe`.
template <class S>
[[nodiscard]] std::string print(S params) {
  return print_map([&params](Fields& field) { params.describe(field); });
}

/// A word as YAML reads it back: plain where that is safe, else in double quotes.
[[nodiscard]] std::string yaml_word(std::string_view word);

}  // namespace assay::protocol
