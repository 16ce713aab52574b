#include "analysis/campaign/export.hpp"

#include <limits>
#include <optional>

#include "analysis/campaign/store.hpp"
#include "protocol/scenario/error.hpp"
#include "tests/contains.hpp"
#include "tests/protocol/small_market.hpp"

namespace assay::analysis {
namespace {

using protocol::ScratchFolder;

/// A point as a plan notes it, on one axis.
PointRow point_of(const std::string& key, int ordinal, const std::string& text,
                  std::optional<double> value) {
  return {key, key, "assay: 1\n", "this version", {{"slashing", text, value, "share"}}, ordinal};
}

/// Finishes one run with two metrics, one of which it may not have; the run's short key.
std::string finish(Store& store, std::int64_t point, const std::string& key, int replication,
                   double price) {
  const RunId run{point, key, 7, replication};
  REQUIRE(store.claim(run, false) == Store::Claim::Mine);
  RunResult result;
  result.metrics = {{"jobs", "Jobs", "", "", 12.0 + replication},
                    {"price", "Price", "USD/h", "", price}};
  result.digest = std::string(64, '0');
  store.finish(run, result);
  return run.key().substr(0, kShortKey);
}

std::string exported(const std::filesystem::path& folder, ExportCount& count) {
  std::string text;
  count = export_csv(folder, [&text](std::string_view part) { text += part; });
  return text;
}

}  // namespace

TEST_CASE("a column's name ends in its unit, once", "[analysis]") {
  CHECK(column_name("verification.rate", "share") == "verification.rate_share");
  CHECK(column_name("slashing.share", "share") == "slashing.share");
  CHECK(column_name("market.price", "USD/h") == "market.price_usd_per_h");
  CHECK(column_name("verification.segments", "") == "verification.segments");
}

TEST_CASE("a cell is quoted where a reader would split it", "[analysis]") {
  CHECK(csv_word("posted-price") == "posted-price");
  CHECK(csv_word("{kind: partial, share: 30 %}") == "\"{kind: partial, share: 30 %}\"");
  CHECK(csv_word("say \"no\"") == "\"say \"\"no\"\"\"");
  CHECK(csv_word("two\nlines") == "\"two\nlines\"");
}

TEST_CASE("a campaign is exported as one observation a row", "[analysis]") {
  const ScratchFolder folder;
  ExportCount count;
  std::vector<std::string> runs;
  {
    Store store(folder.path() / "store");
    std::vector<PointRow> older{point_of("0000", 0, "1 %", 0.01)};
    older.front().version = "an earlier version";
    (void)store.put_points(older);
    const std::vector<PointRow> rows{point_of("0123456789abcdef", 0, "5 %", 0.05),
                                     point_of("fedcba9876543210", 1, "half, of it", {})};
    const auto points = store.put_points(rows);
    runs.push_back(finish(store, points[0], rows[0].key, 1, 0.5));
    runs.push_back(
        finish(store, points[1], rows[1].key, 0, std::numeric_limits<double>::quiet_NaN()));
    runs.push_back(finish(store, points[0], rows[0].key, 0, 0.25));
  }
  // In the order of the plan; a metric that a run lacks is an empty cell, and no zero.
  const std::string text = exported(folder.path() / "store", count);
  const std::string first = runs[2] + ",7,0,0123456789ab,0.05,";
  const std::string second = runs[0] + ",7,1,0123456789ab,0.05,";
  const std::string third = runs[1] + ",7,0,fedcba987654,\"half, of it\",";
  CHECK(text == "run,seed,replication,point,slashing_share,metric,value,unit\n" + first +
                    "jobs,12,\n" + first + "price,0.25,USD/h\n" + second + "jobs,13,\n" + second +
                    "price,0.5,USD/h\n" + third + "jobs,12,\n" + third + "price,,USD/h\n");
  CHECK(count.runs == 3);
  CHECK(count.rows == 6);
  CHECK(count.other_versions == 1);
  // One point has a word on the axis, so that its column is text.
  const auto columns = export_columns(folder.path() / "store");
  REQUIRE(columns.size() == 8);
  CHECK(columns[4].name == "slashing_share");
  CHECK(columns[4].type == ColumnType::Text);
  CHECK(columns[6].type == ColumnType::Real);
}

TEST_CASE("a folder without a campaign is not exported", "[analysis]") {
  const ScratchFolder folder;
  ExportCount count;
  CHECK_THROWS_AS(exported(folder.path(), count), protocol::ConfigError);
}

}  // namespace assay::analysis
