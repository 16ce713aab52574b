#pragma once

#include <fstream>
#include <map>
#include <string>

namespace assay::backend {

/// What tests/gpu_backend/`file` says: a name, a space and a digest on each line that is no
/// comment.
inline std::map<std::string, std::string> read_golden(const std::string& file) {
  std::map<std::string, std::string> digests;
  std::ifstream stream(ASSAY_SOURCE_DIR "/tests/gpu_backend/" + file);
  for (std::string line; std::getline(stream, line);) {
    const std::size_t split = line.rfind(' ');
    if (line.starts_with("#") || split == std::string::npos) continue;
    digests[line.substr(0, split)] = line.substr(split + 1);
  }
  return digests;
}

}  // namespace assay::backend
