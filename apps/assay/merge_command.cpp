#include <fmt/format.h>

#include "analysis/campaign/store.hpp"
#include "apps/assay/commands.hpp"

namespace assay::apps {

int merge(const MergeOptions& options) {
  for (const std::string& folder : options.folders) (void)analysis::Store::file_in(folder);
  analysis::Store store(options.output);
  for (const std::string& folder : options.folders) {
    fmt::print("{}: {} new runs\n", folder, store.absorb(folder));
  }
  fmt::print("results: {}\n", options.output);
  return 0;
}

}  // namespace assay::apps
