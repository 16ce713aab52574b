#pragma once

#include <string>

namespace assay::analysis {

/// A word as a shell reads it back: commands that repeat a result are copied from it.
[[nodiscard]] std::string shell_quoted(const std::string& word);

}  // namespace assay::analysis
