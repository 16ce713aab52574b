#include "gpu_backend/calibration/energy.hpp"

#include <unistd.h>

#include <fstream>

#include "tests/catch.hpp"

namespace assay::backend {
namespace {

namespace fs = std::filesystem;

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
  powercap.set("intel-rapl:0", "energy_uj", "1000000");
  powercap.set("intel-rapl:0", "max_energy_range_uj", "10000000");
  powercap.set("intel-rapl:1", "energy_uj", "9000000");
  CHECK(processor_meter(powercap.folder()) == nullptr);  // a package without a range
  powercap.set("intel-rapl:1", "max_energy_range_uj", "10000000");
  powercap.set("intel-rapl:0:0", "energy_uj", "5");  // the cores of package 0: already counted
  const auto meter = processor_meter(powercap.folder());
  REQUIRE(meter != nullptr);
  CHECK(meter->source() == "RAPL, 2 packages");
  const double before = meter->joules().value();
  powercap.set("intel-rapl:0", "energy_uj", "3500000");
  powercap.set("intel-rapl:1", "energy_uj", "1500000");  // went over its end
  CHECK(meter->joules().value() - before == Approx(2.5 + 2.5));
  powercap.set("intel-rapl:1", "energy_uj", "gone");
  CHECK_FALSE(meter->joules());
}

TEST_CASE("without its library there is no meter of a GPU", "[gpu_backend]") {
  CHECK(gpu_meter(0, "libassay-no-such-library.so") == nullptr);
  CHECK(gpu_meter(0, "libc.so.6") == nullptr);  // a library without NVML's functions
}

TEST_CASE("a GPU's meter counts joules and says how fast it ran", "[gpu_backend]") {
  CHECK(gpu_meter(1, ASSAY_FAKE_NVML) == nullptr);  // it has one GPU
  const auto meter = gpu_meter(0, ASSAY_FAKE_NVML);
  REQUIRE(meter != nullptr);
  const double before = meter->joules().value();
  CHECK(meter->joules().value() - before == Approx(250.0));
  CHECK(meter->source() == "NVML, GPU 0");
  CHECK(meter->conditions() ==
        "energy by NVML, GPU 0, SM clock 1980 MHz at the end, throttle reasons 0x4");
}

}  // namespace assay::backend
