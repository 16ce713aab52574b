#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "protocol/rules.hpp"

namespace assay::analysis {

/// One run of a result folder, ready to be repeated.
struct RecordedRun {
  std::shared_ptr<const protocol::Rules> rules;  ///< of the twin, if it was asked for
  std::uint64_t seed = 0;                        ///< of the replication
  std::string digest;                            ///< that the run had
  std::string version;                           ///< of the program that made it
  std::string scenario;                          ///< its name
  std::filesystem::path tape;  ///< what workers said in it; empty: none were asked
};

/// Reads `run.json` and `effective.yaml` of a result folder. Throws ConfigError where the folder
/// holds no result, or no such replication or twin; ResultError, naming the files, where a file
/// that the run read has changed since.
[[nodiscard]] RecordedRun open_recorded_run(const std::filesystem::path& folder, int replication,
                                            bool twin);

/// Throws ResultError where a repeated run's digest is not the recorded one.
void check_repeated(const RecordedRun& run, const std::string& digest);

}  // namespace assay::analysis
