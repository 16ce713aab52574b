#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// A campaign as one tidy table for other programs: one observation a row.
namespace assay::analysis {

/// Digits of a run's or a point's key that tables show.
inline constexpr std::size_t kShortKey = 12;

/// A key and its unit as one column's name: `verification.rate_share`, `stake_usd_per_h`.
[[nodiscard]] std::string column_name(std::string_view key, std::string_view unit);

/// A text as a cell of a CSV file.
[[nodiscard]] std::string csv_word(const std::string& text);

/// What a column holds.
enum class ColumnType { Text, Integer, Real };
struct ExportColumn {
  std::string name;
  ColumnType type = ColumnType::Text;
};

/// The columns of the table: `run, seed, replication, point`, one for each axis that a point lies
/// on, `metric, value, unit`. Throws StoreError where the folder holds no campaign.
[[nodiscard]] std::vector<ExportColumn> export_columns(const std::filesystem::path& folder);

/// What was written, and what was not.
struct ExportCount {
  std::int64_t rows = 0;
  std::int64_t runs = 0;
  std::int64_t other_versions = 0;  ///< points that another version of the program computed
};
/// Hands out the table as CSV, piece by piece, header first: the points of the program that wrote
/// last, in the order of their plan. Memory does not grow with the number of runs.
ExportCount export_csv(const std::filesystem::path& folder,
                       const std::function<void(std::string_view)>& write);

}  // namespace assay::analysis
