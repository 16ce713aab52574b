#include "sim/engine.hpp"

#include <cstdlib>
#include <map>
#include <new>
#include <vector>

#include "sim/digest.hpp"
#include "sim/distributions.hpp"
#include "sim/draws.hpp"
#include "tests/catch.hpp"

namespace {
std::size_t allocations = 0;
}

// Counts what the test program allocates; the engine must not do so per event. Not inlined, since
// GCC would see malloc and free and take them for a mismatch with new and delete.
[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace assay::sim {
namespace {

struct TestEvent {
  std::uint64_t serial;
  std::uint64_t kind;
  std::uint64_t more;
};
using TestEngine = Engine<TestEvent>;
using namespace std::chrono_literals;

SimTime at_ns(std::int64_t nanoseconds) { return SimTime{SimDuration{nanoseconds}}; }

/// An engine beside a sorted map of what it should hold.
class CheckedEngine {
 public:
  explicit CheckedEngine(std::uint64_t seed) : draws_(seed, 1, 0) {}

  void schedule(SimDuration delay) {
    const SimTime at = engine.now() + delay;
    const EventHandle handle = engine.schedule(at, {serial_, 7, ~serial_});
    expected_[{at, serial_}] = handle;
    handles_.push_back({{at, serial_}, handle});
    ++serial_;
  }

  /// Cancels one handle of all that were ever given out; most of them are stale.
  void cancel_any() {
    if (handles_.empty()) return;
    const auto& [key, handle] = handles_[draws_.below(handles_.size())];
    const bool was_pending = expected_.erase(key) == 1;
    REQUIRE(engine.is_pending(handle) == was_pending);
    REQUIRE(engine.cancel(handle) == was_pending);
    REQUIRE_FALSE(engine.cancel(handle));
  }
  void cancel_pending() {
    if (expected_.empty()) return;
    REQUIRE(engine.cancel(expected_.begin()->second));
    expected_.erase(expected_.begin());
  }

  bool step(SimTime until) {
    TestEvent event{};
    const SimTime before = engine.now();
    const bool got = engine.step(until, event);
    const bool due = !expected_.empty() && expected_.begin()->first.first <= until;
    REQUIRE(got == due);
    if (got) {
      const auto& [at, serial] = expected_.begin()->first;
      REQUIRE(event.serial == serial);
      REQUIRE(event.more == ~serial);
      REQUIRE(engine.now() == at);
      expected_.erase(expected_.begin());
    } else {
      REQUIRE(engine.now() == before);
    }
    REQUIRE(engine.pending() == expected_.size());
    return got;
  }

  SimDuration any_delay() {
    switch (draws_.below(7)) {
      case 0:
        return SimDuration{0};
      case 1:
        return SimDuration{draws_.below(10)};
      case 2:
        return SimDuration{draws_.below(1'000'000)};
      case 3:
        return SimDuration{std::int64_t{1} << draws_.below(52)};
      case 4:
        return SimDuration{1000 * draws_.below(1000)};  // ties with others
      case 5:
        return SimDuration{5'000'000'000};
      default:
        return exponential_time(draws_, SimDuration{1'000'000'000});
    }
  }

  /// `share_pushed` in percent; the rest is steps, some of them only up to a near time, and
  /// cancels.
  void random_operations(int count, std::uint64_t share_pushed) {
    for (int i = 0; i < count; ++i) {
      const std::uint64_t choice = draws_.below(100);
      if (choice < share_pushed) {
        schedule(any_delay());
      } else if (choice < share_pushed + 6) {
        cancel_any();
      } else {
        const bool looks_only = draws_.below(4) == 0;
        step(looks_only ? engine.now() + SimDuration{std::int64_t{1} << draws_.below(40)} : kNever);
      }
    }
  }

  void drain() {
    while (step(kNever)) {
    }
    REQUIRE(expected_.empty());
  }

  TestEngine engine;

 private:
  Draws draws_;
  std::uint64_t serial_ = 0;
  std::map<std::pair<SimTime, std::uint64_t>, EventHandle> expected_;
  std::vector<std::pair<std::pair<SimTime, std::uint64_t>, EventHandle>> handles_;
};

std::vector<std::byte> saved(const TestEngine& engine) {
  ByteWriter writer;
  engine.save(writer);
  return writer.take();
}

TestEngine loaded(const std::vector<std::byte>& bytes) {
  ByteReader reader(bytes);
  TestEngine engine;
  engine.load(reader);
  REQUIRE(reader.at_end());
  return engine;
}

/// A model that goes on for ever: each event schedules others, and cancels some.
struct Churn {
  TestEngine engine;
  Digest digest;
  std::uint64_t serial = 0;
  std::vector<EventHandle> timeouts = std::vector<EventHandle>(64);

  void start(std::uint64_t population) {
    for (std::uint64_t i = 0; i < population; ++i) {
      Draws draws(1, 2, ++serial);
      engine.schedule(engine.now() + exponential_time(draws, 1s), {serial, 1, 0});
    }
  }
  void handle(const TestEvent& event) {
    digest.update_value(event);
    digest.update_value(engine.now().time_since_epoch().count());
    if (event.kind != 1) return;
    Draws draws(1, 2, ++serial);
    engine.schedule(engine.now() + exponential_time(draws, 1s), {serial, 1, 0});
    EventHandle& timeout = timeouts[event.serial % timeouts.size()];
    engine.cancel(timeout);
    timeout = engine.schedule(engine.now() + exponential_time(draws, 100ms), {serial, 2, 0});
  }
  void handle_next(std::uint64_t count) {
    TestEvent event{};
    for (std::uint64_t i = 0; i < count && engine.step(kNever, event); ++i) handle(event);
  }
};

TEST_CASE("events come in the order of time, then of scheduling, whatever is done", "[sim]") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    CheckedEngine checked(seed);
    // Up to some thousands and down again, through both kinds of queue and back.
    checked.random_operations(3000, 70);
    checked.random_operations(2000, 45);
    checked.random_operations(3000, 20);
    checked.random_operations(3000, 75);
    checked.drain();
    checked.random_operations(300, 60);
    checked.drain();
  }
}

TEST_CASE("twenty thousand pending events of all kinds of delay stay in order", "[sim]") {
  CheckedEngine checked(7);
  checked.random_operations(30'000, 90);
  REQUIRE(checked.engine.pending() > 20'000);
  checked.random_operations(20'000, 47);
  checked.drain();
}

TEST_CASE("events of one time are handled in the order in which they were scheduled", "[sim]") {
  for (const std::uint64_t count : {3u, 100u, 600u, 5000u}) {
    TestEngine engine;
    for (std::uint64_t i = 0; i < count; ++i) engine.schedule(at_ns(5'000'000'000), {i, 0, 0});
    TestEvent event{};
    for (std::uint64_t i = 0; i < count; ++i) {
      REQUIRE(engine.step(kNever, event));
      REQUIRE(event.serial == i);
      // Something for the same moment comes after everything that waits already.
      if (i == 0) engine.schedule(engine.now(), {count, 0, 0});
    }
    REQUIRE(engine.step(kNever, event));
    REQUIRE(event.serial == count);
    REQUIRE_FALSE(engine.step(kNever, event));
  }
}

TEST_CASE("looking ahead and then scheduling earlier keeps the order", "[sim]") {
  CheckedEngine checked(3);
  for (int i = 0; i < 2000; ++i) checked.schedule(SimDuration{10'000'000'000 + 1000 * i});
  // Nothing is due yet; then a gap is filled again and again in front of all others.
  REQUIRE_FALSE(checked.step(at_ns(10'000'000'000 - 1)));
  REQUIRE(checked.step(at_ns(10'000'000'000)));
  for (int i = 0; i < 2000; ++i) {
    checked.schedule(SimDuration{900 - i % 900});
    checked.step(checked.engine.now() + SimDuration{3});
  }
  checked.drain();
}

TEST_CASE("a refused look does not spread later events over the ladder", "[sim]") {
  // The worst case of a queue that refills on every look: a far crowd, and a caller who asks for
  // each nanosecond. It must cost about nothing: 100,000 refused looks move no key, so the bytes a
  // copy would save stay those of an engine that was never asked.
  TestEngine engine;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    engine.schedule(at_ns(static_cast<std::int64_t>(1'000'000'000'000 + i)), {i, 0, 0});
  }
  const auto before = saved(engine);
  TestEvent event{};
  for (int i = 0; i < 100'000; ++i) REQUIRE_FALSE(engine.step(at_ns(i), event));
  REQUIRE(saved(engine) == before);
}

TEST_CASE("an event cannot be scheduled in the past or never", "[sim]") {
  TestEngine engine;
  engine.schedule(at_ns(10), {});
  TestEvent event{};
  REQUIRE(engine.step(kNever, event));
  REQUIRE_THROWS_AS(engine.schedule(at_ns(9), {}), InvariantViolation);
  REQUIRE_THROWS_AS(engine.schedule(kNever, {}), InvariantViolation);
  REQUIRE_NOTHROW(engine.schedule(at_ns(10), {}));
}

TEST_CASE("a handle is good for one cancellation of a pending event", "[sim]") {
  TestEngine engine;
  REQUIRE_FALSE(engine.cancel({}));
  REQUIRE_FALSE(EventHandle{});
  const EventHandle first = engine.schedule(at_ns(1), {1, 0, 0});
  const EventHandle second = engine.schedule(at_ns(2), {2, 0, 0});
  REQUIRE(first);
  REQUIRE(first != second);
  REQUIRE(engine.cancel(first));
  REQUIRE_FALSE(engine.cancel(first));
  // The slot is used again, and the old handle does not name its new event.
  const EventHandle third = engine.schedule(at_ns(3), {3, 0, 0});
  REQUIRE(third.slot == first.slot);
  REQUIRE_FALSE(engine.cancel(first));
  TestEvent event{};
  REQUIRE(engine.step(kNever, event));
  REQUIRE(event.serial == 2);
  REQUIRE_FALSE(engine.cancel(second));
  REQUIRE(engine.pending() == 1);
}

TEST_CASE("cancelled events do not pile up", "[sim]") {
  // One event waits while a hundred thousand time-outs are set and cancelled: the queue drops its
  // dead keys long before their time, so the saved bytes, and the slots, stay few.
  TestEngine engine;
  engine.schedule(at_ns(1), {});
  for (int i = 0; i < 100'000; ++i) {
    REQUIRE(engine.cancel(engine.schedule(at_ns(1'000'000'000 + i), {})));
  }
  REQUIRE(engine.pending() == 1);
  REQUIRE(saved(engine).size() < 200);
  TestEvent event{};
  REQUIRE(engine.step(kNever, event));
  REQUIRE_FALSE(engine.step(kNever, event));
}

TEST_CASE("run hands out everything up to its end and sets the clock to it", "[sim]") {
  struct Model {
    TestEngine engine;
    std::vector<std::uint64_t> seen;
    void handle(const TestEvent& event) {
      seen.push_back(event.serial);
      if (event.serial == 1) engine.schedule(engine.now(), {9, 0, 0});
    }
  };
  Model model;
  model.engine.schedule(at_ns(5), {1, 0, 0});
  model.engine.schedule(at_ns(10), {2, 0, 0});
  model.engine.schedule(at_ns(11), {3, 0, 0});
  model.engine.run(model, at_ns(10));
  REQUIRE(model.seen == std::vector<std::uint64_t>{1, 9, 2});
  REQUIRE(model.engine.now() == at_ns(10));
  REQUIRE(model.engine.handled() == 3);
  model.engine.run(model, at_ns(10));
  model.engine.run(model, kNever);
  REQUIRE(model.engine.now() == at_ns(11));
  REQUIRE(model.engine.pending() == 0);
}

TEST_CASE("a run goes on from a copy and from saved bytes with the same digest", "[sim]") {
  for (const std::uint64_t population : {5u, 300u, 4000u}) {
    Churn whole;
    whole.start(population);
    whole.handle_next(60'000);
    const auto expected = hex(whole.digest.finish());
    for (const std::uint64_t at : {1u, 7u, 1000u, 33'333u, 59'999u}) {
      Churn first;
      first.start(population);
      first.handle_next(at);
      Churn copy = first;
      copy.handle_next(60'000 - at);
      REQUIRE(hex(copy.digest.finish()) == expected);
      Churn later = first;
      later.engine = loaded(saved(first.engine));
      REQUIRE(saved(later.engine) == saved(first.engine));
      ByteWriter writer;
      first.digest.save(writer);
      const auto bytes = writer.take();
      ByteReader reader(bytes);
      later.digest = Digest::load(reader);
      later.handle_next(60'000 - at);
      REQUIRE(hex(later.digest.finish()) == expected);
      REQUIRE(later.engine.handled() == 60'000);
    }
  }
}

TEST_CASE("bytes that cannot be an engine are refused and change nothing", "[sim]") {
  Churn churn;
  churn.start(20);
  churn.handle_next(100);
  const auto good = saved(churn.engine);
  for (std::size_t size = 0; size < good.size(); ++size) {
    const std::span<const std::byte> part(good.data(), size);
    ByteReader reader(part);
    REQUIRE_THROWS_AS(churn.engine.load(reader), CorruptBytes);
  }
  REQUIRE(saved(churn.engine) == good);
  // Flipped bytes either give another valid engine or are refused; none may crash.
  Draws draws(5, 5, 5);
  for (int i = 0; i < 3000; ++i) {
    auto bad = good;
    bad[draws.below(bad.size())] ^= static_cast<std::byte>(1 + draws.below(255));
    ByteReader reader(bad);
    TestEngine engine;
    try {
      engine.load(reader);
    } catch (const CorruptBytes&) {
      continue;
    }
    TestEvent event{};
    std::uint64_t count = 0;
    const std::size_t pending = engine.pending();
    while (engine.step(kNever, event)) ++count;
    REQUIRE(count == pending);
  }
}

TEST_CASE("nothing is allocated per event once the queue has had its size", "[sim]") {
  for (const std::uint64_t population : {3u, 200u, 20'000u}) {
    Churn churn;
    churn.start(population);
    churn.handle_next(400'000);
    const std::size_t before = allocations;
    churn.handle_next(400'000);
    // A queue's height is random: a new record may make a vector grow, a few times at most.
    REQUIRE(allocations - before <= 3);
  }
}

TEST_CASE("two engines in one program do not meet", "[sim]") {
  Churn alone;
  alone.start(50);
  alone.handle_next(5000);
  Churn a;
  Churn b;
  a.start(50);
  b.start(50);
  for (int i = 0; i < 500; ++i) {
    a.handle_next(10);
    b.handle_next(10);
  }
  REQUIRE(a.digest.finish() == alone.digest.finish());
  REQUIRE(b.digest.finish() == alone.digest.finish());
}

}  // namespace
}  // namespace assay::sim
