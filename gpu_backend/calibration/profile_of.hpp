#pragma once

#include <optional>
#include <string>

#include "gpu_backend/calibration/calibration.hpp"
#include "gpu_backend/calibration/tolerance.hpp"
#include "protocol/execution/profile_file.hpp"

namespace assay::backend {

/// What a profile says beside what was measured.
struct ProfileTerms {
  std::string name;
  std::string device;  ///< the catalogue's name of what was measured
  bool gpu = false;    ///< it is one: what it says of bitwise arithmetic holds for other cards
  protocol::ProfileFile::Made made;
  TolerancePolicy tolerance;
  std::string energy_source;  ///< of the meter; empty: there was none
  /// What was not measured comes from here, and its rows of other models stay; nothing: published
  /// figures for what a profile cannot do without, and no other rows.
  std::optional<protocol::ProfileFile> base;
};
/// The profile of a calibration.
[[nodiscard]] protocol::ProfileFile profile_of(const Calibration& calibration,
                                               const ProfileTerms& terms);

}  // namespace assay::backend
