#pragma once

#include <string>

#include "analysis/campaign/runner.hpp"

namespace assay::apps {

/// How far a campaign is, on standard error: one line that is rewritten on a terminal, a line for
/// every tenth of the way elsewhere.
class CampaignLine {
 public:
  CampaignLine();
  CampaignLine(const CampaignLine&) = delete;
  CampaignLine& operator=(const CampaignLine&) = delete;
  ~CampaignLine();

  void show(const analysis::CampaignProgress& progress);

 private:
  bool terminal_;
  bool shown_ = false;
  std::int64_t tenths_ = 0;
};

/// `40 s`, `12 min`, `3.5 h`.
[[nodiscard]] std::string duration_text(double seconds);

}  // namespace assay::apps
