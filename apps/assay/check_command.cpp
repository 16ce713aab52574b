#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "apps/assay/commands.hpp"
#include "protocol/scenario/load.hpp"
#include "protocol/scenario/units.hpp"

namespace assay::apps {
namespace {

std::string counted(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

int check(const CheckOptions& options) {
  const protocol::LoadedScenario loaded = protocol::load_scenario(options.scenario, options.sets);
  const protocol::Scenario& scenario = loaded.scenario;
  std::array<std::uint64_t, 3> members{};
  for (const protocol::Group& group : loaded.rules->groups) {
    members[static_cast<std::size_t>(group.role)] += group.count;
  }
  const auto arrivals = loaded.rules->demand->arrivals();
  fmt::print(
      "ok: {}: {}, {}, {} in {}; {}; {}; {}; {}\n", scenario.name, counted(members[0], "provider"),
      counted(members[1], "verifier"), counted(members[2], "requester"),
      counted(scenario.actors.size(), "group"),
      arrivals ? counted(*arrivals, "job") : fmt::format("{} demand", scenario.demand.kind()),
      protocol::to_text(scenario.horizon),
      counted(static_cast<std::uint64_t>(scenario.replications), "replication"),
      counted(loaded.inputs.size(), "file"));
  return 0;
}

}  // namespace assay::apps
