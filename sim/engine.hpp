#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/bytes.hpp"
#include "sim/check.hpp"
#include "sim/event_queue.hpp"
#include "sim/large_vector.hpp"
#include "sim/time.hpp"

namespace assay::sim {

/// Names a pending event, so that it can be cancelled; no longer valid once the event has been
/// handed out or cancelled. The default names none. Plain bytes: a row of a table can hold it, and
/// it stays valid over a copy of its engine and over saving and loading.
struct EventHandle {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;  // 0: none
  friend constexpr bool operator==(EventHandle, EventHandle) = default;
  [[nodiscard]] constexpr explicit operator bool() const { return generation != 0; }
};
static_assert(sizeof(EventHandle) == 8 && PlainBytes<EventHandle>);

/// The clock and the pending events of one run: a local variable of whoever runs, not a global.
///
/// Events come out in the order of (time, sequence), where sequence is the order of `schedule`
/// calls: what was scheduled first happens first. An event is a value of the model's own type and
/// is handed back as it was; nothing is allocated per event, no function is called through a
/// pointer. Copying the engine is a checkpoint.
///
/// Each pending event has a slot, and the queue holds keys that name slots. Cancelling frees the
/// slot and leaves a dead key, known by its old generation, which is dropped when it comes up or
/// when dead keys outnumber the living. (A generation returns after 2^32 uses of one slot; a handle
/// kept for that long could name a stranger.)
template <class Event>
class Engine {
  static_assert(std::is_trivially_copyable_v<Event>);

 public:
  using Handle = EventHandle;

  /// The time of the event being handled, or where `run` stopped.
  [[nodiscard]] SimTime now() const { return now_; }

  /// How many events wait.
  [[nodiscard]] std::size_t pending() const { return pending_; }

  /// How many events have been handed out.
  [[nodiscard]] std::uint64_t handled() const { return handled_; }

  /// `event` shall happen at `at`, now() <= at < kNever, after everything already scheduled for
  /// that time.
  Handle schedule(SimTime at, const Event& event) {
    SIM_CHECK(at >= now_ && at < kNever);
    if (free_slot_ == kNoSlot) [[unlikely]]
      add_slot();
    const std::uint32_t index = free_slot_;
    Slot& slot = slots_[index];
    free_slot_ = slot.next_free;
    const std::uint32_t generation = slot.generation;
    slot.event = event;
    ++pending_;
    queue_.push({nanoseconds(at), index, generation}, nanoseconds(now_));
    return {index, generation};
  }

  /// The event shall not happen. O(1) amortised. False, and nothing changes, if it is no longer
  /// pending or the handle is the default one.
  bool cancel(Handle handle) {
    if (!is_pending(handle)) return false;
    release(slots_[handle.slot], handle.slot);
    if (queue_.size() > 2 * pending_ + kDeadAllowed) {
      queue_.keep([this](const QueueKey& key) { return is_live(key); }, nanoseconds(now_));
    }
    return true;
  }

  [[nodiscard]] bool is_pending(Handle handle) const {
    return handle && handle.slot < slots_.size() &&
           slots_[handle.slot].generation == handle.generation;
  }

  /// Takes the first event that happens at `until` or before into `out` and sets now() to its time;
  /// false, and nothing changes, if there is none.
  bool step(SimTime until, Event& out) {
    QueueKey key{};
    while (queue_.pop(nanoseconds(until), key)) {
      Slot* const slots = slots_.data();
      __builtin_prefetch(slots + queue_.slot_ahead(key.slot));
      Slot& slot = slots[key.slot];
      if (slot.generation != key.generation) continue;
      out = slot.event;
      release(slot, key.slot);
      now_ = SimTime{SimDuration{key.at}};
      ++handled_;
      return true;
    }
    return false;
  }

  /// The event that will be handed out after `ahead` others, as things stand, or null where that
  /// takes more than a look: a hint to whoever wants its data at hand by then.
  [[nodiscard]] const Event* upcoming(std::size_t ahead) const {
    const QueueKey* key = queue_.key_ahead(ahead);
    return key != nullptr && is_live(*key) ? &slots_[key->slot].event : nullptr;
  }
  /// Asks for the memory of a pending event, which will be needed soon.
  void prefetch(Handle handle) const {
    if (handle.slot < slots_.size()) __builtin_prefetch(&slots_[handle.slot]);
  }

