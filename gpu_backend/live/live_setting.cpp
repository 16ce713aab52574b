#include "gpu_backend/live/live_setting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "protocol/execution/live_terms.hpp"
#include "protocol/scenario/error.hpp"
#include "sim/draws.hpp"

namespace assay::backend {
namespace {

using protocol::index;

[[noreturn]] void refuse(const std::string& key, const std::string& text) {
  throw protocol::ConfigError(protocol::Complaint{"", 0, 0, fmt::format("{}: {}", key, text)});
}

/// Every cheat is tried on a segment before anything is run: some need room that is not there.
void check_cheats(const LiveSetting& setting) {
  const auto runner = reference_runner();
  Trainer trainer(workload(setting.workload), 1, *runner);
  for (const LiveSetting::Cheat& cheat : setting.cheats) {
    if (cheat.does.empty()) continue;
    try {
      const SegmentTask task = setting.claim(1, 0, cheat.behaviour);
      const Conduct tried(trainer, segment_of(task), cheat_of(task), State{});
    } catch (const std::invalid_argument& error) {
      refuse(fmt::format("execution.live.cheats.{}", cheat.behaviour), error.what());
    }
  }
}

void resolve_cheats(const protocol::LiveTerms& terms, const protocol::Rules& rules,
                    LiveSetting& setting) {
  const auto place = [&](protocol::BehaviourId id) -> LiveSetting::Cheat& {
    if (setting.cheats.size() <= index(id)) setting.cheats.resize(index(id) + 1);
    return setting.cheats[index(id)];
  };
  place(protocol::kHonest) = {"honest", "honest", 1.0};
  for (const protocol::LiveTerms::Cheat& cheat : terms.cheats) {
    const std::string key = fmt::format("execution.live.cheats.{}", cheat.name);
    protocol::BehaviourId id{};
    try {
      id = rules.execution->behaviour(cheat.name);
    } catch (const protocol::ConfigError& error) {
      refuse(key, error.complaints().front().text);
    }
    if (id == protocol::kHonest) refuse(key, "found honest, expected a cheat");
    place(id) = {cheat.name, cheat.does, cheat.share.as_double()};
  }
  for (const protocol::Group& group : rules.groups) {
    for (const protocol::BehaviourId id : group.cheats) {
      if (!place(id).does.empty()) continue;
      refuse("execution.live.cheats",
             fmt::format("found nothing for what {} does: each of its cheats needs an entry",
                         group.name));
    }
  }
}

}  // namespace

SegmentTask LiveSetting::claim(std::uint64_t lease_key, std::uint32_t segment,
                               const std::string& behaviour) const {
  const auto cheat = std::find_if(cheats.begin(), cheats.end(), [&](const Cheat& one) {
    return one.behaviour == behaviour && !one.does.empty();
  });
  if (cheat == cheats.end()) throw std::invalid_argument("no such cheat: " + behaviour);
  SegmentTask task = check(lease_key, segment);
  if (cheat == cheats.begin()) return task;
  task.cheat = cheat->does;
  task.fraction = cheat->fraction;
  task.cheat_seed = sim::mix(task.seed, 1);
  return task;
}

SegmentTask LiveSetting::check(std::uint64_t lease_key, std::uint32_t segment) const {
  SegmentTask task;
  task.workload = workload;
  task.seed = sim::mix(lease_key, segment);
  task.steps = steps;
  task.interval = steps;  // a segment ends with a checkpoint, and has no other
  return task;
}

SegmentTask LiveSetting::made_up(std::uint64_t lease_key, std::uint32_t segment,
                                 std::uint32_t attempt) const {
  SegmentTask task = check(lease_key, segment);
  task.cheat = name_of(CheatKind::TamperedOperator);
  task.cheat_seed = sim::mix(task.seed, 2, attempt);
  return task;
}

LiveSetting live_setting(const std::string& scenario, const protocol::Rules& rules) {
  const protocol::LiveTerms* terms = rules.execution->live();
  if (!rules.execution->bitwise()) {
    refuse("execution.mode",
           "found tolerance, expected bitwise: only of equal bits can an execution say more than "
           "the table");
  }
  if (terms == nullptr) {
    refuse("execution.live", "found nothing, expected the workload that stands for a segment");
  }
  LiveSetting setting;
  setting.scenario = scenario;
  setting.workload = terms->workload;
  setting.steps = static_cast<std::uint64_t>(terms->steps);
  setting.branching = rules.dispute->branching();
  if (!std::has_single_bit(setting.branching)) {
    refuse("dispute.branching",
           fmt::format("found {}, expected a power of two where disputes are executed",
                       setting.branching));
  }
  try {
    setting.operators = step_graph(workload(setting.workload)).operators.size();
  } catch (const std::invalid_argument& error) {
    refuse("execution.live.workload", error.what());
  }
  resolve_cheats(*terms, rules, setting);
  check_cheats(setting);
  return setting;
}

}  // namespace assay::backend
