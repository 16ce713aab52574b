#pragma once

#include <cstdint>
#include <vector>

#include "protocol/chance.hpp"
#include "protocol/rows.hpp"

// What a lease really contains, and what of it an audit draws: pure functions of keys, so that any
// later audit or dispute, in any order, gets the same answer.
namespace assay::protocol {

/// How many of `segments` a plan to cheat in `share` of them leaves undone: round(share x n),
/// halves up.
[[nodiscard]] std::uint32_t cheated_segments(Share share, std::uint32_t segments);

/// Whether a segment of the lease was not done honestly. Exactly `bad` of its segments are, drawn
/// by the lease's key; or each alone with its chance, if `independent`.
[[nodiscard]] bool is_bad(Chance chance, const LeaseRow& lease, std::uint32_t segment);

/// For how many of the segments below `end`: with one sample for all of them, or, if `independent`,
/// in O(end).
[[nodiscard]] std::uint32_t count_bad(Chance chance, const LeaseRow& lease, std::uint32_t end);

/// The segments that the lease's audit re-executes, ascending.
[[nodiscard]] std::vector<std::uint32_t> sampled_segments(Chance chance, const LeaseRow& lease);

/// Segments finished at `now`: floor((now - start) / length x segments), exact.
[[nodiscard]] std::uint32_t progress(const LeaseRow& lease, sim::SimTime now);
/// Those of them that a lease which ends at `now` before its time commits: all, or, where answers
/// are compared, all or none.
[[nodiscard]] std::uint32_t committed_early(const LeaseRow& lease, sim::SimTime now, bool voted);

}  // namespace assay::protocol
