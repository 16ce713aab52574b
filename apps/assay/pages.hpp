#pragma once

#include <functional>
#include <optional>
#include <string>

#include "analysis/report/page.hpp"

namespace assay::apps {

/// The page that `draw` makes, or nothing where its drawing library is missing, which is said on
/// standard error: the numbers are written all the same.
[[nodiscard]] std::optional<std::string> page(
    const std::function<std::string(const analysis::PageAssets&)>& draw);

}  // namespace assay::apps
