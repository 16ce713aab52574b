#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "protocol/data/catalogue.hpp"
#include "protocol/scenario/error.hpp"
#include "protocol/scenario/fields.hpp"

namespace assay::protocol {

/// A shipped data file.
inline FilePath data_file(const std::string& name) {
  return {"data/" + name, std::string(ASSAY_SOURCE_DIR) + "/scenarios/data/" + name};
}

/// A file that lives as long as the test that writes it.
class TempFile {
 public:
  explicit TempFile(const std::string& text) {
    static int count = 0;
    path_ = (std::filesystem::temp_directory_path() /
             ("assay-test-" + std::to_string(::getpid()) + "-" + std::to_string(count++)))
                .string();
    std::ofstream(path_, std::ios::binary) << text;
  }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  ~TempFile() { std::filesystem::remove(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] FilePath file() const { return {path_, path_}; }

 private:
  std::string path_;
};

/// What `act` complains about, without the path of `file`; empty where it does not.
template <class Act>
std::string complaint(const TempFile& file, Act&& act) {
  try {
    act();
  } catch (const ConfigError& error) {
    const std::string text = error.what();
    return text.starts_with(file.path()) ? text.substr(file.path().size()) : text;
  }
  return "";
}

inline const Catalogue& shipped_catalogue() {
  static const Catalogue catalogue(data_file("gpus.csv").resolved);
  return catalogue;
}

/// The shipped catalogue with RTX 3090 as reference and one workload a model.
inline Setting setting_with(const std::vector<std::string>& models,
                            const std::vector<std::string>& named = {}) {
  std::vector<Workload> workloads;
  for (const std::string& model : models) {
    Workload workload;
    workload.name = model;
    workload.model = model;
    workload.memory = Bytes{std::int64_t{6} << 30};
    workloads.push_back(workload);
  }
  return make_setting(shipped_catalogue(), "RTX 3090", named, workloads, 1);
}

inline DeviceId device(std::string_view name) { return shipped_catalogue().find(name).value(); }

}  // namespace assay::protocol
