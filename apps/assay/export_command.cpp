#include <fmt/format.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include "analysis/campaign/export.hpp"
#include "analysis/result_folder.hpp"
#include "analysis/shell.hpp"
#include "apps/assay/commands.hpp"
#include "protocol/scenario/error.hpp"

namespace assay::apps {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(std::string text) {
  throw protocol::ConfigError(protocol::Complaint{"", 0, 0, std::move(text)});
}

/// The program that writes Parquet lies beside this one where Arrow was found when it was built.
fs::path parquet_writer() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error).parent_path() / "assay-parquet";
}

std::string type_name(analysis::ColumnType type) {
  switch (type) {
    case analysis::ColumnType::Integer:
      return "integer";
    case analysis::ColumnType::Real:
      return "real";
    case analysis::ColumnType::Text:
      break;
  }
  return "text";
}

analysis::ExportCount write_csv(const ExportOptions& options, const fs::path& file) {
  analysis::OutputFile out(file);
  const auto count =
      analysis::export_csv(options.folder, [&out](std::string_view text) { out.text(text); });
  out.close();
  return count;
}

/// Hands the table to the writer, which gets the columns' types as arguments and CSV as input.
analysis::ExportCount write_parquet(const ExportOptions& options, const fs::path& file) {
  const fs::path writer = parquet_writer();
  std::error_code error;
  if (!fs::is_regular_file(writer, error)) {
    refuse(
        fmt::format("{}: Parquet needs Arrow, which was not found when this program was built "
                    "(no {}): install the Python package pyarrow in build/venv and build again, "
                    "or export to a .csv file",
                    options.output, writer.string()));
  }
  std::string command =
      analysis::shell_quoted(writer.string()) + " " + analysis::shell_quoted(file.string());
  for (const analysis::ExportColumn& column : analysis::export_columns(options.folder)) {
    command += " " + analysis::shell_quoted(column.name + "=" + type_name(column.type));
  }
  std::signal(SIGPIPE, SIG_IGN);  // a writer that ends early is reported by its exit code
  std::FILE* pipe = ::popen(command.c_str(), "w");
  if (pipe == nullptr) throw analysis::ResultError(writer.string() + ": cannot be started");
  analysis::ExportCount count;
  try {
    count = analysis::export_csv(options.folder, [pipe](std::string_view text) {
      std::fwrite(text.data(), 1, text.size(), pipe);
    });
  } catch (...) {
    ::pclose(pipe);
    throw;
  }
  const int status = ::pclose(pipe);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
    refuse(
        fmt::format("{}: Parquet needs Arrow, whose library {} does not find any more: install "
                    "the Python package pyarrow again, or export to a .csv file",
                    options.output, writer.string()));
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw analysis::ResultError(options.output + ": cannot be written");
  }
  return count;
}

}  // namespace

int export_runs(const ExportOptions& options) {
  const fs::path target = options.output;
  const std::string kind = target.extension().string();
  if (kind != ".csv" && kind != ".parquet") {
    refuse(fmt::format("-o: found {}, expected a file that ends in .csv or .parquet",
                       protocol::shown(options.output)));
  }
  std::error_code there;
  if (fs::is_directory(target, there)) {
    refuse(
        fmt::format("-o: found the folder {}, expected a file", protocol::shown(options.output)));
  }
  fs::path aside = target;
  aside += ".part";
  std::error_code error;
  analysis::ExportCount count;
  try {
    count = kind == ".csv" ? write_csv(options, aside) : write_parquet(options, aside);
  } catch (...) {
    fs::remove(aside, error);
    throw;
  }
  fs::rename(aside, target, error);
  if (error) throw analysis::ResultError(options.output + ": " + error.message());
  fmt::print("{}: {} rows, {} runs\n", options.output, count.rows, count.runs);
  if (count.other_versions > 0) {
    fmt::print(stderr, "assay: left out {} points that another version of the program computed\n",
               count.other_versions);
  }
  return 0;
}

}  // namespace assay::apps
