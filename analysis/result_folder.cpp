#include "analysis/result_folder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "sim/check.hpp"

namespace assay::analysis {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 2> kMarks = {"run.json", "compare.json"};
/// Everything that a result may hold.
constexpr std::array<std::string_view, 9> kFiles = {
    "run.json",    "compare.json",   "effective.yaml", "summary.json", "series.csv",
    "report.json", "principals.csv", "report.html",    "tape.jsonl"};

bool is_result_file(std::string_view name) {
  return std::find(kFiles.begin(), kFiles.end(), name) != kFiles.end();
}

}  // namespace

void check_replaceable(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder, error)) return;
  if (!fs::is_directory(folder, error)) {
    throw ResultError(fmt::format("{}: is a file; a result needs a folder", folder.string()));
  }
  if (fs::exists(folder / "campaign.sqlite", error)) {
    throw ResultError(fmt::format(
        "{}: holds the runs of a campaign (campaign.sqlite); it is not replaced", folder.string()));
  }
  bool result = false;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    result = result || std::find(kMarks.begin(), kMarks.end(), name) != kMarks.end();
    if (entry.is_regular_file(error) && is_result_file(name)) continue;
    throw ResultError(fmt::format("{}: holds {}, which is no part of a result; it is not replaced",
                                  folder.string(), name));
  }
  if (error) throw ResultError(fmt::format("{}: {}", folder.string(), error.message()));
  if (result || fs::is_empty(folder, error)) return;
  throw ResultError(
      fmt::format("{}: holds something else than a result (none of {}); it is not "
                  "replaced",
                  folder.string(), fmt::join(kMarks, ", ")));
}

fs::path ResultFolder::file(std::string_view name) const {
  SIM_CHECK(is_result_file(name));
  return aside_ / name;
}

void OutputFile::close() {
  out_.close();
  if (!out_) throw ResultError(fmt::format("{}: cannot be written", path_.string()));
}

void write_file(const fs::path& path, std::string_view text) {
  OutputFile out(path);
  out.text(text);
  out.close();
}

void replace_file(const fs::path& path, std::string_view text) {
  fs::path aside = path;
  aside += fmt::format(".{}", ::getpid());
  std::error_code error;
  try {
    write_file(aside, text);
  } catch (...) {
    fs::remove(aside, error);
    throw;
  }
  fs::rename(aside, path, error);
  if (error) throw ResultError(fmt::format("{}: {}", path.string(), error.message()));
}

ResultFolder::ResultFolder(const fs::path& target) {
  check_replaceable(target);
  try {
    target_ = fs::absolute(target).lexically_normal();
    if (!target_.has_filename()) target_ = target_.parent_path();
    aside_ = target_.parent_path() / fmt::format(".{}.{}", target_.filename().string(), ::getpid());
    fs::create_directories(aside_);
  } catch (const fs::filesystem_error& error) {
    throw ResultError(fmt::format("{}: {}", target.string(), error.code().message()));
  }
}

ResultFolder::~ResultFolder() {
  std::error_code ignored;
  if (!aside_.empty()) fs::remove_all(aside_, ignored);
}

void ResultFolder::finish() {
  try {
    check_replaceable(target_);
    fs::remove_all(target_);
    fs::rename(aside_, target_);
    aside_.clear();
  } catch (const fs::filesystem_error& error) {
    throw ResultError(fmt::format("{}: {}", target_.string(), error.code().message()));
  }
}

}  // namespace assay::analysis
