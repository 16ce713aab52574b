#include "analysis/campaign/sql.hpp"

#include <filesystem>

#include "tests/contains.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::analysis {
namespace {

using protocol::ScratchFolder;

std::int64_t rows(Database& database) {
  Statement count(database, "SELECT count(*) FROM t");
  REQUIRE(count.step());
  return count.integer(0);
}

TEST_CASE("values come back from the database as they went in", "[analysis]") {
  const ScratchFolder folder;
  Database database(folder.path() / "a.sqlite", Database::Access::ReadWrite);
  database.run("CREATE TABLE t(id INTEGER PRIMARY KEY, n, x, w)");
  Statement insert(database, "INSERT INTO t(n, x, w) VALUES(?, ?, ?)");
  const std::string odd = "it's; \"x\"\n\xC3\xA9";
  insert.bind(std::int64_t{-7}, 0.1, odd).run();
  CHECK(database.last_row() == 1);
  // The same statement takes other values; 64 bits keep all of theirs.
  insert.bind(std::uint64_t{0xFFFF'FFFF'FFFF'FFFF}, 1e308, "").run();
  Statement all(database, "SELECT n, x, w, NULL FROM t ORDER BY id");
  REQUIRE(all.step());
  CHECK(all.integer(0) == -7);
  CHECK(all.real(1) == 0.1);
  CHECK(all.text(2) == odd);
  CHECK(all.null(3));
  CHECK(all.text(3).empty());
  REQUIRE(all.step());
  CHECK(static_cast<std::uint64_t>(all.integer(0)) == 0xFFFF'FFFF'FFFF'FFFF);
  CHECK(all.real(1) == 1e308);
  CHECK_FALSE(all.null(2));
  CHECK_FALSE(all.step());
}

TEST_CASE("a transaction that is not committed never happened", "[analysis]") {
  const ScratchFolder folder;
  Database database(folder.path() / "a.sqlite", Database::Access::ReadWrite);
  database.run("CREATE TABLE t(n)");
  {
    Transaction undone(database);
    database.run("INSERT INTO t VALUES(1)");
    CHECK(rows(database) == 1);
  }
  CHECK(rows(database) == 0);
  {
    Transaction kept(database);
    database.run("INSERT INTO t VALUES(1)");
    kept.commit();
  }
  CHECK(rows(database) == 1);
}

TEST_CASE("a writer's lock is seen, and ends with its transaction", "[analysis]") {
  const ScratchFolder folder;
  Database one(folder.path() / "a.sqlite", Database::Access::ReadWrite);
  one.run("CREATE TABLE t(n)");
  Database two(folder.path() / "a.sqlite", Database::Access::ReadWrite);
  two.run("PRAGMA busy_timeout = 0");  // the store's minute is too long to wait for here
  {
    const Transaction writing(one);
    CHECK_FALSE(two.try_run("INSERT INTO t VALUES(2)"));
    CHECK_THROWS_WITH(two.run("INSERT INTO t VALUES(2)"), contains("has kept it locked"));
  }
  CHECK(two.try_run("INSERT INTO t VALUES(2)"));
  CHECK(rows(one) == 1);
}

TEST_CASE("what goes wrong with a file is said with its name", "[analysis]") {
  const ScratchFolder folder;
  const auto path = folder.path() / "a.sqlite";
  CHECK_THROWS_WITH(Database(folder.path() / "missing" / "a.sqlite", Database::Access::ReadWrite),
                    contains("missing/a.sqlite: cannot be written"));
  CHECK_THROWS_AS(Database(path, Database::Access::ReadOnly), StoreError);
  Database database(path, Database::Access::ReadWrite);
  CHECK_THROWS_WITH(database.run("SELECT n FROM nowhere"),
                    contains("a.sqlite: no such table: nowhere"));
  CHECK_THROWS_AS(Statement(database, "no SQL"), StoreError);
  database.run("CREATE TABLE t(n)");
  // Reading leaves a file as it is.
  Database reading(path, Database::Access::ReadOnly);
  CHECK(rows(reading) == 0);
  CHECK_THROWS_WITH(reading.run("INSERT INTO t VALUES(1)"), contains("cannot be written"));
  // So does a file that is something else.
  Database other(folder.write("notes.txt", std::string(4096, 'x')), Database::Access::ReadWrite);
  CHECK_THROWS_WITH(other.run("CREATE TABLE t(n)"), contains("no store of a campaign"));
}

}  // namespace
}  // namespace assay::analysis
