#include "gpu_backend/calibration/energy.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <vector>

namespace assay::backend {
namespace {

namespace fs = std::filesystem;

std::optional<double> number_in(const fs::path& file) {
  std::ifstream in(file);
  double value = 0.0;
  if (!(in >> value)) return std::nullopt;
  return value;
}

/// Counters of microjoules that begin again at zero after their range.
class Rapl final : public EnergyMeter {
 public:
  struct Package {
    fs::path counter;
    double range_uj = 0.0;
    double last_uj = 0.0;
  };
  explicit Rapl(std::vector<Package> packages) : packages_(std::move(packages)) {}

  std::optional<double> joules() override {
    for (Package& package : packages_) {
      const std::optional<double> now = number_in(package.counter);
      if (!now) return std::nullopt;
      const double moved = *now - package.last_uj;
      total_uj_ += moved >= 0.0 ? moved : moved + package.range_uj;
      package.last_uj = *now;
    }
    return total_uj_ * 1e-6;
  }
  std::string source() const override {
    return fmt::format("RAPL, {} {}", packages_.size(),
                       packages_.size() == 1 ? "package" : "packages");
  }
  std::string conditions() override { return "energy by " + source(); }

 private:
  std::vector<Package> packages_;
  double total_uj_ = 0.0;
};

// Of NVML as its documentation describes it: a toolkit without nvml.h is enough. 0 is success.
using NvmlDevice = void*;
using NvmlInit = int (*)();
using NvmlHandle = int (*)(unsigned index, NvmlDevice* device);
using NvmlEnergy = int (*)(NvmlDevice device, unsigned long long* millijoules);
using NvmlClock = int (*)(NvmlDevice device, int type, unsigned* megahertz);  // type 1: SM
using NvmlThrottle = int (*)(NvmlDevice device, unsigned long long* reasons);

class Nvml final : public EnergyMeter {
 public:
  Nvml(NvmlEnergy energy, NvmlClock clock, NvmlThrottle throttle, NvmlDevice device, unsigned index)
      : energy_(energy), clock_(clock), throttle_(throttle), device_(device), index_(index) {}

  std::optional<double> joules() override {
    unsigned long long millijoules = 0;
    if (energy_(device_, &millijoules) != 0) return std::nullopt;
    return static_cast<double>(millijoules) * 1e-3;
  }
  std::string source() const override { return fmt::format("NVML, GPU {}", index_); }
  std::string conditions() override {
    unsigned megahertz = 0;
    unsigned long long reasons = 0;
    std::string text = "energy by " + source();
    if (clock_ != nullptr && clock_(device_, 1, &megahertz) == 0) {
      text += fmt::format(", SM clock {} MHz at the end", megahertz);
    }
    if (throttle_ != nullptr && throttle_(device_, &reasons) == 0) {
      text += fmt::format(", throttle reasons {:#x}", reasons);
    }
    return text;
  }

 private:
  NvmlEnergy energy_;
  NvmlClock clock_;
  NvmlThrottle throttle_;
  NvmlDevice device_;
  unsigned index_;
};

template <class Function>
Function symbol(void* library, const char* name) {
  return reinterpret_cast<Function>(::dlsym(library, name));
}

}  // namespace

std::unique_ptr<EnergyMeter> processor_meter(const fs::path& powercap) {
  std::vector<Rapl::Package> packages;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(powercap, error)) {
    // "intel-rapl:0" is a package, on AMD's processors too; "intel-rapl:0:1" a part of one.
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("intel-rapl:") || std::count(name.begin(), name.end(), ':') != 1) {
      continue;
    }
    const fs::path counter = entry.path() / "energy_uj";
    const auto now = number_in(counter);
    const auto range = number_in(entry.path() / "max_energy_range_uj");
    if (!now || !range) return nullptr;  // half of the packages would be no measurement
    packages.push_back({counter, *range, *now});
  }
  if (packages.empty()) return nullptr;
  return std::make_unique<Rapl>(std::move(packages));
}

std::unique_ptr<EnergyMeter> gpu_meter(unsigned index, const char* library) {
  // Never closed: it lives as long as the program.
  void* const nvml = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (nvml == nullptr) return nullptr;
  const auto init = symbol<NvmlInit>(nvml, "nvmlInit_v2");
  const auto handle = symbol<NvmlHandle>(nvml, "nvmlDeviceGetHandleByIndex_v2");
  const auto energy = symbol<NvmlEnergy>(nvml, "nvmlDeviceGetTotalEnergyConsumption");
  NvmlDevice device = nullptr;
  if (init == nullptr || handle == nullptr || energy == nullptr) return nullptr;
  if (init() != 0 || handle(index, &device) != 0) return nullptr;
  auto meter = std::make_unique<Nvml>(
      energy, symbol<NvmlClock>(nvml, "nvmlDeviceGetClockInfo"),
      symbol<NvmlThrottle>(nvml, "nvmlDeviceGetCurrentClocksThrottleReasons"), device, index);
  if (!meter->joules()) return nullptr;
  return meter;
}

}  // namespace assay::backend
