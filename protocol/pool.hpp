#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "protocol/chance.hpp"
#include "protocol/ids.hpp"
#include "protocol/rows.hpp"
#include "sim/bytes.hpp"

namespace assay::protocol {

/// The index of idle providers: for every class of machines (device, slots) a dense array of the
/// identities that have a free slot. Adding, removing and drawing are O(1), so matching never
/// walks over the providers. Part of the world: its order decides draws.
class Pool {
 public:
  struct Class {
    DeviceId device{};
    std::uint16_t slots = 1;
  };
  /// An idle identity with all that an auction asks of those who lose it, so that a market of a
  /// million finds it in the cache and does not visit their rows.
  struct Entry {
    IdentityId id{};
    GroupId group{};
    DeviceId device{};
    sim::SimTime until;  ///< its machine is on until then; afterwards `refresh` knows
    // NOLINTNEXTLINE(google-explicit-constructor): an entry stands for its identity
    operator IdentityId() const { return id; }
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  Pool() = default;
  explicit Pool(std::size_t classes) : idle_(classes) {}

  /// Adds the identity, or brings its entry up to date.
  void add(IdentityRow& row, IdentityId id) {
    std::vector<Entry>& idle = idle_[row.pool];
    if (row.place == kNone) {
      row.place = static_cast<std::uint32_t>(idle.size());
      idle.emplace_back();
    }
    idle[row.place] = Entry{id, row.group, row.device, row.until};
  }

  void remove(std::span<IdentityRow> rows, IdentityId id) {
    IdentityRow& row = rows[index(id)];
    if (row.place == kNone) return;
    std::vector<Entry>& idle = idle_[row.pool];
    const Entry last = idle.back();
    idle[row.place] = last;
    rows[index(last.id)].place = row.place;
    idle.pop_back();
    row.place = kNone;
  }

  [[nodiscard]] const std::vector<Entry>& idle(std::size_t pool_class) const {
    return idle_[pool_class];
  }

  void save(sim::ByteWriter& out) const {
    out.put(static_cast<std::uint64_t>(idle_.size()));
    for (const auto& idle : idle_) out.put_rows(idle);
  }
  void load(sim::ByteReader& in) {
    idle_.resize(in.length(sizeof(std::uint64_t)));
    for (auto& idle : idle_) idle = in.get_rows<Entry>();
  }

 private:
  std::vector<std::vector<Entry>> idle_;
};

/// The tasks that no idle candidate could take, by workload: the highest limit first, then the
/// oldest. Tasks that found another end meanwhile are dropped when they come up.
class WaitingTasks {
 public:
  struct Entry {
    std::int64_t limit_rate = 0;  ///< micro-dollars an hour
    std::uint64_t serial = 0;     ///< of waiting: older is smaller
    TaskId task;
    std::uint64_t task_key = 0;  ///< of the link that waits
  };
  WaitingTasks() = default;
  explicit WaitingTasks(std::size_t workloads) : heaps_(workloads) {}

  void push(WorkloadId workload, Entry entry);
  [[nodiscard]] const Entry* top(WorkloadId workload) const;
  void pop(WorkloadId workload);

  void save(sim::ByteWriter& out) const;
  void load(sim::ByteReader& in);

 private:
  std::vector<std::vector<Entry>> heaps_;
};

}  // namespace assay::protocol
