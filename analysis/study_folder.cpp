#include "analysis/study_folder.hpp"

#include <fmt/format.h>

#include <vector>

#include "analysis/result_folder.hpp"
#include "protocol/scenario/scenario.hpp"

namespace assay::analysis {
namespace {

namespace fs = std::filesystem;

/// Everything that sweeps, attack tables and searches leave beside their store.
std::vector<std::string> study_files() {
  std::vector<std::string> names = {"report.html", "points.json", "sweep.csv", "sweep.json",
                                    "attack.json", "tune.json",   "tuned.yaml"};
  for (const auto& member : protocol::members<protocol::Strategy>()) {
    names.push_back(fmt::format("attack-{}.yaml", member.kind));
  }
  return names;
}

}  // namespace

void replace_study(const fs::path& folder, const std::map<std::string, std::string>& files) {
  for (const std::string& name : study_files()) {
    std::error_code error;
    if (!files.contains(name)) fs::remove(folder / name, error);
    if (error) throw ResultError(fmt::format("{}: {}", (folder / name).string(), error.message()));
  }
  for (const auto& [name, text] : files) replace_file(folder / name, text);
}

}  // namespace assay::analysis
