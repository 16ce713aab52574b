#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

#include "protocol/scenario/reader.hpp"
#include "protocol/scenario/scenario.hpp"

/// What checking a scenario and building its rules share.
namespace assay::protocol {

/// The principal of a group whose members each own themselves.
inline constexpr const char* kOwn = "own";

/// Where a key of a group of actors is written.
[[nodiscard]] inline std::string key_of(const ActorGroup& group, std::string_view key) {
  return fmt::format("actors.{}.{}", group.name, key);
}

/// The name of the group whose draws a group's members have.
[[nodiscard]] inline const std::string& draws_of(const ActorGroup& group) {
  return group.members_of.empty() ? group.name : group.members_of;
}

/// Runs `build`; what it complains about without a place gets that of the key it names.
template <class Build>
auto placed(Reading& reading, Build build) -> std::optional<decltype(build())> {
  try {
    return build();
  } catch (const ConfigError& error) {
    for (const Complaint& complaint : error.complaints()) {
      const std::size_t colon = complaint.text.find(": ");
      if (complaint.file.empty() && colon != std::string::npos) {
        reading.complain(complaint.text.substr(0, colon), complaint.text.substr(colon + 2));
      } else {
        reading.complaints.add(complaint);
      }
    }
    return std::nullopt;
  }
}

}  // namespace assay::protocol
