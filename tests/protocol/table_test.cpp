#include "protocol/table.hpp"

#include <map>

#include "sim/check.hpp"
#include "sim/draws.hpp"
#include "tests/catch.hpp"

namespace assay::protocol {
namespace {

using ThingId = RowId<struct ThingTag>;
using Things = Table<std::uint64_t, ThingId>;

TEST_CASE("an id never finds a later row in its place", "[protocol]") {
  Things things;
  const ThingId first = things.add(10);
  things.remove(first);
  CHECK(things.find(first) == nullptr);
  CHECK_THROWS_AS(things.at(first), sim::InvariantViolation);
  CHECK_THROWS_AS(things.remove(first), sim::InvariantViolation);

  const ThingId second = things.add(20);
  CHECK(second.row == first.row);
  CHECK(second.generation != first.generation);
  CHECK(things.find(first) == nullptr);
  CHECK(things.at(second) == 20);
}

TEST_CASE("the default id names nothing, and ids survive packing", "[protocol]") {
  Things things;
  CHECK_FALSE(ThingId{});
  CHECK(things.find(ThingId{}) == nullptr);
  things.add(1);
  CHECK(things.find(ThingId{}) == nullptr);
  CHECK(things.find(ThingId{0, 2}) == nullptr);
  CHECK(things.find(ThingId{1, 1}) == nullptr);
  const ThingId id{0xFFFFFFFEu, 0x80000001u};
  CHECK(ThingId::unpack(id.packed()) == id);
}

TEST_CASE("places are used again last in first out", "[protocol]") {
  Things things;
  const ThingId a = things.add(1);
  const ThingId b = things.add(2);
  const ThingId c = things.add(3);
  things.remove(a);
  things.remove(c);
  things.remove(b);
  CHECK(things.size() == 0);
  CHECK(things.add(4).row == b.row);
  CHECK(things.add(5).row == c.row);
  CHECK(things.add(6).row == a.row);
  CHECK(things.add(7).row == 3);
  std::vector<std::uint64_t> visited;
  things.for_each([&](ThingId, std::uint64_t row) { visited.push_back(row); });
  CHECK(visited == std::vector<std::uint64_t>{6, 4, 5, 7});
}

TEST_CASE("a table behaves like a map under random use, also after saving", "[protocol]") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    CAPTURE(seed);
    sim::Draws draws(seed, 3, 0);
    Things things;
    std::map<std::uint64_t, std::uint64_t> model;
    std::vector<std::uint64_t> dead;
    for (std::uint64_t i = 0; i < 300; ++i) {
      if (i == 150) {
        sim::ByteWriter writer;
        things.save(writer);
        sim::ByteReader reader(writer.bytes());
        things = Things{};
        things.load(reader);
        REQUIRE(reader.at_end());
      }
      if (model.empty() || draws.below(5) < 3) {
        model.emplace(things.add(i).packed(), i);
      } else {
        auto row = model.begin();
        std::advance(row, draws.below(model.size()));
        things.remove(ThingId::unpack(row->first));
        dead.push_back(row->first);
        model.erase(row);
      }
      REQUIRE(things.size() == model.size());
    }
    for (const auto& [id, value] : model) REQUIRE(things.at(ThingId::unpack(id)) == value);
    for (const std::uint64_t id : dead) REQUIRE(things.find(ThingId::unpack(id)) == nullptr);
  }
}

}  // namespace
}  // namespace assay::protocol
