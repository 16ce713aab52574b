#pragma once

#include <string_view>

namespace assay::analysis {

// assets/page.css and assets/page.js, made part of the program when it is built, so that it works
// away from its source tree.
extern const std::string_view kPageStyle;
extern const std::string_view kPageScript;

}  // namespace assay::analysis
