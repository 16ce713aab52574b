#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace assay::backend {

/// What a device shows of itself at one moment.
struct MeterReading {
  double joules = 0.0;                            ///< drawn since some moment in the past
  std::optional<unsigned> megahertz{};            ///< of a GPU's multiprocessors
  std::optional<std::uint64_t> throttle_reasons;  ///< as NVML's bits
};

/// A counter of the energy that a device has drawn: differences of it are what a piece of work
/// took.
class EnergyMeter {
 public:
  virtual ~EnergyMeter() = default;
  /// None where the counter cannot be read any more.
  [[nodiscard]] virtual std::optional<MeterReading> read() = 0;
  /// What is counted, for the provenance: "RAPL, 2 packages".
  [[nodiscard]] virtual std::string source() const = 0;
};

/// The processor packages' counters under `/sys/class/powercap` (RAPL); null where there are none
/// that this process may read, as in most virtual machines.
[[nodiscard]] std::unique_ptr<EnergyMeter> processor_meter(
    const std::filesystem::path& powercap = "/sys/class/powercap");

/// The counter of the `index`-th NVIDIA GPU, by the management library, which is loaded while the
/// program runs; null where that library, the GPU or its counter is missing.
[[nodiscard]] std::unique_ptr<EnergyMeter> gpu_meter(unsigned index,
                                                     const char* library = "libnvidia-ml.so.1");

/// Clocks and throttling of a device while it was at work.
struct WorkingClocks {
  std::vector<unsigned> megahertz;     ///< one for each reading that had it
  std::uint64_t throttle_reasons = 0;  ///< of all readings
  bool throttling_known = false;

  void add(const WorkingClocks& more);
  /// "SM clock 1980 MHz (median, from 1755 to 1980), clock held down by: the power cap"; empty
  /// where nothing is known.
  [[nodiscard]] std::string text() const;
};

/// Reads a meter every 20 ms, in a thread of its own, until it ends: a worker tells only
/// afterwards when its steps ran.
class MeterWatch {
 public:
  using Moment = std::chrono::steady_clock::time_point;
  struct Seen {
    Moment at;
    MeterReading reading;
  };

  explicit MeterWatch(EnergyMeter& meter);
  ~MeterWatch() { end(); }
  MeterWatch(const MeterWatch&) = delete;
  MeterWatch& operator=(const MeterWatch&) = delete;
  /// All readings, the last one taken now.
  std::vector<Seen> end();

 private:
  EnergyMeter& meter_;
  std::atomic<bool> ended_ = false;
  std::vector<Seen> seen_;
  std::thread thread_;
};

/// Mean power between two moments, by the counter between readings in a straight line. None where
/// fewer than ten readings lie between them, or one of them lies beyond all readings: a counter
/// that moves by leaps tells little about a short while.
[[nodiscard]] std::optional<double> watts_between(const std::vector<MeterWatch::Seen>& seen,
                                                  MeterWatch::Moment from, MeterWatch::Moment to);

/// What the readings between two moments say of clocks.
[[nodiscard]] WorkingClocks clocks_between(const std::vector<MeterWatch::Seen>& seen,
                                           MeterWatch::Moment from, MeterWatch::Moment to);

}  // namespace assay::backend
