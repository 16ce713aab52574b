#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gpu_backend/backend.hpp"
#include "protocol/rules.hpp"

namespace assay::backend {

/// What a scenario wants executed for a segment, checked and resolved.
struct LiveSetting {
  struct Cheat {
    std::string behaviour;  ///< in the scenario's cost table
    std::string does;       ///< in the worker
    double fraction = 1.0;
    bool operator==(const Cheat&) const = default;
  };
  std::string scenario;  ///< its name
  std::string workload;
  std::uint64_t steps = 1;
  std::uint64_t operators = 1;  ///< of a step
  std::uint32_t branching = 2;
  /// By BehaviourId, the first is honest; `does` is empty for what the scenario says nothing of.
  std::vector<Cheat> cheats;

  /// What a provider does in a segment that it treats like this. Throws std::invalid_argument for
  /// a behaviour that the scenario says nothing of.
  [[nodiscard]] SegmentTask claim(std::uint64_t lease_key, std::uint32_t segment,
                                  const std::string& behaviour) const;
  /// The same segment, honestly.
  [[nodiscard]] SegmentTask check(std::uint64_t lease_key, std::uint32_t segment) const;
  /// What a challenger claims of it who has made its accusation up: one tampered operator. Some
  /// tamperings change nothing that lasts, so it may need more than one attempt at a lie.
  [[nodiscard]] SegmentTask made_up(std::uint64_t lease_key, std::uint32_t segment,
                                    std::uint32_t attempt) const;
};

/// Throws ConfigError where the scenario does not say what to execute, compares with a tolerance,
/// names a workload or a cheat that there is not, has a cheat that it says nothing of, or a dispute
/// whose branching is no power of two.
[[nodiscard]] LiveSetting live_setting(const std::string& scenario, const protocol::Rules& rules);

}  // namespace assay::backend
