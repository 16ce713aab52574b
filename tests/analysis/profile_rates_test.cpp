#include <cmath>

#include "analysis/statistics.hpp"
#include "protocol/execution/profile.hpp"
#include "protocol/execution/profile_file.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/data_files.hpp"

// A market's verdicts follow the law that its profile states. That law was fitted to the held-out
// segments, and refitted where their count contradicted it, so that agreement with the count is no
// evidence for the law: it shows that nothing is lost between the file and a verdict.
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

/// The share of the file's log-normal law beyond its tolerance.
double beyond(const ProfileFile::Comparison& comparison, const ProfileFile::Distance& law) {
  if (law.median_share_of_movement == 0.0) return 0.0;
  const double away =
      std::log(comparison.tolerance_share_of_movement / law.median_share_of_movement);
  if (law.spread == 0.0) return away < 0.0 ? 1.0 : 0.0;
  return 0.5 * std::erfc(away / law.spread / std::sqrt(2.0));
}

/// Four standard errors around the law's share; and, as the file belongs together, the exact 95 %
/// interval of the share that held-out segments showed, with as much on each side.
void check(const protocol::Profile& profile, const ProfileFile::Comparison& comparison,
           std::string_view behaviour, const ProfileFile::Distance& distance) {
  REQUIRE(distance.held_out);
  const Interval counted = clopper_pearson(static_cast<std::int64_t>(distance.held_out->rejected),
                                           static_cast<std::int64_t>(distance.held_out->of));
  const double share = rejected(profile, behaviour);
  const double law = beyond(comparison, distance);
  const double error = 4.0 * std::sqrt(law * (1.0 - law) / static_cast<double>(kSegments));
  INFO(behaviour << ": the market rejects " << share << ", its law " << law << ", counted "
                 << counted.low << " to " << counted.high);
  CHECK(std::abs(share - law) <= error);
  CHECK(share >= counted.low - error);
  CHECK(share <= counted.high + error);
}

}  // namespace

TEST_CASE("the market's comparisons realise the law that the profile was given", "[analysis]") {
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
    check(profile, comparison, "honest", comparison.honest);
    for (const ProfileFile::Behaviour& cheat : comparison.behaviours) {
      check(profile, comparison, cheat.name, cheat.distance);
    }
  }
  CHECK(measured >= 2);
}

}  // namespace assay::analysis
