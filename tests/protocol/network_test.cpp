#include "protocol/network/instant.hpp"
#include "protocol/network/regions.hpp"
#include "tests/catch.hpp"
#include "tests/protocol/data_files.hpp"

using namespace assay;
using namespace assay::protocol;
using namespace std::chrono_literals;

namespace {

const std::string kRegions =
    "region,place,utc_offset_h,share,download_mbit_s,upload_mbit_s,access_ms\n";
const std::string kLatency = "from,to,round_trip_ms\n";

RegionId find(const Network& network, std::string_view name) {
  for (std::size_t i = 0; i < network.regions().size(); ++i) {
    if (network.regions()[i].name == name) return static_cast<RegionId>(i);
  }
  throw std::runtime_error("no such region");
}

}  // namespace

TEST_CASE("data moves at the smaller of the sender's upload and the receiver's download",
          "[protocol]") {
  const TempFile regions(kRegions + "home,x,0,1,80,8,20\nlab,y,1,0,800,800,0\n");
  const TempFile latency(kLatency + "x,x,10\nx,y,100\ny,x,110\ny,y,2\n");
  const Regions network(Regions::Params{regions.file(), latency.file()});
  const RegionId home = find(network, "home");
  const RegionId lab = find(network, "lab");
  // Half a round trip: of the places, with the access of both.
  CHECK(network.move(home, home, Bytes{0}) == 25ms);
  CHECK(network.move(home, lab, Bytes{0}) == 60ms);
  CHECK(network.move(lab, home, Bytes{0}) == 65ms);
  // A megabyte: 8 Mbit up at 8 Mbit/s, down at 80 Mbit/s.
  CHECK(network.move(home, lab, Bytes{1'000'000}) == 60ms + 1s);
  CHECK(network.move(lab, home, Bytes{1'000'000}) == 65ms + 100ms);
  CHECK(network.regions()[1].utc_offset_hours == 1);
}

TEST_CASE("the shipped network has homes and labs on five continents", "[protocol]") {
  const Regions network(Regions::Params{data_file("regions.csv"), data_file("latency.csv")});
  CHECK(network.regions().size() == 10);
  const RegionId europe = find(network, "europe_lab");
  const RegionId america = find(network, "north_america");
  CHECK(sim::to_seconds(network.move(europe, america, Bytes{0})) == Approx(0.15117 / 2.0));
  // 2 GiB down a North American home line of 52 Mbit/s: 330 s.
  CHECK(sim::to_seconds(network.move(europe, america, Bytes{std::int64_t{2} << 30})) ==
        Approx(330.458).epsilon(1e-3));
}

TEST_CASE("a network with gaps is refused", "[protocol]") {
  const TempFile regions(kRegions + "home,x,0,1,80,8,20\nlab,y,1,0,800,800,0\n");
  const TempFile gap(kLatency + "x,x,10\nx,y,100\ny,y,2\n");
  CHECK(complaint(gap, [&] {
          Regions(Regions::Params{regions.file(), gap.file()});
        }) == ": found no row from 'y' to 'x', expected one for each pair of places");
  const TempFile twice(kLatency + "x,x,10\nx,x,10\n");
  CHECK(complaint(twice, [&] {
          Regions(Regions::Params{regions.file(), twice.file()});
        }) == ":3: column 'to': found 'x', expected each pair of places once");
  const TempFile latency(kLatency + "x,x,10\n");
  const TempFile half(kRegions + "home,x,0,0.5,80,8,20\n");
  CHECK(complaint(half, [&] {
          Regions(Regions::Params{half.file(), latency.file()});
        }) == ":3: found shares that sum to 0.5, expected 1");
  const TempFile same(kRegions + "home,x,0,0.5,80,8,20\nhome,x,0,0.5,80,8,20\n");
  CHECK(complaint(same, [&] {
          Regions(Regions::Params{same.file(), latency.file()});
        }) == ":3: column 'region': found 'home', expected each region once");
}

TEST_CASE("without a network everything is everywhere at once", "[protocol]") {
  const Instant network(Instant::Params{});
  CHECK(network.move(RegionId{0}, RegionId{0}, Bytes{1 << 30}) == 0s);
  CHECK(network.regions().front().share == 1.0);
}
