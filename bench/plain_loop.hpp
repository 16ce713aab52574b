#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "sim/time.hpp"

namespace assay::bench {

/// What one writes without a kernel: a std::priority_queue of events with their times and sequence
/// numbers. No handles, so nothing can be cancelled.
template <class Event>
class PlainLoop {
 public:
  [[nodiscard]] sim::SimTime now() const { return now_; }

  void schedule(sim::SimTime at, const Event& event) { queue_.push({at, sequence_++, event}); }

  bool step(sim::SimTime until, Event& out) {
    if (queue_.empty() || queue_.top().at > until) return false;
    now_ = queue_.top().at;
    out = queue_.top().event;
    queue_.pop();
    return true;
  }

 private:
  struct Entry {
    sim::SimTime at;
    std::uint64_t sequence;
    Event event;
    friend bool operator>(const Entry& a, const Entry& b) {
      return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
    }
  };
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
  sim::SimTime now_{};
  std::uint64_t sequence_ = 0;
};

/// The same with time-outs that can be cancelled: an event names a row of a generation table, and
/// one whose row has moved on is skipped when it comes up. The dead stay until then.
/// Event needs the members `row` and `generation`.
template <class Event>
class PlainCancellingLoop {
 public:
  struct Handle {
    std::uint32_t row = 0;
    std::uint32_t generation = 0;
  };

  [[nodiscard]] sim::SimTime now() const { return loop_.now(); }

  Handle schedule(sim::SimTime at, Event event) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(generations_.size()));
      generations_.push_back(0);
    }
    event.row = free_.back();
    event.generation = generations_[event.row];
    free_.pop_back();
    loop_.schedule(at, event);
    return {event.row, event.generation};
  }

  bool cancel(Handle handle) {
    if (handle.row >= generations_.size() || generations_[handle.row] != handle.generation) {
      return false;
    }
    release(handle.row);
    return true;
  }

  bool step(sim::SimTime until, Event& out) {
    while (loop_.step(until, out)) {
      if (generations_[out.row] != out.generation) continue;
      release(out.row);
      return true;
    }
    return false;
  }

 private:
  void release(std::uint32_t row) {
    ++generations_[row];
    free_.push_back(row);
  }

  PlainLoop<Event> loop_;
  std::vector<std::uint32_t> generations_;
  std::vector<std::uint32_t> free_;
};

}  // namespace assay::bench
