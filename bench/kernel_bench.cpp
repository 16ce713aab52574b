// The kernel against a plain loop that carries the same events and makes the same draws. Every
// model below is a template over the loop that runs it, so that the two differ in nothing else.

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/plain_loop.hpp"
#include "bench/rows.hpp"
#include "sim/distributions.hpp"
#include "sim/draws.hpp"
#include "sim/engine.hpp"
#include "sim/probe.hpp"

namespace assay::bench {
namespace {

using namespace std::chrono_literals;
using sim::Draws;
using sim::kNever;
using sim::SimDuration;
using sim::SimTime;

enum class Kind : std::uint64_t { Hold, Timeout, Arrival, Departure };

/// 24 bytes. `row` and `generation` are for the plain loop that can cancel; the engine needs none.
struct Event {
  Kind kind;
  std::uint64_t who;
  std::uint32_t row = 0;
  std::uint32_t generation = 0;
};
static_assert(sizeof(Event) == 24);

using Kernel = sim::Engine<Event>;
using Plain = PlainLoop<Event>;
using PlainCancelling = PlainCancellingLoop<Event>;

template <class Loop, class Model>
void take(Loop& loop, Model& model, std::size_t count) {
  Event event{};
  for (std::size_t i = 0; i < count && loop.step(kNever, event); ++i) model.handle(event);
}

// How long an event waits after the one before it.
struct Exponential {
  SimDuration operator()(Draws& draws) const { return sim::exponential_time(draws, 1s); }
};
struct Equal {
  SimDuration operator()(Draws&) const { return 1s; }
};
struct HalfZero {
  SimDuration operator()(Draws& draws) const {
    return draws.below(2) == 0 ? SimDuration{0} : sim::exponential_time(draws, 1s);
  }
};
struct HeavyTail {
  SimDuration operator()(Draws& draws) const {
    return SimDuration{static_cast<std::int64_t>(sim::pareto(draws, 1.2, 1e8))};
  }
};
struct Bimodal {
  SimDuration operator()(Draws& draws) const {
    return sim::exponential_time(draws, draws.below(10) == 0 ? SimDuration{24h * 90} : 1s);
  }
};

/// The hold model: each event schedules its follower, so as many wait as at the start.
template <class Loop, class Increment>
class Hold {
 public:
  explicit Hold(std::size_t pending) {
    for (std::size_t i = 0; i < pending; ++i) schedule(i);
    // Past the start-up, where the times are drawn alike and nothing is sorted yet.
    take(loop, *this, std::max<std::size_t>(1'000'000, 2 * pending));
  }
  void handle(const Event& event) {
    switch (event.kind) {
      case Kind::Hold:
        ++done;
        return schedule(event.who);
      default:
        __builtin_unreachable();
    }
  }
  Loop loop;
  std::uint64_t done = 0;

 private:
  void schedule(std::uint64_t who) {
    loop.schedule(loop.now() + increment_(draws_), {Kind::Hold, who});
  }
  Draws draws_{1, 1, 1};
  Increment increment_;
};

/// The hold model in which each step also sets a time-out and cancels the one that was set as many
/// steps ago as events wait: half of what is scheduled never happens.
template <class Loop>
class HoldWithTimeouts {
 public:
  explicit HoldWithTimeouts(std::size_t pending) : timeouts_(pending) {
    for (std::size_t i = 0; i < pending; ++i) hold(i);
    // 35 s of simulated time: cancelled time-outs would come up after 30 to 40 s, so the plain
    // loop holds all the dead that it is going to hold.
    take(loop, *this, 35 * pending);
  }
  void handle(const Event& event) {
    switch (event.kind) {
      case Kind::Hold: {
        ++done;
        hold(event.who);
        auto& timeout = timeouts_[next_];
        next_ = next_ + 1 == timeouts_.size() ? 0 : next_ + 1;
        loop.cancel(timeout);
        timeout = loop.schedule(loop.now() + 30s + sim::exponential_time(draws_, 1s),
                                {Kind::Timeout, event.who});
        return;
      }
      case Kind::Timeout:
        return;
      default:
        __builtin_unreachable();
    }
  }
  Loop loop;
  std::uint64_t done = 0;

 private:
  using Handle = decltype(std::declval<Loop&>().schedule(SimTime{}, Event{}));
  void hold(std::uint64_t who) {
    loop.schedule(loop.now() + sim::exponential_time(draws_, 1s), {Kind::Hold, who});
  }
  Draws draws_{1, 1, 1};
  std::vector<Handle> timeouts_;
  std::size_t next_ = 0;
};

/// A first-come first-served queue of arrival times, in a ring that grows.
class WaitingLine {
 public:
  [[nodiscard]] bool is_empty() const { return first_ == last_; }
  void push(SimTime at) {
    if (last_ - first_ == ring_.size()) grow();
    ring_[last_++ & (ring_.size() - 1)] = at;
  }
  SimTime pop() { return ring_[first_++ & (ring_.size() - 1)]; }