  /// Hands every event up to and including `until` to `model.handle(event)`, which may schedule and
  /// cancel. Afterwards now() is `until`, unless that is kNever.
  template <class Model>
  void run(Model& model, SimTime until) {
    SIM_CHECK(until >= now_);
    Event event{};
    while (step(until, event)) model.handle(static_cast<const Event&>(event));
    if (until != kNever) now_ = until;
  }

  /// Writes the whole state. Equal states give equal bytes if the event type has no padding.
  void save(ByteWriter& writer) const {
    writer.put(now_);
    writer.put(handled_);
    writer.put(free_slot_);
    writer.put(static_cast<std::uint64_t>(slots_.size()));
    for (const Slot& slot : slots_) {
      writer.put(slot.generation);
      writer.put(slot.next_free);
    }
    writer.put(static_cast<std::uint64_t>(pending_));
    EventQueue queue = queue_;
    QueueKey key{};
    while (queue.pop(std::numeric_limits<std::int64_t>::max(), key)) {
      if (!is_live(key)) continue;
      writer.put(key.at);
      writer.put(key.slot);
      writer.put_raw(slots_[key.slot].event);
    }
  }

  /// Replaces the state by a saved one. Throws CorruptBytes, and leaves this engine as it was, if
  /// the bytes cannot be a state.
  void load(ByteReader& reader) {
    Engine engine;
    engine.now_ = reader.get<SimTime>();
    engine.handled_ = reader.get<std::uint64_t>();
    engine.free_slot_ = reader.get<std::uint32_t>();
    engine.slots_.resize(static_cast<std::size_t>(reader.length(8)));
    for (Slot& slot : engine.slots_) {
      slot.generation = reader.get<std::uint32_t>();
      slot.next_free = reader.get<std::uint32_t>();
    }
    const std::uint64_t pending = reader.length(12 + sizeof(Event));
    if (engine.now_ < SimTime{}) throw CorruptBytes("saved state: the time is negative");
    std::vector<bool> used(engine.slots_.size());
    const auto use = [&used](std::uint32_t slot) {
      if (slot >= used.size() || used[slot]) {
        throw CorruptBytes("saved state: an event slot is missing or used twice");
      }
      used[slot] = true;
    };
    std::int64_t last = nanoseconds(engine.now_);
    for (std::uint64_t i = 0; i < pending; ++i) {
      const auto at = reader.get<std::int64_t>();
      const auto index = reader.get<std::uint32_t>();
      if (at < last) throw CorruptBytes("saved state: events out of order");
      last = at;
      use(index);
      Slot& slot = engine.slots_[index];
      slot.event = reader.get<Event>();
      engine.queue_.push({at, index, slot.generation}, nanoseconds(engine.now_));
    }
    engine.pending_ = static_cast<std::size_t>(pending);
    for (std::uint32_t free = engine.free_slot_; free != kNoSlot;) {
      use(free);
      free = engine.slots_[free].next_free;
    }
    for (std::size_t i = 0; i < used.size(); ++i) {
      if (!used[i] || engine.slots_[i].generation == 0) {
        throw CorruptBytes("saved state: an event slot is lost");
      }
    }
    *this = std::move(engine);
  }

 private:
  static constexpr std::uint32_t kNoSlot = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t kDeadAllowed = 256;

  struct Slot {
    Event event;
    std::uint32_t generation = 1;
    std::uint32_t next_free = kNoSlot;
  };

  static std::int64_t nanoseconds(SimTime at) { return at.time_since_epoch().count(); }

  [[nodiscard]] bool is_live(const QueueKey& key) const {
    return slots_[key.slot].generation == key.generation;
  }

  void add_slot() {
    SIM_CHECK(slots_.size() < kNoSlot);
    free_slot_ = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  }

  void release(Slot& slot, std::uint32_t index) {
    ++slot.generation;
    slot.generation += slot.generation == 0 ? 1 : 0;  // 0 means none
    slot.next_free = free_slot_;
    free_slot_ = index;
    --pending_;
  }

  SimTime now_{};
  std::size_t pending_ = 0;
  std::uint64_t handled_ = 0;
  std::uint32_t free_slot_ = kNoSlot;
  LargeVector<Slot> slots_;
  EventQueue queue_;
};

}  // namespace assay::sim
