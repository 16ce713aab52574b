#include "apps/assay/campaigns.hpp"

#include "protocol/scenario/error.hpp"

namespace assay::apps {
namespace {

/// What is wrong with a folder that the user named is wrong input.
template <class Open>
auto opened(Open open) {
  try {
    return open();
  } catch (const analysis::StoreError& error) {
    throw protocol::ConfigError(protocol::Complaint{"", 0, 0, error.what()});
  }
}

}  // namespace

analysis::Campaign open_campaign(const std::filesystem::path& folder,
                                 analysis::CampaignOptions options) {
  return opened([&] { return analysis::Campaign(folder, std::move(options)); });
}

analysis::Store open_store(const std::filesystem::path& folder) {
  (void)analysis::Store::file_in(folder);
  return opened([&] { return analysis::Store(folder); });
}

}  // namespace assay::apps
