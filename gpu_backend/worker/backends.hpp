#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gpu_backend/backend.hpp"

// The list of all back ends. Each is a plug-in, a library of its own that lies beside the program,
// so that what one of them needs (CUDA, torch) is loaded with it and with nothing else.
namespace assay::backend {

struct BackendEntry {
  std::string_view name;
  std::string_view summary;
  std::string_view needs;  ///< to be built: "a C++ compiler"
};
[[nodiscard]] const std::vector<BackendEntry>& backends();

/// Where the plug-in of a back end lies, whether or not it was built.
[[nodiscard]] std::filesystem::path plugin_file(std::string_view name);

struct BackendOptions {
  int threads = 1;
};

[[nodiscard]] bool is_built(std::string_view name);
/// Whether it carries out the reproducible operators, so that its results are the same everywhere.
[[nodiscard]] bool is_bitwise(std::string_view name);

/// Throws std::invalid_argument for a name that is not listed, with the nearest one, and for a back
/// end that was not built here.
void require_built(const std::string& name);

/// Loads the plug-in of this name. Throws as `require_built`, and std::runtime_error for a plug-in
/// that cannot be loaded or belongs to another version.
[[nodiscard]] std::unique_ptr<StepBackend> load_backend(const std::string& name,
                                                        const BackendOptions& options);

/// What a plug-in exports, under the name `assay_backend`.
struct Plugin {
  std::uint32_t interface;  ///< kPluginInterface of the headers that it was built with
  std::unique_ptr<StepBackend> (*make)(const BackendOptions& options);
};
/// Raised with every change of StepBackend or of what it mentions.
inline constexpr std::uint32_t kPluginInterface = 3;

/// The processor's name and the machine's memory.
[[nodiscard]] DeviceInfo host_device(std::string backend, int threads);

}  // namespace assay::backend
