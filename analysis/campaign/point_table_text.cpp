#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "analysis/campaign/export.hpp"
#include "analysis/campaign/point_table.hpp"
#include "analysis/numbers.hpp"

namespace assay::analysis {
namespace {

using Row = std::vector<std::string>;

/// Characters, not bytes: numbers have a true minus and spaces that do not break.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u;
  }));
}

/// Columns as wide as their widest cell; the first `words` of them flush left, numbers flush right.
std::string aligned(const std::vector<Row>& rows, std::size_t words) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width(row[c]));
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string space(widths[c] - width(row[c]), ' ');
      if (c > 0) line += "  ";
      line += c < words ? row[c] + space : space + row[c];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string cell(const TablePoint& point, const MetricWords& metric) {
  const auto found = point.estimates.find(metric.name);
  if (point.replications == 0) return "no run";
  if (found == point.estimates.end() || !found->second.value) return "–";
  const PointEstimate& of = found->second;
  Estimate estimate{*of.value, std::nullopt};
  if (of.low && of.high) estimate.interval = Interval{*of.low, *of.high};
  std::string text = estimate_text(estimate, unit_of(metric.unit));
  if (of.n < point.replications) text += fmt::format(" in {} of {}", of.n, point.replications);
  return text + (point.reached ? "" : " *");
}

std::vector<MetricWords> shown_metrics(const PointTable& table) {
  std::vector<MetricWords> shown;
  for (const std::string& name : table.shown) {
    for (const MetricWords& metric : table.metrics) {
      if (metric.name == name) shown.push_back(metric);
    }
  }
  return shown;
}

/// A point a row.
std::string point_rows(const PointTable& table) {
  std::vector<Row> rows(1);
  for (const SweepAxis& axis : table.axes) rows.front().push_back(axis.key);
  const std::vector<MetricWords> shown = shown_metrics(table);
  for (const MetricWords& metric : shown) rows.front().push_back(metric.title);
  for (const TablePoint& point : table.points) {
    Row row;
    for (const Coordinate& at : point.coordinates) row.push_back(at.text);
    for (const MetricWords& metric : shown) row.push_back(cell(point, metric));
    rows.push_back(std::move(row));
  }
  return aligned(rows, table.axes.size());
}

/// Rows are values of the first axis, columns those of the second.
std::string matrix(const PointTable& table, const MetricWords& metric) {
  const SweepAxis& down = table.axes[0];
  const SweepAxis& across = table.axes[1];
  std::map<std::pair<std::string, std::string>, const TablePoint*> at;
  for (const TablePoint& point : table.points) {
    at[{point.coordinates[0].text, point.coordinates[1].text}] = &point;
  }
  std::vector<Row> rows;
  rows.push_back({"", across.key});
  rows.push_back({down.key});
  for (const std::string& text : across.texts) rows.back().push_back(text);
  for (const std::string& row_text : down.texts) {
    Row row{row_text};
    for (const std::string& text : across.texts) row.push_back(cell(*at[{row_text, text}], metric));
    rows.push_back(std::move(row));
  }
  return metric.title + "\n" + aligned(rows, 1);
}

std::string csv_number(const std::optional<double>& value) {
  return value ? fmt::format("{}", *value) : "";
}

}  // namespace

std::string table_text(const PointTable& table) {
  if (table.axes.size() != 2 || !table.crossed) return point_rows(table);
  std::string text;
  for (const MetricWords& metric : shown_metrics(table)) {
    text += (text.empty() ? "" : "\n") + matrix(table, metric);
  }
  return text;
}

std::string table_csv(const PointTable& table) {
  std::string text = "point";
  for (const SweepAxis& axis : table.axes) text += "," + csv_word(column_name(axis.key, axis.unit));
  text += ",metric,value,low,high,n,unit\n";
  for (const TablePoint& point : table.points) {
    std::string begin = point.key.substr(0, kShortKey);
    for (const Coordinate& at : point.coordinates) {
      begin += "," + (at.value ? csv_number(at.value) : csv_word(at.text));
    }
    for (const MetricWords& metric : table.metrics) {
      const auto found = point.estimates.find(metric.name);
      if (found == point.estimates.end()) continue;
      const PointEstimate& of = found->second;
      text += fmt::format("{},{},{},{},{},{},{}\n", begin, metric.name, csv_number(of.value),
                          csv_number(of.low), csv_number(of.high), of.n, metric.unit);
    }
  }
  return text;
}

}  // namespace assay::analysis
