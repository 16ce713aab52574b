#include "gpu_backend/calibration/energy.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>

namespace assay::backend {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

std::optional<double> number_in(const fs::path& file) {
  std::ifstream in(file);
  double value = 0.0;
  if (!(in >> value)) return std::nullopt;
  return value;
}

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
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

  std::optional<MeterReading> read() override {
    for (Package& package : packages_) {
      const std::optional<double> now = number_in(package.counter);
      if (!now) return std::nullopt;
      const double moved = *now - package.last_uj;
      total_uj_ += moved >= 0.0 ? moved : moved + package.range_uj;
      package.last_uj = *now;
    }
    return MeterReading{total_uj_ * 1e-6, {}, {}};
  }
  std::string source() const override {
    return fmt::format("RAPL, {} {}", packages_.size(),
                       packages_.size() == 1 ? "package" : "packages");
  }

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

  std::optional<MeterReading> read() override {
    unsigned long long millijoules = 0;
    if (energy_(device_, &millijoules) != 0) return std::nullopt;
    MeterReading reading{static_cast<double>(millijoules) * 1e-3, {}, {}};
    unsigned megahertz = 0;
    unsigned long long reasons = 0;
    if (clock_ != nullptr && clock_(device_, 1, &megahertz) == 0) reading.megahertz = megahertz;
    if (throttle_ != nullptr && throttle_(device_, &reasons) == 0) {
      reading.throttle_reasons = reasons;
    }
    return reading;
  }
  std::string source() const override { return fmt::format("NVML, GPU {}", index_); }

 private:
  NvmlEnergy energy_;
  NvmlClock clock_;
  NvmlThrottle throttle_;
  NvmlDevice device_;
  unsigned index_;
};

// Why a GPU's clock is below its highest, as NVML's documentation names its bits.
constexpr std::pair<std::uint64_t, const char*> kThrottleReasons[] = {
    {0x1, "nothing to do"},       {0x2, "a clock that was set"}, {0x4, "the power cap"},
    {0x8, "hardware slowdown"},   {0x10, "a group of GPUs"},     {0x20, "heat (by the driver)"},
    {0x40, "heat (by the card)"}, {0x80, "the power brake"},     {0x100, "a display's clock"},
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
    // "psys" counts the whole platform, the packages again among it.
    if (!first_line(entry.path() / "name").starts_with("package-")) continue;
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
  if (!meter->read()) return nullptr;
  return meter;
}

void WorkingClocks::add(const WorkingClocks& more) {
  megahertz.insert(megahertz.end(), more.megahertz.begin(), more.megahertz.end());
  throttle_reasons |= more.throttle_reasons;
  throttling_known = throttling_known || more.throttling_known;
}

std::string WorkingClocks::text() const {
  std::string text;
  if (!megahertz.empty()) {
    std::vector<unsigned> sorted = megahertz;
    std::sort(sorted.begin(), sorted.end());
    text = fmt::format("SM clock {} MHz (median, from {} to {})", sorted[sorted.size() / 2],
                       sorted.front(), sorted.back());
  }
  if (!throttling_known) return text;
  std::vector<std::string> reasons;
  std::uint64_t unnamed = throttle_reasons;
  for (const auto& [bit, name] : kThrottleReasons) {
    if ((throttle_reasons & bit) != 0) reasons.emplace_back(name);
    unnamed &= ~bit;
  }
  if (unnamed != 0) reasons.push_back(fmt::format("reasons {:#x}", unnamed));
  return fmt::format("{}{}clock held down by: {}", text, text.empty() ? "" : ", ",
                     reasons.empty() ? "nothing" : fmt::format("{}", fmt::join(reasons, ", ")));
}

MeterWatch::MeterWatch(EnergyMeter& meter)
    : meter_(meter), thread_([this] {
        constexpr std::chrono::milliseconds kBetween{20};
        do {
          if (const auto reading = meter_.read()) seen_.push_back({Clock::now(), *reading});
          std::this_thread::sleep_for(kBetween);
        } while (!ended_);
      }) {}

std::vector<MeterWatch::Seen> MeterWatch::end() {
  if (!thread_.joinable()) return {};
  ended_ = true;
  thread_.join();
  if (const auto reading = meter_.read()) seen_.push_back({Clock::now(), *reading});
  return std::move(seen_);
}

std::optional<double> watts_between(const std::vector<MeterWatch::Seen>& seen,
                                    MeterWatch::Moment from, MeterWatch::Moment to) {
  constexpr std::ptrdiff_t kFewest = 10;
  const auto at = [&](MeterWatch::Moment moment) {
    return std::lower_bound(seen.begin(), seen.end(), moment,
                            [](const auto& one, MeterWatch::Moment when) { return one.at < when; });
  };
  if (from >= to || at(to) - at(from) < kFewest || at(from) == seen.begin() ||
      at(to) == seen.end()) {
    return std::nullopt;
  }
  const auto joules = [&](MeterWatch::Moment moment) {
    const auto& after = *at(moment);
    const auto& before = *std::prev(at(moment));
    const double part = std::chrono::duration<double>(moment - before.at) /
                        std::chrono::duration<double>(after.at - before.at);
    return before.reading.joules + part * (after.reading.joules - before.reading.joules);
  };
  return (joules(to) - joules(from)) / std::chrono::duration<double>(to - from).count();
}

WorkingClocks clocks_between(const std::vector<MeterWatch::Seen>& seen, MeterWatch::Moment from,
                             MeterWatch::Moment to) {
  WorkingClocks clocks;
  for (const MeterWatch::Seen& one : seen) {
    if (one.at < from || one.at > to) continue;
    if (one.reading.megahertz) clocks.megahertz.push_back(*one.reading.megahertz);
    if (!one.reading.throttle_reasons) continue;
    clocks.throttle_reasons |= *one.reading.throttle_reasons;
    clocks.throttling_known = true;
  }
  return clocks;
}

}  // namespace assay::backend
