#include "gpu_backend/calibration/energy.hpp"

#include <unistd.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "tests/catch.hpp"

namespace assay::backend {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// A folder of counters as the kernel shows them.
class Powercap {
 public:
  Powercap()
      : folder_(fs::temp_directory_path() / ("assay-powercap-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~Powercap() { fs::remove_all(folder_); }
  void set(const std::string& zone, const std::string& file, const std::string& text) const {
    fs::create_directories(folder_ / zone);
    std::ofstream(folder_ / zone / file) << text << "\n";
  }
  [[nodiscard]] const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
};

}  // namespace

TEST_CASE("the packages' counters are added up over their ends", "[gpu_backend]") {
  const Powercap powercap;
  CHECK(processor_meter(powercap.folder() / "none") == nullptr);
  CHECK(processor_meter(powercap.folder()) == nullptr);
  powercap.set("intel-rapl:0", "name", "package-0");
  powercap.set("intel-rapl:0", "energy_uj", "1000000");
  powercap.set("intel-rapl:0", "max_energy_range_uj", "10000000");
  powercap.set("intel-rapl:1", "name", "package-1");
  powercap.set("intel-rapl:1", "energy_uj", "9000000");
  powercap.set("intel-rapl:2", "name", "psys");  // the platform: both packages again
  powercap.set("intel-rapl:2", "energy_uj", "9000000");
  powercap.set("intel-rapl:2", "max_energy_range_uj", "10000000");
  CHECK(processor_meter(powercap.folder()) == nullptr);  // a package without a range
  powercap.set("intel-rapl:1", "max_energy_range_uj", "10000000");
  powercap.set("intel-rapl:0:0", "energy_uj", "5");  // the cores of package 0: already counted
  const auto meter = processor_meter(powercap.folder());
  REQUIRE(meter != nullptr);
  CHECK(meter->source() == "RAPL, 2 packages");
  const double before = meter->read().value().joules;
  powercap.set("intel-rapl:0", "energy_uj", "3500000");
  powercap.set("intel-rapl:1", "energy_uj", "1500000");  // went over its end
  CHECK(meter->read().value().joules - before == Approx(2.5 + 2.5));
  powercap.set("intel-rapl:1", "energy_uj", "gone");
  CHECK_FALSE(meter->read());
}

TEST_CASE("without its library there is no meter of a GPU", "[gpu_backend]") {
  CHECK(gpu_meter(0, "libassay-no-such-library.so") == nullptr);
  CHECK(gpu_meter(0, "libc.so.6") == nullptr);  // a library without NVML's functions
}

TEST_CASE("a GPU's meter counts joules and says how fast it ran", "[gpu_backend]") {
  CHECK(gpu_meter(1, ASSAY_FAKE_NVML) == nullptr);  // it has one GPU
  const auto meter = gpu_meter(0, ASSAY_FAKE_NVML);
  REQUIRE(meter != nullptr);
  const double before = meter->read().value().joules;
  CHECK(meter->read().value().joules - before == Approx(250.0));
  CHECK(meter->source() == "NVML, GPU 0");
  const MeterReading reading = meter->read().value();
  CHECK(reading.megahertz == 1980u);
  CHECK(reading.throttle_reasons == 4u);
}

TEST_CASE("power is the counter's rise between two moments", "[gpu_backend]") {
  // 100 W for a second, then 300 W; a reading every 20 ms.
  std::vector<MeterWatch::Seen> seen;
  const MeterWatch::Moment begun = MeterWatch::Moment() + 5s;
  for (int i = 0; i <= 100; ++i) {
    const double s = 0.02 * i;
    seen.push_back({begun + i * 20ms, {s < 1.0 ? 100.0 * s : 300.0 * s - 200.0, {}, {}}});
  }
  CHECK(watts_between(seen, begun + 7ms, begun + 993ms).value() == Approx(100.0));
  CHECK(watts_between(seen, begun + 1013ms, begun + 1777ms).value() == Approx(300.0));
  CHECK(watts_between(seen, begun + 500ms, begun + 1500ms).value() == Approx(200.0));
  CHECK_FALSE(watts_between(seen, begun + 500ms, begun + 650ms));  // too short to tell
  CHECK_FALSE(watts_between(seen, begun - 1ms, begun + 1s));       // nobody looked so early
  CHECK_FALSE(watts_between(seen, begun + 1s, begun + 2001ms));    // nor so late
  CHECK_FALSE(watts_between(seen, begun + 1s, begun + 1s));
  CHECK_FALSE(watts_between({}, begun, begun + 1s));
}

TEST_CASE("clocks are told of the time between two moments", "[gpu_backend]") {
  std::vector<MeterWatch::Seen> seen;
  const MeterWatch::Moment begun = MeterWatch::Moment() + 5s;
  // Idle, at work under the power cap, idle again.
  for (int i = 0; i < 10; ++i) seen.push_back({begun + i * 20ms, {0.0, 345u, 0x1}});
  for (unsigned i = 10; i < 20; ++i) seen.push_back({begun + i * 20ms, {0.0, 1700 + i, 0x4}});
  seen.push_back({begun + 400ms, {0.0, 345u, 0x1}});
  const WorkingClocks clocks = clocks_between(seen, begun + 190ms, begun + 390ms);
  CHECK(clocks.text() ==
        "SM clock 1715 MHz (median, from 1710 to 1719), clock held down by: the power cap");
  WorkingClocks both = clocks;
  both.add(clocks_between(seen, begun, begun + 20ms));
  CHECK(both.text() ==
        "SM clock 1714 MHz (median, from 345 to 1719), clock held down by: nothing to do, the "
        "power cap");
  CHECK(WorkingClocks{}.text().empty());
  CHECK(WorkingClocks{{}, 0, true}.text() == "clock held down by: nothing");
  CHECK(WorkingClocks{{}, 0x1000, true}.text() == "clock held down by: reasons 0x1000");
}

TEST_CASE("a watch reads its meter until it ends", "[gpu_backend]") {
  const auto meter = gpu_meter(0, ASSAY_FAKE_NVML);
  REQUIRE(meter != nullptr);
  MeterWatch watch(*meter);
  std::this_thread::sleep_for(50ms);
  const auto seen = watch.end();
  REQUIRE(seen.size() >= 2);
  for (std::size_t i = 1; i < seen.size(); ++i) {
    CHECK(seen[i].at > seen[i - 1].at);
    CHECK(seen[i].reading.joules - seen[i - 1].reading.joules == Approx(250.0));
  }
  CHECK(watch.end().empty());
}

}  // namespace assay::backend
