#include "protocol/data/catalogue.hpp"

#include "tests/catch.hpp"
#include "tests/protocol/data_files.hpp"

using namespace assay::protocol;

namespace {

const std::string kHeader =
    "name,aliases,architecture,fp32_tflops,matrix_tflops,bandwidth_gb_s,memory_gib,power_w\n";

std::string refusal(const std::string& rows) {
  const TempFile file(kHeader + rows);
  return complaint(file, [&] { Catalogue{file.path()}; });
}

}  // namespace

TEST_CASE("a device is found by its name and by each alias", "[protocol]") {
  const Catalogue& catalogue = shipped_catalogue();
  const DeviceId rtx3090 = catalogue.find("RTX 3090").value();
  CHECK(catalogue.find("NVIDIA GeForce RTX 3090").value() == rtx3090);
  const Device& row = catalogue.devices()[index(rtx3090)];
  CHECK(row.architecture == "Ampere");
  CHECK(row.memory.count == std::int64_t{24} << 30);
  CHECK(row.fp32_flops == Approx(35.58e12));
  CHECK(row.matrix_flops == Approx(71.2e12));
  CHECK(catalogue.find("A100").value() == catalogue.find("A100 80GB").value());
  CHECK(catalogue.find("RTX 3091").error() ==
        "found device 'RTX 3091', expected a name of the catalogue (did you mean 'RTX 3090'?)");
}

TEST_CASE("the catalogue has what gamers, miners, labs and clouds use", "[protocol]") {
  for (const char* name :
       {"GTX 1060", "GTX 1650",  "RTX 2060",  "RTX 2080 Ti", "RTX 3060", "RTX 3070",
        "RTX 3080", "RTX 3090",  "RTX 4060",  "RTX 4070",    "RTX 4090", "RTX 5070",
        "RTX 5090", "T4",        "L4",        "L40S",        "V100",     "A10",
        "A40",      "A100 40GB", "A100 80GB", "H100",        "H200",     "B200"}) {
    INFO(name);
    CHECK(shipped_catalogue().find(name));
  }
}

TEST_CASE("a broken catalogue is refused by file and line", "[protocol]") {
  CHECK(refusal("X,x,Ampere,1,2,3,4,5\n").empty());
  CHECK(refusal("") == ":2: found no device, expected at least one row");
  CHECK(
      refusal("X,x;x,Ampere,1,2,3,4,5\n") ==
      ":2: column 'aliases': found 'x;x', expected a name that no other device has, not 'x' again");
  CHECK(refusal("X,,Ampere,1,2,3,4,5\nY,X,Ampere,1,2,3,4,5\n") ==
        ":3: column 'aliases': found 'X', expected a name that no other device has, not 'X' again");
  CHECK(refusal("X,;x,Ampere,1,2,3,4,5\n") ==
        ":2: column 'aliases': found ';x', expected names separated by ';'");
  CHECK(refusal("X,x,Ampere,1,0,3,4,5\n") ==
        ":2: column 'matrix_tflops': found '0', expected a number from 0.001 to 1e+06");
  CHECK(refusal(",x,Ampere,1,2,3,4,5\n") == ":2: column 'name': found '', expected a text");
}

TEST_CASE("naming a device or a group more leaves every device id as it was", "[protocol]") {
  const Setting few = setting_with({"m"}, {"RTX 4090"});
  const Setting more = setting_with({"m"}, {"GTX 1060", "RTX 4090", "NVIDIA GeForce RTX 4090"});
  CHECK(few.reference == more.reference);
  REQUIRE(few.named.size() == 2);
  CHECK(more.named ==
        std::vector<DeviceId>{device("GTX 1060"), device("RTX 3090"), device("RTX 4090")});
  CHECK(few.devices.size() == more.devices.size());
}

TEST_CASE("every unknown device of a scenario is reported at once", "[protocol]") {
  const std::vector<std::string> named{"RTX 4090", "RTX 4091", "Voodoo"};
  try {
    static_cast<void>(make_setting(shipped_catalogue(), "RTX 3o90", named, {}, 0));
    FAIL("no complaint");
  } catch (const ConfigError& error) {
    CHECK(error.complaints().size() == 3);
  }
}
