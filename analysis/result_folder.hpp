#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>

/// Folders that hold a whole result or nothing.
namespace assay::analysis {

/// A result folder cannot be written; its text is for people.
class ResultError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Refuses, with a ResultError, a folder that is not an earlier result: one that holds neither
/// run.json nor compare.json, anything that no result writes, or the runs of a campaign, which took
/// long to compute.
void check_replaceable(const std::filesystem::path& folder);

/// A file that is complete or an error.
class OutputFile {
 public:
  explicit OutputFile(const std::filesystem::path& path)
      : path_(path), out_(path, std::ios::binary) {}
  void text(std::string_view text) {
    out_.write(text.data(), static_cast<std::streamsize>(text.size()));
  }
  /// Throws ResultError where not everything was written.
  void close();

 private:
  std::filesystem::path path_;
  std::ofstream out_;
};
void write_file(const std::filesystem::path& path, std::string_view text);
/// Writes a file beside its target and renames it: a reader sees the old one or the new one.
void replace_file(const std::filesystem::path& path, std::string_view text);

/// Collects the files of a result in a folder beside the target; `finish` puts it in the target's
/// place, and without it nothing is left. Every failure is a ResultError.
class ResultFolder {
 public:
  explicit ResultFolder(const std::filesystem::path& target);
  ResultFolder(const ResultFolder&) = delete;
  ResultFolder& operator=(const ResultFolder&) = delete;
  ~ResultFolder();

  /// Where a file of the result is to be written.
  [[nodiscard]] std::filesystem::path file(std::string_view name) const;
  void write(std::string_view name, std::string_view text) { write_file(file(name), text); }
  /// Replaces an earlier result at the target.
  void finish();

 private:
  std::filesystem::path target_;
  std::filesystem::path aside_;
};

}  // namespace assay::analysis
