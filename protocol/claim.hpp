#pragma once

#include <cstdint>
#include <vector>

#include "protocol/chance.hpp"
#include "protocol/rows.hpp"

// What a lease really contains, and what of it an audit draws: pure functions of keys, so that any
// later audit or dispute, in any order, gets the same answer.
namespace assay::protocol {

/// k of [0, n) without replacement, in ascending order (Floyd's method; Bentley and Floyd, "A
/// sample of brilliance", CACM 1987). O(k log k). Requires k <= n. Takes from `draws` what it
/// needs, so that more can be drawn after it.
[[nodiscard]] std::vector<std::uint32_t> sample_without_replacement(sim::Draws& draws,
                                                                    std::uint32_t n,
                                                                    std::uint32_t k);
[[nodiscard]] inline std::vector<std::uint32_t> sample_without_replacement(sim::Draws&& draws,
                                                                           std::uint32_t n,
                                                                           std::uint32_t k) {
  return sample_without_replacement(draws, n, k);
}

/// How many of `segments` a plan to cheat in `share` of them leaves undone: round(share x n),
/// halves up.
[[nodiscard]] std::uint32_t cheated_segments(Share share, std::uint32_t segments);

/// Whether a segment of the lease was not done honestly. Exactly `bad` of its segments are, drawn
/// by the lease's key; or each alone with its chance, if `independent`.
[[nodiscard]] bool is_bad(Chance chance, const LeaseRow& lease, std::uint32_t segment);

/// The same for all segments below `end`, in O(bad) instead of O(end x bad).
[[nodiscard]] std::uint32_t count_bad(Chance chance, const LeaseRow& lease, std::uint32_t end);

/// The segments that the lease's audit re-executes, ascending.
[[nodiscard]] std::vector<std::uint32_t> sampled_segments(Chance chance, const LeaseRow& lease);

/// Segments finished at `now`: floor((now - start) / length x segments), exact.
[[nodiscard]] std::uint32_t progress(const LeaseRow& lease, sim::SimTime now);
/// Those of them that a lease which ends at `now` before its time commits: all, or, where answers
/// are compared, all or none.
[[nodiscard]] std::uint32_t committed_early(const LeaseRow& lease, sim::SimTime now, bool voted);

}  // namespace assay::protocol
