#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace assay::backend {

/// A counter of the energy that a device has drawn: differences of it are what a piece of work
/// took.
class EnergyMeter {
 public:
  virtual ~EnergyMeter() = default;
  /// Joules since some moment in the past; none where the counter cannot be read any more.
  [[nodiscard]] virtual std::optional<double> joules() = 0;
  /// What is counted, for the provenance: "RAPL, 2 packages".
  [[nodiscard]] virtual std::string source() const = 0;
  /// What it knows of clocks and throttling now.
  [[nodiscard]] virtual std::string conditions() = 0;
};

/// The processor packages' counters under `/sys/class/powercap` (RAPL); null where there are none
/// that this process may read, as in most virtual machines.
[[nodiscard]] std::unique_ptr<EnergyMeter> processor_meter(
    const std::filesystem::path& powercap = "/sys/class/powercap");

/// The counter of the `index`-th NVIDIA GPU, by the management library, which is loaded while the
/// program runs; null where that library, the GPU or its counter is missing.
[[nodiscard]] std::unique_ptr<EnergyMeter> gpu_meter(unsigned index,
                                                     const char* library = "libnvidia-ml.so.1");

}  // namespace assay::backend
