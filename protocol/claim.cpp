#include "protocol/claim.hpp"

#include <algorithm>

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
  marked.segments =
      sample_without_replacement(chance.open(Purpose::Bad, lease.key), lease.segments,
                                 marked.are_bad ? lease.bad : lease.segments - lease.bad);
  return marked;
}

bool independently_bad(Chance chance, const LeaseRow& lease, std::uint32_t segment) {
  sim::Draws draws = chance.open(Purpose::Bad, sim::mix(lease.key, segment));
  return draws.below(static_cast<std::uint64_t>(kWholePpb)) <
         static_cast<std::uint64_t>(lease.chance_bad.ppb);
}

}  // namespace

std::vector<std::uint32_t> sample_without_replacement(sim::Draws& draws, std::uint32_t n,
                                                      std::uint32_t k) {
  SIM_CHECK(k <= n);
  std::vector<std::uint32_t> chosen;
  chosen.reserve(k);
  for (std::uint32_t j = n - k; j < n; ++j) {
    const auto pick = static_cast<std::uint32_t>(draws.below(std::uint64_t{j} + 1));
    const auto place = std::lower_bound(chosen.begin(), chosen.end(), pick);
    if (place != chosen.end() && *place == pick) {
      chosen.push_back(j);  // j is larger than all before it
    } else {
      chosen.insert(place, pick);
    }
  }
  return chosen;
}

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
  return sample_without_replacement(chance.open(Purpose::Sample, lease.key), lease.done,
                                    lease.sampled);
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
