#include "protocol/data/csv.hpp"

#include "tests/catch.hpp"
#include "tests/protocol/data_files.hpp"

using namespace assay;
using namespace assay::protocol;

namespace {

/// Reads every cell of every row.
std::vector<std::vector<std::string>> rows(const std::string& text) {
  const TempFile file(text);
  CsvReader csv(file.path());
  std::vector<std::vector<std::string>> all;
  while (csv.next()) {
    all.push_back({std::string(csv.cell(0)), std::string(csv.cell(1))});
  }
  return all;
}

std::string refusal(const std::string& text) {
  const TempFile file(text);
  return complaint(file, [&] {
    CsvReader csv(file.path());
    while (csv.next()) {
    }
  });
}

/// What reading the number in the only row says.
template <class Read>
std::string number_refusal(const std::string& cell, Read&& read) {
  const TempFile file("n,x\n" + cell + ",\n");
  return complaint(file, [&] {
    CsvReader csv(file.path());
    csv.next();
    read(csv);
  });
}

}  // namespace

TEST_CASE("a CSV file is read in the dialect of RFC 4180", "[protocol]") {
  using Rows = std::vector<std::vector<std::string>>;
  CHECK(rows("a,b\n1,2\n3,4\n") == Rows{{"1", "2"}, {"3", "4"}});
  CHECK(rows("a,b\r\n1,2\r\n") == Rows{{"1", "2"}});
  CHECK(rows("\xEF\xBB\xBF"
             "a,b\n1,2") == Rows{{"1", "2"}});  // mark skipped, last line cut off
  CHECK(rows("a,b\n\n1,2\n\n\r\n") == Rows{{"1", "2"}});
  CHECK(rows("a,b\n\"x, \"\"y\"\"\nz\",\"\"\n") == Rows{{"x, \"y\"\nz", ""}});
  CHECK(rows("a,b\n,\n") == Rows{{"", ""}});
  CHECK(rows("a,b\n").empty());
}

TEST_CASE("a broken CSV row is named by file and line", "[protocol]") {
  CHECK(refusal("") == ": the file is empty, expected a header line");
  CHECK(refusal("a,b\n1\n") == ":2: found 1 cells, expected 2 as in the header");
  CHECK(refusal("a,b\n\n1,2,3\n") == ":3: found 3 cells, expected 2 as in the header");
  CHECK(refusal("a,b\n\"1\n2\",3\n4\n") == ":4: found 1 cells, expected 2 as in the header");
  CHECK(refusal("a,b\n1,\"2\n") ==
        ":2: found the end of the file in a quoted cell, expected a quote");
  CHECK(refusal("a,b\n1\"2,3\n") ==
        ":2: cell 1: found a quote inside, expected the whole cell in quotes");
  CHECK(refusal("a,b\n\"1\"2,3\n") ==
        ":2: cell 1: found text after it, expected a comma or the end of the line");
  CHECK(refusal(std::string("a,b\n1,\0\n", 8)) == ":2: found a zero byte, expected text");
  CHECK(refusal("a,b\n1,2\rx\n") ==
        ":2: cell 2: found text after it, expected a comma or the end of the line");
  const std::string longest(64 * 1024 - 1, 'x');
  CHECK(refusal("a,b\n1," + longest + "\n").empty());
  CHECK(refusal("a,b\n1,x" + longest + "\n") ==
        ":2: found a row over 65536 bytes, expected a shorter one");
}

TEST_CASE("a column that is missing is answered with the nearest name", "[protocol]") {
  const TempFile file("submit_s,gpus,gpus\n");
  const CsvReader csv(file.path());
  CHECK(csv.column("submit_s") == 0);
  CHECK(complaint(file, [&] { static_cast<void>(csv.column("submit")); }) ==
        ":1: found no column 'submit', expected submit_s, gpus or gpus (did you mean "
        "'submit_s'?)");
  CHECK(complaint(file, [&] { static_cast<void>(csv.column("gpus")); }) ==
        ":1: found two columns 'gpus', expected one");
}

TEST_CASE("numbers in a CSV file are finite, exact and in range", "[protocol]") {
  const TempFile file("t\n3456000\n0.25\n1.0000000019\n1.5e3\n9223372037\n4.0\n");
  CsvReader csv(file.path());
  const auto next = [&]() -> CsvReader& {
    csv.next();
    return csv;
  };
  CHECK(next().seconds(0) == std::chrono::hours(960));
  CHECK(next().seconds(0) == std::chrono::milliseconds(250));
  CHECK(next().seconds(0) == sim::SimDuration{1'000'000'001});
  CHECK(next().seconds(0) == std::chrono::seconds(1500));
  CHECK_THROWS_AS(next().seconds(0), ConfigError);  // 292.3 years
  CHECK(next().whole(0, 1, 8) == 4);

  const auto whole = [](const CsvReader& at) { static_cast<void>(at.whole(0, 1, 8)); };
  CHECK(number_refusal("8", whole).empty());
  for (const char* bad :
       {"0", "9", "1.5", "-1", "nan", "inf", "0x4", "4 ", " 4", "", "four", "1e99"}) {
    INFO(bad);
    CHECK(number_refusal(bad, whole) ==
          ":2: column 'n': found '" + std::string(bad) + "', expected a whole number from 1 to 8");
  }
  const auto number = [](const CsvReader& at) { static_cast<void>(at.number(0, 0, 2)); };
  for (const char* good : {"0", "2", "1e-3", ".5", "1."})
    CHECK(number_refusal(good, number).empty());
  for (const char* bad : {"2.1", "-0.1", "-inf", "-nan", "1e999", "--1", "+1", "1,5"}) {
    INFO(bad);
    CHECK_FALSE(number_refusal(bad, number).empty());
  }
  const auto seconds = [](const CsvReader& at) { static_cast<void>(at.seconds(0)); };
  for (const char* bad : {"-1", "nan", "infinity", "12:00", "1.2.3", ""}) {
    INFO(bad);
    CHECK_FALSE(number_refusal(bad, seconds).empty());
  }
}

TEST_CASE("a position of a CSV file is found again, across buffers", "[protocol]") {
  std::string text = "n,x\n";
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i) + ",\"some text, quoted\"\n";
  const TempFile file(text);
  CsvReader csv(file.path());
  std::vector<CsvReader::Position> positions;
  while (csv.next()) positions.push_back(csv.position());
  REQUIRE(positions.size() == 20'000);
  for (const int row : {19'999, 0, 7'001, 3'000}) {
    csv.seek(positions[static_cast<std::size_t>(row)]);
    REQUIRE(csv.next());
    CHECK(csv.whole(0, 0, 20'000) == row);
    CHECK(csv.position().line == static_cast<std::uint64_t>(row) + 2);
  }
}

TEST_CASE("what is no regular file is no CSV file", "[protocol]") {
  CHECK_THROWS_AS(CsvReader("/nowhere/at/all.csv"), ConfigError);
  CHECK_THROWS_AS(CsvReader(std::filesystem::temp_directory_path().string()), ConfigError);
  CHECK_THROWS_AS(CsvReader("/dev/zero"), ConfigError);
}
