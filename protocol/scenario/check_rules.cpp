#include "protocol/scenario/check_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "protocol/scenario/units.hpp"

namespace assay::protocol {
namespace {

/// A recorded price must not end before the run does.
void check_prices(const Rules& rules, Reading& reading) {
  const Token& token = *rules.token;
  if (!token.moves()) return;
  const auto needed =
      static_cast<std::uint64_t>((rules.horizon - sim::SimDuration{1}) / token.step());
  if (*token.moves() >= needed) return;
  reading.complain("token.from",
                   fmt::format("found {} prices from there on, expected at least {} "
                               "for the horizon of {}",
                               *token.moves() + 1, needed + 1, to_text(rules.horizon)));
}

/// Each verifier is called once for a claim.
void check_calls(const Rules& rules, Reading& reading) {
  std::int64_t verifiers = 0;
  for (const Group& group : rules.groups) {
    if (group.role == Role::Verifier) verifiers += std::int64_t{group.count} * group.names();
  }
  const std::int64_t called = rules.verification->audit_of(1).verifiers;
  if (called <= verifiers) return;
  reading.complain("verification", fmt::format("found {} verifiers for an audit, expected at most "
                                               "the {} that there are",
                                               called, verifiers));
}

/// In a lottery by stake nobody wins who stakes nothing.
void check_tickets(const Rules& rules, Reading& reading) {
  if (!rules.market->weighs_stakes()) return;
  const bool staked = std::any_of(rules.groups.begin(), rules.groups.end(), [](const Group& group) {
    return group.role == Role::Provider && group.stake_per_slot > Tokens{};
  });
  if (staked) return;
  reading.complain("market.tickets",
                   "found stake, but no provider stakes anything: none could win");
}

/// Somebody must be able to run each workload, or its jobs wait for ever.
void check_memory(const Rules& rules, Reading& reading) {
  for (std::size_t w = 0; w < rules.eligible.size(); ++w) {
    if (!rules.eligible[w].empty()) continue;
    const Workload& workload = rules.setting.workloads[w];
    reading.complain(
        fmt::format("workloads.{}.memory", workload.name),
        fmt::format("found {}, which no provider's device has", to_text(workload.memory)));
  }
}

/// The longest segment that a task can have. A task a little longer than this is cut in two, so
/// that the longest task need not have it.
sim::SimDuration longest_segment(const Rules& rules) {
  sim::SimDuration low{1};
  sim::SimDuration high = rules.max_task;
  while (low < high) {
    const sim::SimDuration middle = low + (high - low + sim::SimDuration{1}) / 2;
    if (rules.execution->segments(middle) == 1) {
      low = middle;
    } else {
      high = middle - sim::SimDuration{1};
    }
  }
  return low;
}

/// What all slots can do until the horizon must fit 64 bits of microseconds: of their own time, and
/// of the work, which is measured on another device.
void check_slot_time(const Rules& rules, Reading& reading) {
  double slots = 0.0;
  double fastest = 1.0;
  for (const Group& group : rules.groups) {
    if (group.role != Role::Provider) continue;
    slots += static_cast<double>(group.count) * group.slots;
    for (const auto& part : group.hardware) {
      for (std::size_t w = 0; w < rules.setting.workloads.size(); ++w) {
        const auto workload = static_cast<WorkloadId>(w);
        fastest = std::max(fastest, 1.0 / rules.execution->relative_time(workload, part.id));
      }
    }
  }
  constexpr double kMostUs = 9.2e18;
  const double most_s = kMostUs * 1e-6 / (slots * fastest);
  if (sim::to_seconds(rules.horizon) <= most_s) return;
  reading.complain("horizon", fmt::format("found {}, expected at most {:.4g} d for {:.0f} slots: "
                                          "the sum of their time must fit 64 bits",
                                          to_text(rules.horizon), most_s / 86'400.0, slots));
}

/// An honest party must be able to answer, and to re-run a segment where that is asked, in the time
/// that a dispute allows, or it loses for its machine's speed.
void check_answer_time(const Rules& rules, Reading& reading) {
  if (rules.dispute->answer() > rules.dispute->timeout()) {
    return reading.complain(
        "dispute.timeout",
        fmt::format("found {}, expected at least the {} that an honest answer takes",
                    to_text(rules.dispute->timeout()), to_text(rules.dispute->answer())));
  }
  if (rules.execution->bitwise() || rules.verification->audit_rate() == Share{0}) return;
  const sim::SimDuration longest = longest_segment(rules);
  for (const Group& group : rules.groups) {
    for (const auto& part : group.hardware) {
      for (std::size_t w = 0; w < rules.setting.workloads.size(); ++w) {
        const Device& device = rules.setting.devices[index(part.id)];
        if (device.memory < rules.setting.workloads[w].memory) continue;
        const Work work{static_cast<WorkloadId>(w), longest, 1};
        const sim::SimDuration needed =
            rules.execution->rerun(work, part.id).length + rules.dispute->answer();
        if (needed <= rules.dispute->timeout()) continue;
        reading.complain(
            "dispute.timeout",
            fmt::format("found {}, but to re-run a segment of {} a {} of {} needs {:.3g} h",
                        to_text(rules.dispute->timeout()), rules.setting.workloads[w].name,
                        device.name, group.name, sim::to_seconds(needed) / 3600.0));
        return;
      }
    }
  }
}

}  // namespace

void check_rules(const Rules& rules, Reading& reading) {
  check_prices(rules, reading);
  check_calls(rules, reading);
  check_tickets(rules, reading);
  check_memory(rules, reading);
  check_slot_time(rules, reading);
  check_answer_time(rules, reading);
}

}  // namespace assay::protocol
