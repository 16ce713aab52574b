#pragma once

#include <filesystem>

#include "analysis/campaign/runner.hpp"

/// Campaigns as the commands open them.
namespace assay::apps {

/// Opens the campaign in a folder, or makes it. Throws ConfigError where the folder holds something
/// else, cannot be written, or its store is damaged.
[[nodiscard]] analysis::Campaign open_campaign(const std::filesystem::path& folder,
                                               analysis::CampaignOptions options);

/// The store in the folder of a campaign that is there. Throws ConfigError.
[[nodiscard]] analysis::Store open_store(const std::filesystem::path& folder);

}  // namespace assay::apps
