#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

namespace assay::protocol {

// Things with a past have dense ids that are never used again.
enum class PrincipalId : std::uint32_t {};
enum class IdentityId : std::uint32_t {};
enum class GroupId : std::uint16_t {};  // an entry of `actors:`
enum class RegionId : std::uint16_t {};
enum class WorkloadId : std::uint16_t {};
enum class DeviceId : std::uint16_t {};
enum class BehaviourId : std::uint16_t {};  // 0 is honest; others are rows of the cost profile

inline constexpr BehaviourId kHonest{0};

/// The plain number behind an id.
template <class Id>
requires std::is_enum_v<Id>
[[nodiscard]] constexpr auto index(Id id) { return static_cast<std::underlying_type_t<Id>>(id); }

/// Names a row of a table whose rows end and are used again; `find` is null for a dead one.
template <class Tag>
struct RowId {
  std::uint32_t row = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t generation = 0;
  friend constexpr bool operator==(RowId, RowId) = default;
  [[nodiscard]] constexpr explicit operator bool() const {
    return row != std::numeric_limits<std::uint32_t>::max();
  }
  [[nodiscard]] constexpr std::uint64_t packed() const {
    return (std::uint64_t{generation} << 32) | row;
  }
  [[nodiscard]] static constexpr RowId unpack(std::uint64_t bits) {
    return {static_cast<std::uint32_t>(bits), static_cast<std::uint32_t>(bits >> 32)};
  }
};

using JobId = RowId<struct JobTag>;
using TaskId = RowId<struct TaskTag>;
using LeaseId = RowId<struct LeaseTag>;
using AuditId = RowId<struct AuditTag>;
using BallotId = RowId<struct BallotTag>;
using VerdictId = RowId<struct VerdictTag>;
using DisputeId = RowId<struct DisputeTag>;

}  // namespace assay::protocol
