#include "analysis/campaign/store.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>
#include <thread>

#include "protocol/scenario/error.hpp"
#include "sim/check.hpp"
#include "sim/digest.hpp"

namespace assay::analysis {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

constexpr int kFormat = 1;
/// A process on another machine that has been silent for so long is taken for dead.
constexpr std::int64_t kSilenceS = 60;

// A run has one row in `runs` and its metrics in `samples`. `workers` says who claims.
constexpr const char* kTables = R"(
CREATE TABLE IF NOT EXISTS points (
  point INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, label TEXT NOT NULL, ordinal INTEGER NOT NULL,
  coordinates TEXT NOT NULL, version TEXT NOT NULL, effective_yaml TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS workers (
  worker INTEGER PRIMARY KEY, machine TEXT NOT NULL, pid INTEGER NOT NULL, started TEXT NOT NULL,
  heartbeat INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS metrics (
  metric INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, title TEXT NOT NULL, unit TEXT NOT NULL,
  meaning TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS runs (
  run INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, point INTEGER NOT NULL REFERENCES points,
  seed INTEGER NOT NULL, replication INTEGER NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('claimed', 'done', 'failed')),
  worker INTEGER REFERENCES workers, digest TEXT, events INTEGER, wall_s REAL, error TEXT,
  command TEXT, UNIQUE (point, seed, replication));
CREATE TABLE IF NOT EXISTS samples (
  run INTEGER NOT NULL REFERENCES runs, metric INTEGER NOT NULL REFERENCES metrics,
  value REAL, PRIMARY KEY (run, metric)) WITHOUT ROWID;
)";

std::int64_t now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

/// Processes that can see each other's numbers: one start of one machine, one space of process ids.
std::string this_machine() {
  std::error_code ignored;
  return fmt::format("{} {}", first_line("/proc/sys/kernel/random/boot_id"),
                     fs::read_symlink("/proc/self/ns/pid", ignored).string());
}

/// When a process began, in the kernel's ticks; a later process with its number began at another
/// time. Empty where there is no such process.
std::string start_of(std::int64_t pid) {
  const std::string stat = first_line(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream rest(stat.substr(name_end + 1));
  std::string word;
  for (int field = 3; field <= 22; ++field) rest >> word;
  return word;
}

std::string coordinates_json(const std::vector<Coordinate>& coordinates) {
  Json all = Json::array();
  for (const Coordinate& at : coordinates) {
    all.push_back({{"key", at.key},
                   {"text", at.text},
                   {"value", at.value ? Json(*at.value) : Json(nullptr)},
                   {"unit", at.unit}});
  }
  return all.dump();
}

/// The folder of a store, which may hold nothing that the program did not make.
fs::path prepared(const fs::path& folder) {
  std::error_code error;
  const fs::path file = folder / Store::kFile;
  if (fs::exists(folder, error) && !fs::is_directory(folder, error)) {
    throw StoreError(fmt::format("{}: is a file; a campaign needs a folder", folder.string()));
  }
  if (fs::is_directory(folder, error) && !fs::exists(file, error) && !fs::is_empty(folder, error)) {
    throw StoreError(fmt::format("{}: holds something else than a campaign (no {})",
                                 folder.string(), Store::kFile));
  }
  fs::create_directories(folder, error);
  if (error) throw StoreError(fmt::format("{}: {}", folder.string(), error.message()));
  return file;
}

}  // namespace

std::string RunId::key() const {
  const std::string text = fmt::format("{} {} {}", point_key, seed, replication);
  return sim::hex(sim::sha256(std::as_bytes(std::span(text))));
}

const SampleColumn* SampleTable::find(std::string_view metric) const {
  for (const SampleColumn& column : columns) {
    if (column.metric.name == metric) return &column;
  }
  return nullptr;
}

Store::Store(const fs::path& folder) : database_(prepared(folder), Database::Access::ReadWrite) {
  set_up();
}

Store::Store() : database_(":memory:", Database::Access::ReadWrite) { set_up(); }

Store::~Store() {
  try {
    release();
    const std::lock_guard lock(mutex_);
    Statement(database_, "DELETE FROM workers WHERE worker = ?").bind(worker_).run();
  } catch (const StoreError&) {
    // The claims of a process that is gone count for nothing.
  }
}

void Store::set_up() {
  // Readers and one writer at once, and a commit that survives kill -9 without waiting for the
  // disk. Changing the mode needs the file alone, and does not wait for it by itself.
  for (int attempt = 0; !database_.try_run("PRAGMA journal_mode = WAL"); ++attempt) {
    if (attempt == 600) database_.fail();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  database_.run("PRAGMA synchronous = NORMAL");
  Transaction transaction(database_);
  {
    Statement version(database_, "PRAGMA user_version");
    version.step();
    const std::int64_t format = version.integer(0);
    if (format != 0 && format != kFormat) {
      throw StoreError(fmt::format(
          "{}: is a store of format {}, expected {}: another version of the program made it", kFile,
          format, kFormat));
    }
  }
  database_.run(kTables);
  database_.run(fmt::format("PRAGMA user_version = {}", kFormat).c_str());
  enrol();
  transaction.commit();
}

void Store::enrol() {
  const std::int64_t pid = ::getpid();
  Statement(database_, "INSERT INTO workers (machine, pid, started, heartbeat) VALUES (?, ?, ?, ?)")
      .bind(this_machine(), pid, start_of(pid), now_s())
      .run();
  worker_ = database_.last_row();
}

bool Store::is_alive(std::int64_t worker) {
  Statement row(database_, "SELECT machine, pid, started, heartbeat FROM workers WHERE worker = ?");
  row.bind(worker);
  if (!row.step()) return false;
  if (row.text(0) == this_machine()) return start_of(row.integer(1)) == row.text(2);
  return now_s() - row.integer(3) < kSilenceS;
}

fs::path Store::file_in(const fs::path& folder) {
  fs::path file = folder / kFile;
  std::error_code error;
  if (!fs::is_regular_file(file, error)) {
    throw protocol::ConfigError(protocol::Complaint{
        folder.string(), 0, 0, fmt::format("found no campaign here (no {})", kFile)});
  }
  return file;
}

std::vector<std::int64_t> Store::put_points(std::span<const PointRow> points) {
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  Statement row(database_,
                "INSERT INTO points (key, label, ordinal, coordinates, version, effective_yaml) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET label = "
                "excluded.label, ordinal = excluded.ordinal, coordinates = excluded.coordinates "
                "RETURNING point");
  std::vector<std::int64_t> numbers;
  for (const PointRow& point : points) {
    row.bind(point.key, point.label, point.ordinal, coordinates_json(point.coordinates),
             point.version, point.effective_yaml);
    row.step();
    numbers.push_back(row.integer(0));
    row.run();
  }
  transaction.commit();
  return numbers;
}

void Store::describe_point(std::int64_t point, const std::string& effective_yaml) {
  const std::lock_guard lock(mutex_);
  Statement(database_,
            "UPDATE points SET effective_yaml = ? WHERE point = ? AND effective_yaml = ''")
      .bind(effective_yaml, point)
      .run();
}

std::optional<std::int64_t> Store::find_point(const std::string& key) {
  const std::lock_guard lock(mutex_);
  Statement row(database_, "SELECT point FROM points WHERE key = ?");
  row.bind(key);
  if (!row.step()) return std::nullopt;
  return row.integer(0);
}

Store::Claim Store::claim(const RunId& run, bool retry_failed) {
  const std::lock_guard lock(mutex_);
  const std::string key = run.key();
  const auto seen = [&]() -> std::optional<Claim> {
    Statement row(database_, "SELECT status, worker FROM runs WHERE key = ?");
    row.bind(key);
    if (!row.step()) return std::nullopt;
    const std::string status = row.text(0);
    if (status == "done") return Claim::Done;
    if (status == "failed") return retry_failed ? Claim::Mine : Claim::Failed;
    return is_alive(row.integer(1)) ? Claim::Elsewhere : Claim::Mine;
  };
  // Most of an extended campaign is there already: looking needs no lock.
  if (const auto known = seen(); known && *known != Claim::Mine) return *known;
  Transaction transaction(database_);
  if (const auto known = seen(); known && *known != Claim::Mine) return *known;
  Statement(database_,
            "INSERT INTO runs (key, point, seed, replication, status, worker) VALUES (?, ?, ?, ?, "
            "'claimed', ?) ON CONFLICT (key) DO UPDATE SET status = 'claimed', worker = "
            "excluded.worker, wall_s = NULL, error = NULL, command = NULL")
      .bind(key, run.point, run.seed, run.replication, worker_)
      .run();
  transaction.commit();
  return Claim::Mine;
}

void Store::finish(const RunId& run, const RunResult& result) {
  const std::lock_guard lock(mutex_);
  Transaction transaction(database_);
  std::int64_t number = 0;
  {
    Statement row(database_,
                  "UPDATE runs SET status = 'done', worker = NULL, digest = ?, events = ?, wall_s "
                  "= ? WHERE key = ? RETURNING run");
    row.bind(result.digest, result.events, result.wall_s, run.key());
    SIM_CHECK(row.step());
    number = row.integer(0);
    row.run();
  }
  // A run whose claim was taken over may end twice, with the same numbers.
  Statement name(database_,
                 "INSERT OR IGNORE INTO metrics (name, title, unit, meaning) VALUES (?, ?, ?, ?)");
  Statement value(database_,
                  "INSERT OR REPLACE INTO samples (run, metric, value) VALUES (?, (SELECT metric "
                  "FROM metrics WHERE name = ?), ?)");
  for (const Metric& metric : result.metrics) {
    name.bind(metric.name, metric.title, metric.unit, metric.meaning).run();
    value.bind(number, metric.name, metric.value).run();
  }
  transaction.commit();
}

void Store::fail(const RunId& run, double wall_s, const std::string& error,
                 const std::string& command) {
  const std::lock_guard lock(mutex_);
  Statement(database_,
            "UPDATE runs SET status = 'failed', worker = NULL, wall_s = ?, error = ?, command = ? "
            "WHERE key = ?")
      .bind(wall_s, error, command, run.key())
      .run();
}

void Store::release() {
  const std::lock_guard lock(mutex_);
  Statement(database_, "DELETE FROM runs WHERE status = 'claimed' AND worker = ?")
      .bind(worker_)
      .run();
}

void Store::beat() {
  const std::lock_guard lock(mutex_);
  Statement(database_, "UPDATE workers SET heartbeat = ? WHERE worker = ?")
      .bind(now_s(), worker_)
      .run();
}

std::int64_t Store::absorb(const fs::path& folder) {
  const fs::path file = file_in(folder);
  const std::lock_guard lock(mutex_);
  Statement(database_, "ATTACH ? AS other").bind(file.string()).run();
  const auto number = [this](const char* sql) {
    Statement row(database_, sql);
    row.step();
    return row.integer(0);
  };
  std::int64_t fresh = 0;
  try {
    if (number("PRAGMA other.user_version") != kFormat) {
      throw StoreError(fmt::format("{}: is no store of format {}", file.string(), kFormat));
    }
    Transaction transaction(database_);
    const std::int64_t contradictions = number(
        "SELECT count(*) FROM other.runs o JOIN main.runs m USING (key) WHERE o.status = 'done' "
        "AND m.status = 'done' AND o.digest <> m.digest");
    if (contradictions > 0) {
      throw StoreError(fmt::format("{}: {} runs have another digest here than in the stores before",
                                   folder.string(), contradictions));
    }
    const char* done = "SELECT count(*) FROM main.runs WHERE status <> 'claimed'";
    const std::int64_t before = number(done);
    database_.run(R"(
INSERT INTO main.points (key, label, ordinal, coordinates, version, effective_yaml)
  SELECT key, label, ordinal, coordinates, version, effective_yaml FROM other.points
  WHERE true ORDER BY point
  ON CONFLICT (key) DO UPDATE SET effective_yaml = excluded.effective_yaml
    WHERE main.points.effective_yaml = '';
INSERT OR IGNORE INTO main.metrics (name, title, unit, meaning)
  SELECT name, title, unit, meaning FROM other.metrics ORDER BY metric;
INSERT INTO main.runs
    (key, point, seed, replication, status, digest, events, wall_s, error, command)
  SELECT o.key, p.point, o.seed, o.replication, o.status, o.digest, o.events, o.wall_s, o.error,
    o.command
  FROM other.runs o JOIN other.points op USING (point) JOIN main.points p ON p.key = op.key
  WHERE o.status <> 'claimed' ORDER BY o.run
  ON CONFLICT (key) DO UPDATE SET status = excluded.status, worker = NULL,
    digest = excluded.digest, events = excluded.events, wall_s = excluded.wall_s,
    error = excluded.error, command = excluded.command
    WHERE main.runs.status <> 'done' AND excluded.status = 'done';
INSERT OR IGNORE INTO main.samples (run, metric, value)
  SELECT m.run, mm.metric, s.value
  FROM other.samples s JOIN other.runs o USING (run) JOIN main.runs m ON m.key = o.key
    JOIN other.metrics om ON om.metric = s.metric JOIN main.metrics mm ON mm.name = om.name
  WHERE o.status = 'done';
)");
    fresh = number(done) - before;
    transaction.commit();
  } catch (...) {
    (void)database_.try_run("DETACH other");
    throw;
  }
  database_.run("DETACH other");
  return fresh;
}

Store::Counts Store::counts(std::int64_t point, std::uint64_t seed, int begin, int end) {
  const std::lock_guard lock(mutex_);
  Statement row(database_,
                "SELECT count(*) FILTER (WHERE status = 'done'), count(*) FILTER (WHERE status = "
                "'failed'), coalesce(sum(wall_s) FILTER (WHERE status = 'done'), 0) FROM runs "
                "WHERE point = ? AND seed = ? AND replication >= ? AND replication < ?");
  row.bind(point, seed, begin, end);
  row.step();
  return {row.integer(0), row.integer(1), row.real(2)};
}

SampleTable Store::samples(std::int64_t point, std::uint64_t seed, int end) {
  const std::lock_guard lock(mutex_);
  SampleTable table;
  Statement runs(database_,
                 "SELECT run, replication, status FROM runs WHERE point = ? AND seed = ? AND "
                 "replication < ? ORDER BY replication");
  runs.bind(point, seed, end);
  while (runs.step()) {
    if (runs.text(2) == "failed") ++table.failed;
    if (runs.text(2) != "done") continue;
    Statement values(database_,
                     "SELECT name, title, unit, meaning, value FROM samples JOIN metrics USING "
                     "(metric) WHERE run = ? ORDER BY metric");
    values.bind(runs.integer(0));
    for (std::size_t i = 0; values.step(); ++i) {
      if (table.replications.empty()) {
        table.columns.push_back(
            {{values.text(0), values.text(1), values.text(2), values.text(3), 0.0}, {}});
      }
      // A value that is not a number has no place in SQLite but NULL.
      SIM_CHECK(i < table.columns.size());
      table.columns[i].values.push_back(values.null(4) ? std::numeric_limits<double>::quiet_NaN()
                                                       : values.real(4));
    }
    table.replications.push_back(static_cast<int>(runs.integer(1)));
  }
  for (const SampleColumn& column : table.columns) {
    SIM_CHECK(column.values.size() == table.replications.size());
  }
  return table;
}

std::vector<FailedRun> Store::failures(std::int64_t point, std::uint64_t seed, int end) {
  const std::lock_guard lock(mutex_);
  std::vector<FailedRun> all;
  Statement row(database_,
                "SELECT label, seed, replication, error, command FROM runs JOIN points USING "
                "(point) WHERE status = 'failed' AND point = ? AND seed = ? AND replication < ? "
                "ORDER BY replication");
  row.bind(point, seed, end);
  while (row.step()) {
    all.push_back({row.text(0), static_cast<std::uint64_t>(row.integer(1)),
                   static_cast<int>(row.integer(2)), row.text(3), row.text(4)});
  }
  return all;
}

}  // namespace assay::analysis
