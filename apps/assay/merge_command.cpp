#include <fmt/format.h>

#include "apps/assay/campaigns.hpp"
#include "apps/assay/commands.hpp"
#include "protocol/scenario/error.hpp"

namespace assay::apps {
namespace fs = std::filesystem;

int merge(const MergeOptions& options) {
  std::error_code error;
  for (const std::string& folder : options.folders) {
    (void)open_store(folder);
    if (fs::equivalent(folder, options.output, error)) {
      throw protocol::ConfigError(protocol::Complaint{
          folder, 0, 0,
          "found among the folders to merge and after -o, expected another one there"});
    }
  }
  analysis::Campaign target = open_campaign(options.output, {});
  for (const std::string& folder : options.folders) {
    fmt::print("{}: {} new runs\n", folder, target.store().absorb(folder));
  }
  fmt::print("results: {}\n", options.output);
  return 0;
}

}  // namespace assay::apps
