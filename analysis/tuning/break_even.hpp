#pragma once

#include <functional>
#include <optional>

namespace assay::analysis {

/// The value between two others at which a closed form's gain changes its sign; none where it has
/// one sign at both ends. `whole`: of whole numbers, the first on the side where cheating loses, as
/// a formula has no root between them. To twenty bits.
[[nodiscard]] std::optional<double> break_even_between(const std::function<double(double)>& gain,
                                                       double low, double high, bool whole);

}  // namespace assay::analysis
