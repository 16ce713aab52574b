#include "protocol/claim.hpp"

#include <algorithm>

#include "sim/distributions.hpp"

namespace assay::protocol {
namespace {

/// The bad segments, or the good ones where they are fewer.
struct Marked {
  std::vector<std::uint32_t> segments;  ///< ascending
  bool are_bad = true;
};

Marked marked_segments(Chance chance, const LeaseRow& lease) {
  Marked marked;
  marked.are_bad = lease.bad <= lease.segments - lease.bad;
  sim::Draws draws = chance.open(Purpose::Bad, lease.key);
  marked.segments = sim::floyd_sample(draws, lease.segments,
                                      marked.are_bad ? lease.bad : lease.segments - lease.bad);
  return marked;
}

bool independently_bad(Chance chance, const LeaseRow& lease, std::uint32_t segment) {
  sim::Draws draws = chance.open(Purpose::Bad, sim::mix(lease.key, segment));
  return sim::chance(draws, lease.chance_bad.ppb);
}

}  // namespace

std::uint32_t cheated_segments(Share share, std::uint32_t segments) {
  return static_cast<std::uint32_t>((share.ppb * segments + kWholePpb / 2) / kWholePpb);
}

bool is_bad(Chance chance, const LeaseRow& lease, std::uint32_t segment) {
  if (lease.bad == 0) return false;
  if (lease.independent != 0) return independently_bad(chance, lease, segment);
  if (lease.bad == lease.segments) return true;
  const Marked marked = marked_segments(chance, lease);
  return std::binary_search(marked.segments.begin(), marked.segments.end(), segment) ==
         marked.are_bad;
}

std::uint32_t count_bad(Chance chance, const LeaseRow& lease, std::uint32_t end) {
  if (lease.bad == 0) return 0;
  if (lease.independent != 0) {
    std::uint32_t count = 0;
    for (std::uint32_t segment = 0; segment < end; ++segment) {
      if (independently_bad(chance, lease, segment)) ++count;
    }
    return count;
  }
  if (end == lease.segments) return lease.bad;
  if (lease.bad == lease.segments) return end;
  const Marked marked = marked_segments(chance, lease);
  const auto below = static_cast<std::uint32_t>(
      std::lower_bound(marked.segments.begin(), marked.segments.end(), end) -
      marked.segments.begin());
  return marked.are_bad ? below : end - below;
}

std::vector<std::uint32_t> sampled_segments(Chance chance, const LeaseRow& lease) {
  sim::Draws draws = chance.open(Purpose::Sample, lease.key);
  return sim::floyd_sample(draws, lease.done, lease.sampled);
}

std::uint32_t progress(const LeaseRow& lease, sim::SimTime now) {
  if (now <= lease.start) return 0;
  const std::int64_t elapsed = (now - lease.start).count();
  if (elapsed >= lease.length.count()) return lease.segments;
  return static_cast<std::uint32_t>(mul_div(elapsed, lease.segments, lease.length.count()));
}

std::uint32_t committed_early(const LeaseRow& lease, sim::SimTime now, bool voted) {
  const std::uint32_t done = progress(lease, now);
  return voted && done < lease.segments ? 0 : done;
}

}  // namespace assay::protocol
