#include "protocol/rules.hpp"

#include <algorithm>

namespace assay::protocol {

void Rules::index_classes() {
  classes.clear();
  for (const Group& group : groups) {
    if (group.role != Role::Provider) continue;
    for (const auto& part : group.hardware) {
      const bool known = std::any_of(classes.begin(), classes.end(), [&](const Pool::Class& c) {
        return c.device == part.id && c.slots == group.slots;
      });
      if (!known) classes.push_back({part.id, group.slots});
    }
  }
  eligible.assign(setting.workloads.size(), {});
  for (std::size_t w = 0; w < setting.workloads.size(); ++w) {
    for (std::size_t c = 0; c < classes.size(); ++c) {
      if (setting.devices[index(classes[c].device)].memory >= setting.workloads[w].memory) {
        eligible[w].push_back(static_cast<std::uint16_t>(c));
      }
    }
  }
}

std::uint16_t Rules::class_of(DeviceId device, std::uint8_t slots) const {
  for (std::size_t c = 0; c < classes.size(); ++c) {
    if (classes[c].device == device && classes[c].slots == slots) {
      return static_cast<std::uint16_t>(c);
    }
  }
  SIM_CHECK(classes.empty());  // every provider's device has a class
  return 0;
}

std::uint32_t Rules::links(sim::SimDuration work) const {
  return static_cast<std::uint32_t>((work.count() + max_task.count() - 1) / max_task.count());
}

sim::SimDuration Rules::link_work(sim::SimDuration work, std::uint32_t link) const {
  const sim::SimDuration before = max_task * static_cast<std::int64_t>(link);
  return std::min(max_task, work - before);
}

}  // namespace assay::protocol
