#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace assay::analysis {

/// What this program was built from and with; written into every result as its provenance.
struct BuildInfo {
  std::string_view version;   ///< Project version, e.g. `0.1.0`.
  std::string_view commit;    ///< Commit, `-dirty` with uncommitted changes; `unknown` without git.
  std::string_view compiler;  ///< Name and version, e.g. `GNU 12.2.0`.
  std::string_view build_type;  ///< `Release`, `Debug`, ...
};

[[nodiscard]] BuildInfo build_info();

/// `assay 0.1.0 (0123456789ab, GNU 12.2.0, Release)`.
[[nodiscard]] std::string version_line();

/// What decides, beside scenario and seed, what a run comes to: version and commit. With
/// uncommitted changes, or where no commit is known, also the SHA-256 of the running program.
[[nodiscard]] const std::string& program_identity();

/// The folder that holds `scenarios/`: `share/assay` of the installation that the running program
/// belongs to, wherever it was moved, else the source tree that it was built from.
[[nodiscard]] std::filesystem::path data_folder();

/// The script with Vega, Vega-Lite and Vega-Embed that a report embeds: the file that the
/// environment variable ASSAY_VEGA_BUNDLE names (whether it exists or not), else the installed one,
/// else the one that `./run` fetched for this source tree. Nothing where there is none; then
/// `kVegaBundleMissing` says what to do.
[[nodiscard]] std::optional<std::filesystem::path> vega_bundle();

inline constexpr std::string_view kVegaBundleMissing =
    "the report's charts need the Vega bundle: `./run` fetches it, or let ASSAY_VEGA_BUNDLE name "
    "the "
    "file that vl_convert.javascript_bundle() of the Python package vl-convert-python returns";

}  // namespace assay::analysis
