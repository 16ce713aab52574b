#include "analysis/recorded_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "analysis/build_info.hpp"
#include "analysis/results.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/load.hpp"
#include "protocol/scenario/rules_from.hpp"
#include "sim/digest.hpp"

namespace assay::analysis {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& file, std::string text) {
  throw protocol::ConfigError(protocol::Complaint{file.string(), 0, 0, std::move(text)});
}

/// A recorded input that is not what it was, and how to say so.
struct Changed {
  std::string path;
  std::string text;
};

std::vector<Changed> changed_inputs(const Json& run) {
  std::vector<Changed> changed;
  for (const Json& input : run.at("inputs")) {
    const auto path = input.at("path").get<std::string>();
    try {
      if (sim::hex(sim::sha256_file(path)) == input.at("sha256").get<std::string>()) continue;
      changed.push_back({path, path + " has changed since the run"});
    } catch (const std::runtime_error&) {
      changed.push_back({path, path + " cannot be read any more"});
    }
  }
  return changed;
}

std::string all_of(const std::vector<Changed>& changed) {
  std::string text = "the run cannot be repeated:";
  for (const Changed& one : changed) text += "\n  " + one.text;
  return text;
}

/// The scenario with its defaults filled in, if all that it names is what it was. The files that
/// the original was written in may change: the effective scenario stands in for them.
protocol::LoadedScenario load_effective(const fs::path& folder, const Json& run) {
  const std::vector<Changed> changed = changed_inputs(run);
  protocol::LoadedScenario loaded;
  try {
    loaded = protocol::load_scenario(folder / "effective.yaml");
  } catch (const protocol::ConfigError&) {
    if (changed.empty()) throw;
    throw ResultError(all_of(changed));
  }
  std::vector<Changed> used;
  for (const Changed& one : changed) {
    const bool named =
        std::any_of(loaded.inputs.begin(), loaded.inputs.end(),
                    [&one](const protocol::InputFile& input) { return input.path == one.path; });
    if (named) used.push_back(one);
  }
  if (!used.empty()) throw ResultError(all_of(used));
  return loaded;
}

Json read_run(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) refuse(file, "found no such file, expected the folder of a result");
  Json run = Json::parse(in, nullptr, false);
  if (!run.is_object()) refuse(file, "found no JSON object");
  return run;
}

}  // namespace

RecordedRun open_recorded_run(const fs::path& folder, int replication, bool twin) {
  const fs::path file = folder / "run.json";
  const Json run = read_run(file);
  try {
    std::string finished;
    for (const Json& entry : run.at("runs")) {
      const int ordinal = entry.at("replication").get<int>();
      finished += fmt::format("{}{}", finished.empty() ? "" : ", ", ordinal);
      if (ordinal != replication) continue;
      const Json& digest = entry.at(twin ? "twin_digest" : "digest");
      if (digest.is_null()) refuse(file, "the run has no twin: no attacker, or `twins: false`");
      const protocol::LoadedScenario loaded = load_effective(folder, run);
      return {twin ? protocol::honest_twin(*loaded.rules) : loaded.rules,
              entry.at("seed").get<std::uint64_t>(),
              digest.get<std::string>(),
              run.at("assay").get<std::string>(),
              loaded.scenario.name,
              run.contains("execution") ? folder / kTapeName : fs::path()};
    }
    refuse(file, fmt::format("found no replication {}, expected one of {}", replication, finished));
  } catch (const Json::exception& error) {
    refuse(file, fmt::format("found no result of this program: {}", error.what()));
  }
}

void check_repeated(const RecordedRun& run, const std::string& digest) {
  if (digest == run.digest) return;
  throw ResultError(
      fmt::format("the repeated run is another one: its digest is {}, the recorded one {}.\n"
                  "  recorded by {}, repeated by {}; or effective.yaml was edited",
                  digest, run.digest, run.version, version_line()));
}

}  // namespace assay::analysis
