#include "analysis/build_info.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <system_error>

#include "commit.hpp"  // generated in every build: ASSAY_COMMIT
#include "sim/digest.hpp"

namespace assay::analysis {

namespace {

namespace fs = std::filesystem;

/// `share/assay` beside the running program, if it is an installed one.
std::optional<fs::path> installed_data() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return std::nullopt;
  fs::path folder = (program.parent_path() / ASSAY_DATA_FROM_PROGRAM).lexically_normal();
  if (!fs::is_directory(folder / "scenarios", error)) return std::nullopt;
  return folder;
}

}  // namespace

BuildInfo build_info() {
  return {.version = ASSAY_VERSION,
          .commit = ASSAY_COMMIT,
          .compiler = ASSAY_COMPILER,
          .build_type = ASSAY_BUILD_TYPE};
}

std::string version_line() {
  const BuildInfo info = build_info();
  return fmt::format("assay {} ({}, {}, {})", info.version, info.commit, info.compiler,
                     info.build_type);
}

const std::string& program_identity() {
  static const std::string identity = [] {
    const BuildInfo info = build_info();
    const bool known = info.commit != "unknown" && !info.commit.ends_with("-dirty");
    const std::string program = known ? "" : sim::hex(sim::sha256_file("/proc/self/exe"));
    return fmt::format("{} {}{}{}", info.version, info.commit, known ? "" : " ", program);
  }();
  return identity;
}

fs::path data_folder() { return installed_data().value_or(fs::path(ASSAY_SOURCE_DIR)); }

std::optional<fs::path> vega_bundle() {
  if (const char* named = std::getenv("ASSAY_VEGA_BUNDLE"); named != nullptr && *named != '\0') {
    return fs::path(named);
  }
  std::error_code error;
  if (const auto data = installed_data()) {
    fs::path installed = *data / "vega-embed-bundle.js";
    if (fs::is_regular_file(installed, error)) return installed;
  }
  fs::path fetched = ASSAY_VEGA_BUNDLE_FETCHED;
  if (fs::is_regular_file(fetched, error)) return fetched;
  return std::nullopt;
}

}  // namespace assay::analysis
