#include "protocol/cloud.hpp"

#include <set>

#include "protocol/execution/profile.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/data_files.hpp"

using namespace assay;
using namespace assay::protocol;

namespace {

std::vector<Workload> needs(std::int64_t gib) {
  Workload workload;
  workload.memory = Bytes{gib << 30};
  return {workload};
}

std::string refusal(const std::string& rows) {
  const TempFile file("provider,gpu,usd_per_gpu_hour\n" + rows);
  return complaint(file, [&] {
    Cloud({file.file(), {}}, shipped_catalogue(), device("RTX 3090"), needs(16));
  });
}

}  // namespace

TEST_CASE("the shipped prices are offers of many providers", "[protocol]") {
  const Cloud cloud({data_file("cloud_prices.csv"), {}}, shipped_catalogue(), device("RTX 3090"),
                    needs(16));
  CHECK(cloud.offers().size() == 140);
  std::set<std::string> providers;
  for (const CloudOffer& offer : cloud.offers()) providers.insert(offer.provider);
  CHECK(providers.size() == 23);
}

TEST_CASE("an offer without the memory that a workload needs is out", "[protocol]") {
  const Cloud cloud({data_file("cloud_prices.csv"), {}}, shipped_catalogue(), device("RTX 3090"),
                    needs(80));
  CHECK(cloud.offers().size() < 140);
  for (const CloudOffer& offer : cloud.offers()) {
    CHECK(shipped_catalogue().devices()[index(offer.device)].memory.count >= std::int64_t{80}
                                                                                 << 30);
  }
  CHECK(refusal("a,RTX 3060,0.1\n") ==
        ": found no offer with 16 GiB of memory, expected one that can hold every workload");
}

TEST_CASE("a cloud hour is priced by what the device does in it", "[protocol]") {
  const Setting setting = setting_with({"gpt2-124m"});
  Profile::Params params;
  params.file = data_file("profile_published.json");
  const Profile executor(params, setting);
  const Cloud flat({{}, UsdPerHour{Usd::micro(400'000)}}, shipped_catalogue(), device("RTX 3090"),
                   setting.workloads);
  REQUIRE(flat.offers().size() == 1);
  CHECK(cloud_rate(flat.offers().front(), executor, WorkloadId{0}) == Usd::micro(400'000));
  const CloudOffer a100{device("A100"), Usd::whole(2), "x"};
  CHECK(cloud_rate(a100, executor, WorkloadId{0}).as_double() ==
        Approx(2.0 * executor.relative_time(WorkloadId{0}, device("A100"))).margin(2e-6));
}

TEST_CASE("broken cloud prices are refused by file and line", "[protocol]") {
  CHECK(refusal("a,RTX 3090,0.1\n").empty());
  CHECK(refusal("a,RTX 309,0.1\n") ==
        ":2: found device 'RTX 309', expected a name of the catalogue (did you mean 'RTX 3090'?)");
  for (const char* price : {"0", "-1", "0.1234567", "x", "nan"}) {
    CHECK(refusal(std::string("a,RTX 3090,") + price + "\n") ==
          ":2: column 'usd_per_gpu_hour': found '" + std::string(price) +
              "', expected dollars above zero with at most six decimals");
  }
  CHECK(refusal("") == ":2: found no offer, expected at least one row");
  const DeviceId reference = device("RTX 3090");
  CHECK_THROWS_AS(Cloud({}, shipped_catalogue(), reference, needs(1)), ConfigError);
  CHECK_THROWS_AS(Cloud({data_file("cloud_prices.csv"), UsdPerHour{Usd::whole(1)}},
                        shipped_catalogue(), reference, needs(1)),
                  ConfigError);
}
