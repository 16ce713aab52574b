#include "protocol/settlement/replay.hpp"

#include <fmt/format.h>

#include <charconv>
#include <chrono>

#include "protocol/data/csv.hpp"
#include "protocol/scenario/error.hpp"

namespace assay::protocol {
namespace {

using Day = std::chrono::sys_days;

/// `2022-05-17`, and nothing else.
std::optional<Day> as_day(std::string_view text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto part = [&text](std::size_t begin, std::size_t length, auto& value) {
    const char* const end = text.data() + begin + length;
    const auto [stop, error] = std::from_chars(text.data() + begin, end, value);
    return error == std::errc{} && stop == end;
  };
  if (!part(0, 4, year) || !part(5, 2, month) || !part(8, 2, day)) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  if (!date.ok()) return std::nullopt;
  return Day{date};
}

std::string to_text(Day day) {
  const std::chrono::year_month_day date{day};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

[[noreturn]] void complain(const std::string& text) {
  throw ConfigError(Complaint{"", 0, 0, text});
}

}  // namespace

void Replay::Columns::describe(Fields& field) {
  field("date", date, "Column of the day, as 2022-05-17; a row for each, without gaps.");
  field("price", price, "Column of the price on that day, in any currency.");
}

void Replay::Params::describe(Fields& field) {
  terms.describe(field);
  field("file", file, "The CSV file, its rows in the order of days.", kRequired);
  field("columns", columns, "Which column of the file holds what.");
  field("from", from, "The day that the run starts with, as in the file; left out, its first.");
  field("stretch", stretch, range(1e-3, 1e3), "Factor on the time between two prices.");
}

Replay::Replay(const Params& params)
    : Token(params.terms), step_(sim::duration_up(86'400.0 * params.stretch)) {
  const std::optional<Day> from = as_day(params.from);
  if (!params.from.empty() && !from) {
    complain(fmt::format("token.from: found '{}', expected a day such as 2022-05-17",
                         shown(params.from)));
  }
  CsvReader csv(params.file.resolved);
  const std::size_t date = csv.column(params.columns.date);
  const std::size_t price = csv.column(params.columns.price);
  std::optional<Day> first;
  std::optional<Day> last;
  double base = 0.0;
  while (csv.next()) {
    const std::optional<Day> day = as_day(csv.cell(date));
    if (!day) csv.fail(date, "a day such as 2022-05-17");
    if (last && *day != *last + std::chrono::days(1)) {
      csv.fail(date, fmt::format("{}, the day after the row before",
                                 to_text(*last + std::chrono::days(1))));
    }
    const double recorded = csv.number(price, 1e-12, 1e12);
    if (!first) first = day;
    last = day;
    if (from && *day < *from) continue;
    if (prices_.empty()) base = recorded;
    prices_.push_back(
        price_near(usd_per_token(start_price()) * (recorded / base), most_usd_per_token()));
  }
  if (!first) {
    throw ConfigError(
        Complaint{params.file.resolved, 0, 0, "found no row, expected a price for each day"});
  }
  if (prices_.empty() || (from && *from < *first)) {
    complain(fmt::format("token.from: found {}, expected a day of the file, {} to {}", params.from,
                         to_text(*first), to_text(*last)));
  }
}

}  // namespace assay::protocol