 private:
  void grow() {
    std::vector<SimTime> larger(2 * ring_.size());
    for (std::size_t i = first_; i != last_; ++i) {
      larger[i & (larger.size() - 1)] = ring_[i & (ring_.size() - 1)];
    }
    ring_ = std::move(larger);
  }
  std::vector<SimTime> ring_ = std::vector<SimTime>(8);
  std::size_t first_ = 0;
  std::size_t last_ = 0;
};

/// Independent M/M/1 stations at load 0.9 in one queue; the time in line of every customer is
/// tallied.
template <class Loop>
class Stations {
 public:
  explicit Stations(std::size_t count) : stations_(count) {
    for (std::size_t i = 0; i < count; ++i) expect_arrival(i);
    take(loop, *this, std::max<std::size_t>(1'000'000, 40 * count));
  }
  void handle(const Event& event) {
    Station& station = stations_[event.who];
    switch (event.kind) {
      case Kind::Arrival:
        expect_arrival(event.who);
        if (station.busy) {
          station.line.push(loop.now());
        } else {
          station.busy = true;
          serve(event.who, SimDuration{0});
        }
        return;
      case Kind::Departure:
        ++done;
        station.busy = !station.line.is_empty();
        if (station.busy) serve(event.who, loop.now() - station.line.pop());
        return;
      default:
        __builtin_unreachable();
    }
  }
  Loop loop;
  std::uint64_t done = 0;   // customers served
  sim::WideInt waited = 0;  // nanoseconds, of all customers
  SimDuration longest_wait{};

 private:
  struct Station {
    WaitingLine line;
    bool busy = false;
  };
  void expect_arrival(std::uint64_t who) {
    loop.schedule(loop.now() + sim::exponential_time(draws_, 1s), {Kind::Arrival, who});
  }
  void serve(std::uint64_t who, SimDuration wait) {
    waited += wait.count();
    longest_wait = std::max(longest_wait, wait);
    loop.schedule(loop.now() + sim::exponential_time(draws_, 900ms), {Kind::Departure, who});
  }
  Draws draws_{1, 1, 1};
  std::vector<Station> stations_;
};

/// A measurement of a model that is warmed up once, on the first of its repetitions. Every
/// iteration is one step, and `items(model)` says how many items the model has done so far.
template <class Model, class Items>
auto steps_of(std::size_t size, Items items) {
  auto shared = std::make_shared<std::unique_ptr<Model>>();
  return [=](benchmark::State& state) {
    if (!*shared) *shared = std::make_unique<Model>(size);
    Model& model = **shared;
    const std::uint64_t before = items(model);
    Event event{};
    for (auto _ : state) {
      model.loop.step(kNever, event);
      model.handle(event);
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(items(model) - before));
  };
}

class Table {
 public:
  template <class Increment>
  void add_hold(const std::string& increments, std::size_t pending, const std::string& size,
                double required, double aim) {
    const std::string work = fmt::format("hold, {}, {} pending", increments, size);
    add_pair<Hold<Kernel, Increment>, Hold<Plain, Increment>>(work, pending, required, aim);
  }
  void add_timeouts() {
    add_pair<HoldWithTimeouts<Kernel>, HoldWithTimeouts<PlainCancelling>>(
        "schedule and cancel half of it, 100 k", 100'000, 2.5, 5.0);
  }
  void add_stations(const std::string& work, std::size_t count, double required, double aim) {
    add_pair<Stations<Kernel>, Stations<Plain>>(work, count, required, aim);
  }
  std::vector<Row> rows;

 private:
  template <class Ours, class Theirs>
  void add_pair(const std::string& work, std::size_t size, double required, double aim) {
    constexpr benchmark::IterationCount kSteps = 2'000'000;
    add_measurement(work, kSteps, steps_of<Ours>(size, [](const Ours& m) { return m.done; }));
    add_measurement(work + ": plain", kSteps,
                    steps_of<Theirs>(size, [](const Theirs& m) { return m.done; }));
    rows.push_back({work, work, work + ": plain", 0.0, required, aim});
  }
};

}  // namespace
}  // namespace assay::bench

int main(int argc, char** argv) {
  using namespace assay::bench;
  Table table;
  table.add_hold<Exponential>("exponential", 1'000, "1 k", 1.4, 1.7);
  table.add_hold<Exponential>("exponential", 100'000, "100 k", 2.3, 3.2);
  table.add_hold<Exponential>("exponential", 1'000'000, "1 M", 4.0, 6.0);
  table.add_hold<Equal>("all equal", 100'000, "100 k", 2.3, 3.0);
  table.add_hold<HalfZero>("half of them zero", 100'000, "100 k", 1.8, 2.4);
  table.add_hold<HeavyTail>("Pareto(1.2)", 100'000, "100 k", 2.3, 2.9);
  table.add_hold<Bimodal>("1 s and 90 d", 100'000, "100 k", 2.3, 3.2);
  table.add_timeouts();
  table.add_stations("M/M/1 at load 0.9, 1 station", 1, 0.75, 1.0);
  table.add_stations("M/M/1 at load 0.9, 100 k stations", 100'000, 1.7, 2.2);
  // Cimba, the fastest published engine, serves 6.3 M customers a second on such a machine.
  table.rows.push_back({"M/M/1, 1 station, customers a second", "M/M/1 at load 0.9, 1 station", "",
                        6.3e6, 8.0 / 6.3, 11.0 / 6.3});
  return run_rows(argc, argv, table.rows);
}
