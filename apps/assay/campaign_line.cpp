#include "apps/assay/campaign_line.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "apps/assay/running.hpp"

namespace assay::apps {
namespace {

std::string text(const analysis::CampaignProgress& progress) {
  const std::int64_t finished = progress.known + progress.done + progress.failed;
  const double share =
      progress.all == 0 ? 1.0 : static_cast<double>(finished) / static_cast<double>(progress.all);
  std::string line = fmt::format("{:3.0f} %: {} of {} runs", 100.0 * share, finished, progress.all);
  if (progress.known > 0) line += fmt::format(", {} from the store", progress.known);
  if (progress.failed > 0) line += fmt::format(", {} failed", progress.failed);
  if (progress.done > 0 && progress.wall_s > 0.0) {
    line += fmt::format(", {:.3g} runs/s", static_cast<double>(progress.done) / progress.wall_s);
  }
  if (finished < progress.all && progress.left_s > 0.0) {
    line += fmt::format(", {} left", duration_text(progress.left_s));
  }
  return line;
}

}  // namespace

CampaignLine::CampaignLine() : terminal_(rewrites_lines()) {}

CampaignLine::~CampaignLine() {
  if (terminal_ && shown_) std::fputs("\r\x1b[K", stderr);
}

void CampaignLine::show(const analysis::CampaignProgress& progress) {
  if (terminal_) {
    fmt::print(stderr, "\r{}\x1b[K", text(progress));
    std::fflush(stderr);
    shown_ = true;
    return;
  }
  const std::int64_t finished = progress.known + progress.done + progress.failed;
  const std::int64_t tenths = progress.all == 0 ? 10 : 10 * finished / progress.all;
  if (tenths <= tenths_) return;
  tenths_ = tenths;
  fmt::print(stderr, "{}\n", text(progress));
}

std::string duration_text(double seconds) {
  if (seconds < 99.5) return fmt::format("{:.2g} s", seconds);
  if (seconds < 6000.0) return fmt::format("{:.0f} min", seconds / 60.0);
  return fmt::format("{:.1f} h", seconds / 3600.0);
}

}  // namespace assay::apps
