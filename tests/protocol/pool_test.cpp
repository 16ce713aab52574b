#include "protocol/pool.hpp"

#include <algorithm>
#include <set>

#include "tests/catch.hpp"

namespace assay::protocol {
namespace {

TEST_CASE("the index of the idle holds each member once, in its class", "[protocol]") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    sim::Draws draws(seed, 4, 0);
    std::vector<IdentityRow> rows(12);
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].pool = static_cast<std::uint16_t>(i % 3);
    Pool pool(3);
    std::set<std::uint32_t> idle;
    for (int step = 0; step < 300; ++step) {
      const IdentityId id{static_cast<std::uint32_t>(draws.below(rows.size()))};
      if (draws.below(2) == 0) {
        pool.add(rows[index(id)], id);  // again: nothing happens
        idle.insert(index(id));
      } else {
        pool.remove(rows, id);
        idle.erase(index(id));
      }
      std::size_t members = 0;
      for (std::size_t c = 0; c < 3; ++c) {
        members += pool.idle(c).size();
        for (std::size_t place = 0; place < pool.idle(c).size(); ++place) {
          const IdentityId member = pool.idle(c)[place];
          REQUIRE(idle.count(index(member)) == 1);
          REQUIRE(rows[index(member)].place == place);
          REQUIRE(rows[index(member)].pool == c);
        }
      }
      REQUIRE(members == idle.size());
      for (std::uint32_t i = 0; i < rows.size(); ++i) {
        REQUIRE((rows[i].place != kNone) == (idle.count(i) == 1));
      }
    }
    sim::ByteWriter writer;
    pool.save(writer);
    sim::ByteReader reader(writer.bytes());
    Pool loaded;
    loaded.load(reader);
    REQUIRE(reader.at_end());
    for (std::size_t c = 0; c < 3; ++c) REQUIRE(loaded.idle(c) == pool.idle(c));
  }
}

TEST_CASE("the highest limit is served first, then who has waited longest", "[protocol]") {
  constexpr WorkloadId kFirst{0};
  constexpr WorkloadId kSecond{1};
  WaitingTasks waiting(2);
  CHECK(waiting.top(kFirst) == nullptr);
  // (limit, serial): pushed in the order of the serial, as tasks come.
  const std::pair<std::int64_t, std::uint64_t> entries[] = {{5, 0}, {9, 1}, {5, 2}, {9, 3}, {7, 4}};
  for (const auto& [limit, serial] : entries) waiting.push(kFirst, {limit, serial, {}, serial});
  waiting.push(kSecond, {100, 5, {}, 5});

  sim::ByteWriter writer;
  waiting.save(writer);
  sim::ByteReader reader(writer.bytes());
  WaitingTasks loaded;
  loaded.load(reader);
  REQUIRE(reader.at_end());
  for (WaitingTasks* tasks : {&waiting, &loaded}) {
    std::vector<std::uint64_t> served;
    while (const WaitingTasks::Entry* entry = tasks->top(kFirst)) {
      served.push_back(entry->serial);
      tasks->pop(kFirst);
    }
    CHECK(served == std::vector<std::uint64_t>{1, 3, 4, 0, 2});
    REQUIRE(tasks->top(kSecond) != nullptr);
    CHECK(tasks->top(kSecond)->limit_rate == 100);
  }
}

}  // namespace
}  // namespace assay::protocol
