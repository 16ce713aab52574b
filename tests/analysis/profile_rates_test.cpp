#include <cmath>

#include "analysis/statistics.hpp"
#include "protocol/execution/profile.hpp"
#include "protocol/execution/profile_file.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/data_files.hpp"

// What a profile says of a tolerance's verdicts is what happens in a market that runs on it.
namespace assay::analysis {
namespace {

using protocol::ProfileFile;

constexpr std::uint64_t kSegments = 20'000;

/// The share of segments of one behaviour that the market's comparisons reject.
double rejected(const protocol::Profile& profile, std::string_view behaviour) {
  const protocol::DeviceId checker = protocol::device("RTX 4090");
  std::uint64_t count = 0;
  for (std::uint64_t lease = 0; lease < kSegments; ++lease) {
    const protocol::SegmentTruth truth{lease, 1, profile.behaviour(behaviour),
                                       protocol::WorkloadId{0}, checker};
    if (!profile.compare(protocol::Chance{5}, truth, checker).agrees) ++count;
  }
  return static_cast<double>(count) / static_cast<double>(kSegments);
}

/// The exact 95 % interval of the share that held-out segments showed, and on each side four
/// standard errors of the market's own share.
void check(const protocol::Profile& profile, std::string_view behaviour,
           const ProfileFile::Distance& distance) {
  REQUIRE(distance.held_out);
  const Interval counted = clopper_pearson(static_cast<std::int64_t>(distance.held_out->rejected),
                                           static_cast<std::int64_t>(distance.held_out->of));
  const double share = rejected(profile, behaviour);
  const double error = 4.0 * std::sqrt(share * (1.0 - share) / static_cast<double>(kSegments));
  INFO(behaviour << ": the market rejects " << share << ", counted " << counted.low << " to "
                 << counted.high);
  CHECK(share >= counted.low - error);
  CHECK(share <= counted.high + error);
}

}  // namespace

TEST_CASE("the market rejects as often as the profile's held-out segments were", "[analysis]") {
  const auto file = protocol::data_file("profile_cpu.json");
  const ProfileFile read = protocol::read_profile(file.resolved, "");
  const protocol::Setting setting = protocol::setting_with({"gpt2-124m"});
  int measured = 0;
  for (const ProfileFile::Comparison& comparison : read.comparisons) {
    if (!comparison.honest.held_out) continue;
    ++measured;
    protocol::Profile::Params params;
    params.file = file;
    params.comparison = comparison.name;
    const protocol::Profile profile(params, setting);
    INFO(comparison.name);
    check(profile, "honest", comparison.honest);
    for (const ProfileFile::Behaviour& cheat : comparison.behaviours) {
      check(profile, cheat.name, cheat.distance);
    }
  }
  CHECK(measured >= 2);
}

}  // namespace assay::analysis
