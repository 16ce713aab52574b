#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::protocol {

/// Insertions, deletions, substitutions and swaps of neighbours that lead from one word to the
/// other, no substring edited twice (Damerau 1964; the restricted form). Case does not count, and
/// neither does which of space, `-` and `_` separates.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate closest to `word` if it is close enough to be meant: a third of the letters may
/// differ, or the one word stands in the other. The first of equals.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 std::span<const std::string> candidates);

/// " (did you mean 'z'?)", or nothing where nothing is near.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       std::span<const std::string> candidates);

/// "a, b or c".
[[nodiscard]] std::string either(std::span<const std::string> words);

}  // namespace assay::protocol
