#include "protocol/data/csv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "protocol/scenario/error.hpp"
#include "protocol/scenario/nearest.hpp"

namespace assay::protocol {
namespace {

constexpr std::size_t kLongestRow = 64 * 1024;
constexpr std::size_t kBuffer = 64 * 1024;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// `from_chars` also takes "inf" and "nan": a number starts with a digit, after a sign or point.
std::optional<double> as_number(std::string_view text) {
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  const std::size_t digit = text.substr(sign).starts_with('.') ? sign + 1 : sign;
  if (digit >= text.size() || !is_digit(text[digit])) return std::nullopt;
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Seconds written as plain decimals, in nanoseconds; none where they are written otherwise or do
/// not fit.
std::optional<std::int64_t> as_nanoseconds(std::string_view text) {
  std::int64_t seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, seconds);
  if (error != std::errc{} || seconds < 0 || !is_digit(text.front())) return std::nullopt;
  std::int64_t nanoseconds = 0;
  if (__builtin_mul_overflow(seconds, std::int64_t{1'000'000'000}, &nanoseconds)) {
    return std::nullopt;
  }
  if (stop == end) return nanoseconds;
  if (*stop != '.') return std::nullopt;
  std::int64_t unit = 100'000'000;
  for (const char* at = stop + 1; at != end; ++at) {
    if (!is_digit(*at)) return std::nullopt;
    if (__builtin_add_overflow(nanoseconds, (*at - '0') * unit, &nanoseconds)) return std::nullopt;
    unit /= 10;
  }
  return nanoseconds;
}

}  // namespace

CsvReader::CsvReader(std::string path) : path_(std::move(path)), buffer_(kBuffer) {
  // A directory opens like a file, and a pipe cannot be read twice.
  std::error_code error;
  if (!std::filesystem::is_regular_file(path_, error)) {
    throw ConfigError(Complaint{path_, 0, 0, "found no such file, expected a CSV file"});
  }
  file_.open(path_, std::ios::binary);
  if (!file_) throw ConfigError(Complaint{path_, 0, 0, "the file cannot be opened"});
  next_.line = 1;
  if (peek() == 0xEF) {
    take();
    if (take() != 0xBB || take() != 0xBF) fail("found a broken byte order mark, expected text");
  }
  if (!read_row()) {
    throw ConfigError(Complaint{path_, 0, 0, "the file is empty, expected a header line"});
  }
  for (std::size_t i = 0; i < ends_.size(); ++i) header_.emplace_back(cell(i));
}

std::size_t CsvReader::column(std::string_view name) const {
  std::optional<std::size_t> found;
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (header_[i] != name) continue;
    if (found) fail(fmt::format("found two columns '{}', expected one", shown(name)));
    found = i;
  }
  if (found) return *found;
  const auto first = static_cast<std::ptrdiff_t>(std::min<std::size_t>(header_.size(), 20));
  const std::vector<std::string> names(header_.begin(), header_.begin() + first);
  throw ConfigError(Complaint{path_, 1, 0,
                              fmt::format("found no column '{}', expected {}{}", shown(name),
                                          shown(either(names)), did_you_mean(name, header_))});
}

bool CsvReader::next() {
  if (!read_row()) return false;
  if (ends_.size() != header_.size()) {
    fail(fmt::format("found {} cells, expected {} as in the header", ends_.size(), header_.size()));
  }
  return true;
}

void CsvReader::seek(Position position) {
  file_.clear();
  file_.seekg(static_cast<std::streamoff>(position.offset));
  used_ = filled_ = 0;
  next_ = position;
}

std::string_view CsvReader::cell(std::size_t column) const {
  const std::size_t begin = column == 0 ? 0 : ends_[column - 1];
  return std::string_view(row_text_).substr(begin, ends_[column] - begin);
}

std::string_view CsvReader::text(std::size_t column) const {
  if (cell(column).empty()) fail(column, "a text");
  return cell(column);
}

double CsvReader::number(std::size_t column, double low, double high) const {
  const std::optional<double> value = as_number(cell(column));
  if (!value || !(*value >= low && *value <= high)) {
    fail(column, fmt::format("a number from {:g} to {:g}", low, high));
  }
  return *value;
}

std::int64_t CsvReader::whole(std::size_t column, std::int64_t low, std::int64_t high) const {
  const std::optional<double> value = as_number(cell(column));
  if (!value || *value != std::floor(*value) || *value < static_cast<double>(low) ||
      *value > static_cast<double>(high)) {
    fail(column, fmt::format("a whole number from {} to {}", low, high));
  }
  return static_cast<std::int64_t>(*value);
}

sim::SimDuration CsvReader::seconds(std::size_t column) const {
  if (const auto exact = as_nanoseconds(cell(column))) return sim::SimDuration{*exact};
  const std::optional<double> value = as_number(cell(column));  // `1.5e3`
  constexpr double kLongest = 9.2e9;
  if (!value || !(*value >= 0.0 && *value <= kLongest)) {
    fail(column, fmt::format("seconds from 0 to {:g}", kLongest));
  }
  return sim::SimDuration{static_cast<std::int64_t>(*value * 1e9)};
}

void CsvReader::fail(std::size_t column, std::string_view expected) const {
  fail(fmt::format("column '{}': found '{}', expected {}", shown(header_[column]),
                   shown(cell(column)), expected));
}

void CsvReader::fail(const std::string& text) const {
  const auto line = std::min<std::uint64_t>(row_.line, std::numeric_limits<int>::max());
  throw ConfigError(Complaint{path_, static_cast<int>(line), 0, text});
}

int CsvReader::refill() {
  file_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  used_ = 0;
  filled_ = static_cast<std::size_t>(file_.gcount());
  if (file_.bad()) fail("the file cannot be read");
  return filled_ == 0 ? kEnd : static_cast<unsigned char>(buffer_[0]);
}

int CsvReader::take() {
  const int byte = peek();
  if (byte == kEnd) return kEnd;
  ++used_;
  ++next_.offset;
  if (byte == '\n') ++next_.line;
  return byte;
}

void CsvReader::append(int byte) {
  if (byte == 0) fail("found a zero byte, expected text");
  if (row_text_.size() == kLongestRow) {
    fail(fmt::format("found a row over {} bytes, expected a shorter one", kLongestRow));
  }
  row_text_.push_back(static_cast<char>(byte));
}

bool CsvReader::read_row() {
  row_text_.clear();
  ends_.clear();
  do {
    row_ = next_;
    if (peek() == '\r') {
      take();
      if (peek() != '\n') fail("found a carriage return alone, expected a line feed after it");
    }
    if (peek() != '\n') break;
    take();
  } while (true);
  if (peek() == kEnd) return false;
  while (true) {
    if (peek() == '"') {
      read_quoted();
    } else {
      read_plain();
    }
    ends_.push_back(row_text_.size());
    if (ends_.size() > kLongestRow) fail("found too many cells");
    int after = take();
    if (after == ',') continue;
    if (after == '\r') after = take();
    if (after == '\n' || after == kEnd) return true;
    fail(fmt::format("cell {}: found text after it, expected a comma or the end of the line",
                     ends_.size()));
  }
}

void CsvReader::read_quoted() {
  take();
  while (true) {
    const int byte = take();
    if (byte == kEnd) fail("found the end of the file in a quoted cell, expected a quote");
    if (byte == '"') {
      if (peek() != '"') return;
      take();
    }
    append(byte);
  }
}

void CsvReader::read_plain() {
  for (int byte = peek(); byte != ',' && byte != '\n' && byte != '\r' && byte != kEnd;
       byte = peek()) {
    if (byte == '"') {
      fail(fmt::format("cell {}: found a quote inside, expected the whole cell in quotes",
                       ends_.size() + 1));
    }
    append(byte);
    take();
  }
}

}  // namespace assay::protocol
