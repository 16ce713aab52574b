#pragma once

#include "protocol/execution/table_executor.hpp"

namespace assay::protocol {

/// Execution by measurement: step times come from a calibration file. A device that nobody
/// measured takes its times from the nearest measured one, by operator class, with an error band
/// that the provenance states (per class and nearest architecture: the two rules that survived a
/// test on public profiles).
class Profile final : public TableExecutor {
 public:
  static constexpr auto kKind = "profile";
  static constexpr auto kSummary = "Step times, noise and cheats from a calibration file.";
  struct Params {
    FilePath file;
    std::string sha256;
    std::string comparison;
    ExecutionMode mode;
    void describe(Fields& field);
  };
  /// Reads and checks the file; throws ConfigError, also for a workload whose model it lacks and
  /// for a row whose device the catalogue lacks.
  Profile(const Params& params, const Setting& setting);
};

}  // namespace assay::protocol
