#include <bit>

#include "protocol/availability/alternating_renewal.hpp"
#include "protocol/cloud.hpp"
#include "protocol/demand/poisson.hpp"
#include "protocol/execution/profile.hpp"
#include "sim/digest.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/data_files.hpp"

using namespace assay;
using namespace assay::protocol;
using namespace std::chrono_literals;

namespace {

constexpr Chance kChance{42};

std::string finish(const sim::Digest& digest) { return sim::hex(digest.finish()).substr(0, 16); }

std::string arrivals() {
  sim::Digest digest;
  Poisson::Params params;
  params.work = 3h;
  const Poisson poisson(params);
  const auto stream = poisson.open(kChance, 0);
  for (int i = 0; i < 1000; ++i) {
    const Arrival arrival = stream->next().value();
    digest.update_value(arrival.at.time_since_epoch().count());
    digest.update_value(arrival.work.count());
  }
  return finish(digest);
}

std::string intervals() {
  sim::Digest digest;
  for (const char* name : {"skype06", "microsoft99", "pl05"}) {
    const AlternatingRenewal law({data_file("availability_laws.csv"), name});
    for (std::uint64_t identity = 0; identity < 100; ++identity) {
      for (std::uint32_t k = 0; k < 20; ++k) {
        const auto interval = law.interval(kChance, identity, k, 0);
        digest.update_value(interval.length.count());
        digest.update_value(static_cast<std::uint8_t>(interval.up));
      }
    }
  }
  return finish(digest);
}

std::string costs() {
  sim::Digest digest;
  const Setting setting = setting_with({"gpt2-124m", "resnet-50"});
  Profile::Params params;
  params.file = data_file("profile_published.json");
  const Profile profile(params, setting);
  for (std::uint16_t i = 0; i < setting.devices.size(); ++i) {
    for (std::uint16_t w = 0; w < 2; ++w) {
      const DeviceId device{i};
      const Cost cost = profile.cost({WorkloadId{w}, 7h, 14}, device);
      digest.update_value(cost.length.count());
      digest.update_value(std::bit_cast<std::uint64_t>(cost.joules));
      digest.update_value(profile.rerun({WorkloadId{w}, 7h, 14}, device).length.count());
      digest.update_value(
          cloud_rate({device, Usd::micro(1'234'567), ""}, profile, WorkloadId{w}).micro());
    }
  }
  return finish(digest);
}

std::string distances() {
  sim::Digest digest;
  const Setting setting = setting_with({"gpt2-124m"});
  Profile::Params params;
  params.file = data_file("profile_published.json");
  const Profile profile(params, setting);
  for (std::uint64_t lease = 0; lease < 1000; ++lease) {
    for (std::uint16_t behaviour = 0; behaviour < 2; ++behaviour) {
      const SegmentTruth truth{lease, 2, BehaviourId{behaviour}, WorkloadId{0}, setting.reference};
      digest.update_value(std::bit_cast<std::uint64_t>(
          profile.compare(kChance, truth, setting.reference).distance));
    }
  }
  return finish(digest);
}

}  // namespace

// Whatever reaches a run is the same bits on every compiler, optimisation level and library.
TEST_CASE("arrivals, intervals, costs and distances keep their bits", "[protocol]") {
  CHECK(arrivals() == "0874e3cca1cbc5f1");
  CHECK(intervals() == "33fd3726ac07cca6");
  CHECK(costs() == "4f493494c867fa16");
  CHECK(distances() == "92ef4f1c638aab41");
}
