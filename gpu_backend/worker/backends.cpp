#include "gpu_backend/worker/backends.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "protocol/scenario/error.hpp"
#include "protocol/scenario/nearest.hpp"

namespace assay::backend {
namespace fs = std::filesystem;

const std::vector<BackendEntry>& backends() {
  static const std::vector<BackendEntry> all{
      {"cpu-repops", "Reproducible operators on the processor.", "nothing else"},
      {"cuda-repops", "The same operators, same bits, on an NVIDIA GPU.", "nvcc"},
      {"torch-cpu", "libtorch on the processor, with bits of its own.", "libtorch"},
      {"torch-cuda", "libtorch on an NVIDIA GPU, with bits of its own.",
       "libtorch with CUDA, and its toolkit"},
  };
  return all;
}

fs::path plugin_file(std::string_view name) {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  const std::string file = fmt::format("assay-{}.so", name);
  // In the build tree beside the program, in an installation among the libraries.
  const fs::path beside = program / file;
  if (fs::is_regular_file(beside, error)) return beside;
  return (program / ASSAY_PLUGINS_FROM_PROGRAM / file).lexically_normal();
}

bool is_built(std::string_view name) {
  std::error_code error;
  return fs::is_regular_file(plugin_file(name), error);
}

bool is_bitwise(std::string_view name) { return name.ends_with("-repops"); }

void require_built(const std::string& name) {
  const BackendEntry* entry = nullptr;
  std::vector<std::string> names;
  for (const BackendEntry& one : backends()) {
    if (one.name == name) entry = &one;
    names.emplace_back(one.name);
  }
  if (entry == nullptr) {
    throw std::invalid_argument(fmt::format("found back end '{}', expected {}{}",
                                            protocol::shown(name), protocol::either(names),
                                            protocol::did_you_mean(name, names)));
  }
  if (!is_built(name)) {
    throw std::invalid_argument(fmt::format("back end {} was not built here (no {}): it needs {}",
                                            name, plugin_file(name).string(), entry->needs));
  }
}

std::unique_ptr<StepBackend> load_backend(const std::string& name, const BackendOptions& options) {
  require_built(name);
  const fs::path file = plugin_file(name);
  // Never closed: what it made may outlive any place where that could be done.
  void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(::dlerror());
  const auto* plugin = static_cast<const Plugin*>(::dlsym(library, "assay_backend"));
  if (plugin == nullptr) {
    throw std::runtime_error(fmt::format("{}: found no back end in it", file.string()));
  }
  if (plugin->interface != kPluginInterface) {
    throw std::runtime_error(fmt::format("{}: found interface {}, expected {}", file.string(),
                                         plugin->interface, kPluginInterface));
  }
  return plugin->make(options);
}

DeviceInfo host_device(std::string backend, int threads) {
  DeviceInfo info;
  info.backend = std::move(backend);
  info.device = "unknown processor";
  info.threads = static_cast<std::uint32_t>(threads);
  info.memory_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                      static_cast<std::uint64_t>(::sysconf(_SC_PAGE_SIZE));
  std::ifstream facts("/proc/cpuinfo");
  for (std::string line; std::getline(facts, line);) {
    const std::size_t colon = line.find(": ");
    if (!line.starts_with("model name") || colon == std::string::npos) continue;
    info.device = line.substr(colon + 2);
    break;
  }
  return info;
}

}  // namespace assay::backend
