#include "analysis/campaign/sql.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>

namespace assay::analysis {
namespace {

/// How long a process waits for another one's writing.
constexpr int kPatienceMs = 60'000;

/// What went wrong, and what it means for somebody with a campaign.
std::string reason(sqlite3* handle) {
  const int code = sqlite3_errcode(handle);
  const int cause = sqlite3_system_errno(handle);
  const bool no_space =
      code == SQLITE_FULL || (code == SQLITE_IOERR && (cause == ENOSPC || cause == EDQUOT));
  if (no_space) return "the disk is full; what is finished is kept";
  switch (code) {
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return "cannot be written; what is finished is kept";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return "is no store of a campaign, or a damaged one";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process has kept it locked for a minute";
    default:
      return sqlite3_errmsg(handle);
  }
}

/// Reading needs a file beside the store, unless nobody can be writing: then SQLite is told so.
std::string unchanging(const std::string& name) {
  std::string uri = "file:";
  for (const char c : name) {
    const bool plain = c != '%' && c != '?' && c != '#';
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri + "?immutable=1";
}

}  // namespace

Database::Database(const std::filesystem::path& file, Access access) : name_(file.string()) {
  const int flags = access == Access::ReadOnly ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
                                               : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const bool writable = ::access(file.parent_path().c_str(), W_OK) == 0;
  const std::string opened = access == Access::ReadOnly && !writable ? unchanging(name_) : name_;
  const int code = sqlite3_open_v2(opened.c_str(), &handle_, flags, nullptr);
  if (code != SQLITE_OK) {
    const std::string why = handle_ != nullptr ? reason(handle_) : "no memory";
    sqlite3_close(handle_);
    throw StoreError(fmt::format("{}: {}", name_, why));
  }
  sqlite3_busy_timeout(handle_, kPatienceMs);
}

Database::~Database() { sqlite3_close(handle_); }

void Database::fail() { throw StoreError(fmt::format("{}: {}", name_, reason(handle_))); }

void Database::run(const char* sql) {
  if (sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

bool Database::try_run(const char* sql) {
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  if (code == SQLITE_BUSY) return false;
  if (code != SQLITE_OK) fail();
  return true;
}

std::int64_t Database::last_row() const { return sqlite3_last_insert_rowid(handle_); }

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
  if (sqlite3_prepare_v2(database_.handle(), sql.data(), static_cast<int>(sql.size()), &handle_,
                         nullptr) != SQLITE_OK) {
    database_.fail();
  }
}

Statement::~Statement() { sqlite3_finalize(handle_); }

bool Statement::step() {
  const int code = sqlite3_step(handle_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_.fail();
  return false;
}

void Statement::run() {
  while (step()) {
  }
  reset();
}

void Statement::reset() { sqlite3_reset(handle_); }

bool Statement::null(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}
std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }
double Statement::real(int column) const { return sqlite3_column_double(handle_, column); }
std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

void Statement::bind_one(int at, std::int64_t value) {
  if (sqlite3_bind_int64(handle_, at, value) != SQLITE_OK) database_.fail();
}
void Statement::bind_one(int at, double value) {
  if (sqlite3_bind_double(handle_, at, value) != SQLITE_OK) database_.fail();
}
void Statement::bind_one(int at, std::string_view value) {
  if (sqlite3_bind_text(handle_, at, value.data(), static_cast<int>(value.size()),
                        SQLITE_TRANSIENT) != SQLITE_OK) {
    database_.fail();
  }
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.run("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  // A transaction that SQLite has already undone, on a full disk, refuses: nothing is left to do.
  if (open_) sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  database_.run("COMMIT");
  open_ = false;
}

}  // namespace assay::analysis
