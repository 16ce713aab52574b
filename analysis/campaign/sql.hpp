#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

/// As much of SQLite as the store needs, with errors that people can read.
namespace assay::analysis {

/// A store cannot be read or written; its text is for people.
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// An open database file.
class Database {
 public:
  enum class Access { ReadWrite, ReadOnly };
  /// Opens a file, or makes it where it may be written; `:memory:` is gone with the process. Throws
  /// StoreError.
  Database(const std::filesystem::path& file, Access access);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// Runs statements that return nothing.
  void run(const char* sql);
  /// The same without an error where another process holds a lock; false then.
  [[nodiscard]] bool try_run(const char* sql);
  [[nodiscard]] std::int64_t last_row() const;
  /// Throws the last error as a StoreError that names the file.
  [[noreturn]] void fail();
  [[nodiscard]] sqlite3* handle() { return handle_; }

 private:
  sqlite3* handle_ = nullptr;
  std::string name_;
};

/// A prepared statement. Columns and parameters count from zero and from one, as in SQLite.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  /// Gives the parameters their values, in order.
  template <class... Values>
  Statement& bind(const Values&... values) {
    int at = 0;
    (bind_one(++at, values), ...);
    return *this;
  }
  /// Whether there is one more row.
  bool step();
  /// Runs to the end, and makes ready for other values.
  void run();
  /// Makes ready for other values.
  void reset();

  [[nodiscard]] bool null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string text(int column) const;

 private:
  void bind_one(int at, std::int64_t value);
  void bind_one(int at, int value) { bind_one(at, std::int64_t{value}); }
  void bind_one(int at, std::uint64_t value) { bind_one(at, static_cast<std::int64_t>(value)); }
  void bind_one(int at, double value);
  void bind_one(int at, std::string_view value);
  void bind_one(int at, const std::string& value) { bind_one(at, std::string_view(value)); }
  void bind_one(int at, const char* value) { bind_one(at, std::string_view(value)); }

  Database& database_;
  sqlite3_stmt* handle_ = nullptr;
};

/// All or nothing: what was not committed is undone. Begins by locking out other writers.
class Transaction {
 public:
  explicit Transaction(Database& database);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace assay::analysis
