#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "protocol/scenario/fields.hpp"

namespace assay::protocol {

/// A JSON Schema (draft 2020-12) of what the reader takes: keys, types, units as patterns, ranges
/// of plain numbers, `oneOf` the kinds of each family. It cannot say everything: ranges of
/// quantities with units, sums of shares and keys that depend on others are the reader's alone. A
/// file with `include:` may leave out what the others have.
[[nodiscard]] std::string json_schema(std::string_view title,
                                      const std::function<void(Fields&)>& describe);

}  // namespace assay::protocol
