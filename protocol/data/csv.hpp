#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "sim/time.hpp"

namespace assay::protocol {

/// Reads a CSV file row by row in bounded memory, so that a file may have any size.
///
/// The dialect is RFC 4180: a header line, commas, cells in double quotes where they hold a comma,
/// a quote (doubled) or a line break; LF or CRLF; UTF-8, a byte order mark is skipped; blank lines
/// are skipped; the last line may lack its line break. Everything else is wrong, and so are rows
/// with more or fewer cells than the header and rows over 64 KiB. Whatever is wrong throws a
/// ConfigError that names file, line and column and says what was found and what was expected.
class CsvReader {
 public:
  /// Where a row starts, to come back to it.
  struct Position {
    std::uint64_t offset = 0;
    std::uint64_t line = 0;
  };

  /// Opens a regular file and reads its header.
  explicit CsvReader(std::string path);

  /// The column of this name; the error lists the names and the nearest of them.
  [[nodiscard]] std::size_t column(std::string_view name) const;

  /// Goes to the next row; false after the last.
  bool next();
  /// Makes `position` the next row to be read.
  void seek(Position position);
  /// Where the current row starts.
  [[nodiscard]] Position position() const { return row_; }

  /// A cell of the current row, valid until the next one is read.
  [[nodiscard]] std::string_view cell(std::size_t column) const;
  /// A cell that must not be empty.
  [[nodiscard]] std::string_view text(std::size_t column) const;
  /// A finite decimal number in [low, high]. It becomes the double next to it.
  [[nodiscard]] double number(std::size_t column, double low, double high) const;
  /// A whole number in [low, high]; `4.0` is one.
  [[nodiscard]] std::int64_t whole(std::size_t column, std::int64_t low, std::int64_t high) const;
  /// Seconds of at least zero, exact to the nanosecond; finer digits are dropped.
  [[nodiscard]] sim::SimDuration seconds(std::size_t column) const;

  /// Throws: `file:line: column 'name': found ..., expected ...`.
  [[noreturn]] void fail(std::size_t column, std::string_view expected) const;
  /// Throws: `file:line: text`.
  [[noreturn]] void fail(const std::string& text) const;

 private:
  static constexpr int kEnd = -1;
  int peek() { return used_ != filled_ ? static_cast<unsigned char>(buffer_[used_]) : refill(); }
  int refill();
  int take();
  bool read_row();
  void read_quoted();
  void read_plain();
  void append(int byte);

  std::string path_;
  std::ifstream file_;
  std::vector<char> buffer_;
  std::size_t used_ = 0;    // of buffer_
  std::size_t filled_ = 0;  // of buffer_
  Position next_;           // of the next byte
  Position row_;
  std::vector<std::string> header_;
  std::string row_text_;           // the cells of the current row, one after the other
  std::vector<std::size_t> ends_;  // where each cell ends in row_text_
};

}  // namespace assay::protocol
