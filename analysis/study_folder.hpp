#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace assay::analysis {

/// The files of a study by name, put beside its store, each replaced whole. What an earlier study
/// left there goes first: a folder holds what the last one said, and nothing that it took back.
/// Throws ResultError.
void replace_study(const std::filesystem::path& folder,
                   const std::map<std::string, std::string>& files);

}  // namespace assay::analysis
