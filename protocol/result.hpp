#pragma once

#include <tl/expected.hpp>

namespace assay::protocol {

/// What an act of the protocol answers: a value, or the enumerator of the rule that refused it.
template <class T, class Reason>
using Result = tl::expected<T, Reason>;

template <class Reason>
[[nodiscard]] constexpr tl::unexpected<Reason> refuse(Reason reason) {
  return tl::unexpected<Reason>(reason);
}

}  // namespace assay::protocol
