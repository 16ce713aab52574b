#include "apps/assay/progress_line.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "apps/assay/running.hpp"

namespace assay::apps {

ProgressLine::ProgressLine(sim::SimDuration horizon, std::string_view label)
    : horizon_d_(sim::to_seconds(horizon) / 86'400.0),
      label_(label.empty() ? "" : fmt::format("{}: ", label)),
      terminal_(rewrites_lines()) {}

ProgressLine::~ProgressLine() {
  if (terminal_ && shown_) std::fputs("\r\x1b[K", stderr);
}

std::string ProgressLine::text(const analysis::Progress& progress) const {
  const double rate =
      progress.wall_s > 0.0 ? static_cast<double>(progress.events) / progress.wall_s : 0.0;
  std::string left;
  if (progress.done_share > 0.0 && progress.done_share < 1.0) {
    left = fmt::format(", {:.0f} s left",
                       progress.wall_s / progress.done_share * (1.0 - progress.done_share));
  }
  return fmt::format(
      "{}{:3.0f} %: {:.1f} of {:.1f} simulated days, {:.2f} M events/s, {} of {} runs{}", label_,
      100.0 * progress.done_share, progress.done_share * horizon_d_ * progress.all,
      horizon_d_ * progress.all, rate * 1e-6, progress.finished, progress.all, left);
}

void ProgressLine::show(const analysis::Progress& progress, std::string_view note) {
  if (terminal_) {
    fmt::print(stderr, "\r{}{}\x1b[K", text(progress), note);
    std::fflush(stderr);
    shown_ = true;
    return;
  }
  const int tenths = static_cast<int>(progress.done_share * 10.0);
  if (tenths <= tenths_) return;
  tenths_ = tenths;
  fmt::print(stderr, "{}{}\n", text(progress), note);
}

}  // namespace assay::apps
