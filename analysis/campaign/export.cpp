#include "analysis/campaign/export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "analysis/campaign/store.hpp"

namespace assay::analysis {
namespace {

using Json = nlohmann::json;

/// What a point has in each axis's column.
using Places = std::map<std::string, std::string>;

Places places_of(const std::string& coordinates) {
  Places places;
  for (const Json& at : Json::parse(coordinates)) {
    const std::string column =
        column_name(at.at("key").get<std::string>(), at.at("unit").get<std::string>());
    const Json& value = at.at("value");
    places[column] =
        value.is_null() ? at.at("text").get<std::string>() : fmt::format("{}", value.get<double>());
  }
  return places;
}

/// The points that are exported: those of the program that noted one last.
constexpr const char* kPoints =
    "SELECT point, key, coordinates FROM points WHERE version = (SELECT version FROM points ORDER "
    "BY point DESC LIMIT 1) ORDER BY ordinal, key";

/// An axis is a number where it is one at every point.
std::vector<ExportColumn> axes(Database& database) {
  std::vector<ExportColumn> columns;
  Statement point(database, kPoints);
  while (point.step()) {
    for (const Json& at : Json::parse(point.text(2))) {
      const std::string name =
          column_name(at.at("key").get<std::string>(), at.at("unit").get<std::string>());
      auto known =
          std::find_if(columns.begin(), columns.end(),
                       [&name](const ExportColumn& column) { return column.name == name; });
      if (known == columns.end()) {
        columns.push_back({name, ColumnType::Real});
        known = columns.end() - 1;
      }
      if (at.at("value").is_null()) known->type = ColumnType::Text;
    }
  }
  return columns;
}

}  // namespace

std::string column_name(std::string_view key, std::string_view unit) {
  std::string ending;
  for (const char c : unit) {
    if (c == '/') {
      ending += "_per_";
    } else if (c == '%') {
      ending += "percent";
    } else {
      ending += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  const bool said = ending.empty() || key.ends_with(ending);  // `slashing.share`
  return fmt::format("{}{}{}", key, said ? "" : "_", said ? "" : ending);
}

std::string csv_word(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::vector<ExportColumn> export_columns(const std::filesystem::path& folder) {
  Database database(Store::file_in(folder), Database::Access::ReadOnly);
  std::vector<ExportColumn> columns = {{"run", ColumnType::Text},
                                       {"seed", ColumnType::Integer},
                                       {"replication", ColumnType::Integer},
                                       {"point", ColumnType::Text}};
  for (ExportColumn& axis : axes(database)) columns.push_back(std::move(axis));
  columns.push_back({"metric", ColumnType::Text});
  columns.push_back({"value", ColumnType::Real});
  columns.push_back({"unit", ColumnType::Text});
  return columns;
}

ExportCount export_csv(const std::filesystem::path& folder,
                       const std::function<void(std::string_view)>& write) {
  Database database(Store::file_in(folder), Database::Access::ReadOnly);
  database.run("BEGIN");  // the campaign may go on meanwhile: all rows are of one moment
  const std::vector<ExportColumn> columns = axes(database);
  std::string line = "run,seed,replication,point";
  for (const ExportColumn& axis : columns) line += "," + csv_word(axis.name);
  write(line + ",metric,value,unit\n");

  ExportCount count;
  Statement point(database, kPoints);
  Statement run(database,
                "SELECT run, key, seed, replication FROM runs WHERE point = ? AND status = 'done' "
                "ORDER BY seed, replication");
  Statement sample(database,
                   "SELECT name, value, unit FROM samples JOIN metrics USING (metric) WHERE run = "
                   "? ORDER BY metric");
  while (point.step()) {
    const Places places = places_of(point.text(2));
    std::string where = point.text(1).substr(0, kShortKey);
    for (const ExportColumn& axis : columns) {
      const auto at = places.find(axis.name);
      where += "," + (at == places.end() ? std::string() : csv_word(at->second));
    }
    run.bind(point.integer(0));
    while (run.step()) {
      ++count.runs;
      const std::string begin = fmt::format("{},{},{},{}", run.text(1).substr(0, kShortKey),
                                            run.integer(2), run.integer(3), where);
      sample.bind(run.integer(0));
      while (sample.step()) {
        ++count.rows;
        const std::string value = sample.null(1) ? "" : fmt::format("{}", sample.real(1));
        write(fmt::format("{},{},{},{}\n", begin, sample.text(0), value, sample.text(2)));
      }
      sample.reset();
    }
    run.reset();
  }
  Statement others(database,
                   "SELECT count(*) FROM points WHERE version <> (SELECT version FROM points ORDER "
                   "BY point DESC LIMIT 1)");
  others.step();
  count.other_versions = others.integer(0);
  return count;
}

}  // namespace assay::analysis
